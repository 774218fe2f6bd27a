#include "cluster/kubeconfig.hpp"

#include <catch2/catch.hpp>

#include "support/temporary_folder.hpp"

using namespace hygiene;
using base::Errc;
using cluster::Kubeconfig;

namespace {

base::Result<Kubeconfig> parsed(const std::string& text) {
  return cluster::parse_kubeconfig(text, "/etc/kube/config");
}

}  // namespace

TEST_CASE("every field of a cluster is read, relative paths from the kubeconfig's folder") {
  const auto config = parsed(R"(
apiVersion: v1
kind: Config
clusters:
- name: one
  cluster:
    server: https://one:6443
    certificate-authority: pki/ca.crt
    certificate-authority-data: Zm9v
    tls-server-name: kubernetes
    insecure-skip-tls-verify: true
- name: two
  cluster: {server: "https://two", certificate-authority: /abs/ca.crt}
- name: three
  cluster: {server: "https://three", proxy-url: "socks5://x"}
- name: one
  cluster: {server: "https://second-of-a-name"}
)");
  REQUIRE(config.has_value());
  const auto& one = config->clusters.at("one");
  CHECK(one.server == "https://one:6443");
  CHECK(one.ca_file == "/etc/kube/pki/ca.crt");
  CHECK(one.ca_pem == "foo");
  CHECK(one.tls_server_name == "kubernetes");
  CHECK(one.insecure);
  CHECK_FALSE(config->clusters.at("two").insecure);
  CHECK(config->clusters.at("two").ca_file == "/abs/ca.crt");
  CHECK(config->clusters.at("three").unsupported == "proxy-url");
}

TEST_CASE("the server's certificate goes unchecked only where YAML says true") {
  const auto [text, insecure] = GENERATE(table<std::string, bool>(
      {{"true", true}, {"True", true}, {"false", false}, {"maybe", false}, {"[true]", false}, {"", false}}));
  const auto config =
      parsed("clusters: [{name: c, cluster: {server: x, insecure-skip-tls-verify: " + text + "}}]");
  REQUIRE(config.has_value());
  CHECK(config->clusters.at("c").insecure == insecure);
}

TEST_CASE("every field of a user is read") {
  const auto config = parsed(R"(
users:
- name: token
  user: {token: t, tokenFile: run/token}
- name: certificate
  user: {client-certificate: c.crt, client-key: /k.key, client-certificate-data: Zm8=, client-key-data: Zg==}
- name: plugin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: ./bin/login
      args: [--for, cluster]
      env: [{name: A, value: b}]
      installHint: Get it.
      provideClusterInfo: true
      interactiveMode: IfAvailable
- name: by-path
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: login}}
)");
  REQUIRE(config.has_value());
  CHECK(config->users.at("token").token == "t");
  CHECK(config->users.at("token").token_file == "/etc/kube/run/token");
  const auto& certificate = config->users.at("certificate");
  CHECK(certificate.certificate_file == "/etc/kube/c.crt");
  CHECK(certificate.key_file == "/k.key");
  CHECK(certificate.certificate_pem == "fo");
  CHECK(certificate.key_pem == "f");
  const auto& plugin = config->users.at("plugin");
  REQUIRE(plugin.exec.has_value());
  CHECK(plugin.unsupported.empty());
  CHECK(plugin.exec->api_version == "client.authentication.k8s.io/v1beta1");
  CHECK(std::filesystem::path(plugin.exec->command).lexically_normal() == "/etc/kube/bin/login");
  CHECK(plugin.exec->arguments == std::vector<std::string>{"--for", "cluster"});
  CHECK(plugin.exec->environment == std::vector<std::pair<std::string, std::string>>{{"A", "b"}});
  CHECK(plugin.exec->install_hint == "Get it.");
  CHECK(plugin.exec_wants_cluster);
  CHECK(config->users.at("by-path").exec->command == "login");
  CHECK_FALSE(config->users.at("by-path").exec_wants_cluster);
}

TEST_CASE("a user who needs what this client does not serve is marked with the field's name") {
  const auto [user, field] = GENERATE(table<std::string, std::string>({
      {"as: root", "as"},
      {"as-uid: x", "as-uid"},
      {"as-groups: [a]", "as-groups"},
      {"as-user-extra: {a: [b]}", "as-user-extra"},
      {"username: u", "username"},
      {"auth-provider: {name: gcp}", "auth-provider"},
      {"exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: c}", "exec.apiVersion"},
      {"exec: {command: c}", "exec.apiVersion"},
      {"exec: {apiVersion: client.authentication.k8s.io/v1}", "exec without a command"},
      {"exec: {apiVersion: client.authentication.k8s.io/v1, command: c, interactiveMode: Always}",
       "exec.interactiveMode: Always"},
      {"token: t", ""},
  }));
  const auto config = parsed("users: [{name: u, user: {" + user + "}}]");
  REQUIRE(config.has_value());
  CHECK(config->users.at("u").unsupported == field);
}

TEST_CASE("entries with a name and nothing else, and lists that are empty, are taken as kubectl takes them") {
  const std::string text = GENERATE(
      "", "# nothing\n", "{}", "clusters:\nusers: null\ncontexts: []\n",
      "clusters: [{name: a}]\nusers: [{name: a}]\ncontexts: [{name: a}]",
      "clusters: [{name: a, cluster: }]\nusers: [{name: a, user: {}}]\ncontexts: [{name: a, context: {}}]",
      "preferences: {}\nextensions: [{name: x, extension: {y: 1}}]", "clusters: []\nclusters: []",
      "clusters: []\n---\n[", "clusters: !x []");
  INFO(text);
  CHECK(parsed(text).has_value());
}

TEST_CASE("what is not a kubeconfig is refused, with its line where there is one, and is not repeated") {
  struct Case {
    const char* text;
    Errc code;
    const char* sentence;
  };
  const Case row =
      GENERATE(Case{"a: b\n  hunter2: [", Errc::syntax, "/etc/kube/config:2: is not YAML of a kubeconfig"},
               Case{"hunter2", Errc::syntax, "/etc/kube/config: is not a kubeconfig"},
               Case{"[hunter2]", Errc::syntax, "/etc/kube/config: is not a kubeconfig"},
               Case{"clusters: [hunter2]", Errc::syntax, "/etc/kube/config:"},
               Case{"clusters: {hunter2: {}}", Errc::syntax, "/etc/kube/config: is not YAML of a kubeconfig"},
               Case{"clusters: hunter2", Errc::syntax, "/etc/kube/config: is not YAML of a kubeconfig"},
               Case{"users: [{name: u, user: {client-key-data: hunter2-}}]", Errc::encoding,
                    "a client-key-data is not base64"},
               Case{"users: [{name: u, user: {client-certificate-data: hunter2-}}]", Errc::encoding,
                    "a client-certificate-data is not base64"},
               Case{"clusters: [{name: u, cluster: {certificate-authority-data: hunter2-}}]", Errc::encoding,
                    "a certificate-authority-data is not base64"});
  INFO(row.text);
  const auto config = parsed(row.text);
  REQUIRE(config.has_error());
  CHECK(config.error().code() == row.code);
  CHECK_THAT(config.error().message(), Catch::Contains(row.sentence) && !Catch::Contains("hunter2"));
}

TEST_CASE("an alias in a kubeconfig stands for what has its anchor") {
  const auto config = parsed(
      "clusters: [{name: a, cluster: &all {server: \"https://x\", tls-server-name: &name n}}, {name: b, "
      "cluster: *all}]\n"
      "contexts: [{name: *name, context: {cluster: b, user: u}}]");
  REQUIRE(config.has_value());
  CHECK(config->clusters.at("b").server == "https://x");
  CHECK(config->clusters.at("b").tls_server_name == "n");
  CHECK(config->contexts.at("n").cluster == "b");
}

TEST_CASE("of several files the first to name something wins, and each adds what it has alone") {
  Kubeconfig config = *parsed(R"({current-context: , clusters: [{name: c, cluster: {server: first}}]})");
  config.add(*parsed(
      R"({current-context: second, clusters: [{name: c, cluster: {server: late}}, {name: d, cluster: {server: d}}],
          users: [{name: u, user: {token: t}}], contexts: [{name: x, context: {cluster: c}}]})"));
  config.add(*parsed("current-context: third"));
  CHECK(config.current_context == "second");
  CHECK(config.clusters.at("c").server == "first");
  CHECK(config.clusters.at("d").server == "d");
  CHECK(config.users.count("u") == 1);
  CHECK(config.contexts.at("x").cluster == "c");
}

TEST_CASE("files are found as kubectl finds them: the flag alone, else KUBECONFIG's, else the home's") {
  using Files = std::vector<std::filesystem::path>;
  test::ChangedEnvironment environment;
  environment.set("HOME", "/home/me");
  environment.set("KUBECONFIG", ":/a::b:");
  CHECK(cluster::kubeconfig_files("f") == Files{"f"});
  CHECK(cluster::kubeconfig_files("") == Files{"/a", "b"});
  environment.set("KUBECONFIG", "");
  CHECK(cluster::kubeconfig_files("") == Files{"/home/me/.kube/config"});
  environment.set("KUBECONFIG", std::nullopt);
  CHECK(cluster::kubeconfig_files("") == Files{"/home/me/.kube/config"});
  environment.set("HOME", std::nullopt);
  CHECK(cluster::kubeconfig_files("").empty());
}
