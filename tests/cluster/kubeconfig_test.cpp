#include "cluster/kubeconfig.hpp"

#include <catch2/catch.hpp>

#include "support/temporary_folder.hpp"

using namespace hygiene;
using cluster::Kubeconfig;

namespace {

Result<Kubeconfig> parsed(const std::string& text) {
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
- name: four
  cluster:
    server: https://four
    extensions:
    - {name: other, extension: {audience: nobody}}
    - name: client.authentication.k8s.io/exec
      extension: {audience: x, port: 0x10, number: 1.5, on: true, none: null, list: [a, "1"]}
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
  CHECK(config->clusters.at("three").proxy_url == "socks5://x");
  CHECK(config->clusters.at("three").exec_config_json.empty());
  CHECK(config->clusters.at("four").exec_config_json ==
        R"({"audience":"x","port":"0x10","number":1.5,"on":true,"none":null,"list":["a","1"]})");
}

TEST_CASE("the server's certificate goes unchecked only where YAML says true") {
  const auto [text, insecure] = GENERATE(table<std::string, bool>(
      {{"true", true}, {"True", true}, {"false", false}, {"null", false}, {"", false}}));
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

TEST_CASE("who is impersonated is read") {
  const auto config = parsed(
      "users: [{name: u, user: {as: root, as-uid: '7', as-groups: [a, b], as-user-extra: {k: [v, w]}}}]");
  REQUIRE(config.has_value());
  const cluster::Impersonation& as = config->users.at("u").impersonation;
  CHECK(as.user == "root");
  CHECK(as.uid == "7");
  CHECK(as.groups == std::vector<std::string>{"a", "b"});
  REQUIRE(as.extra.size() == 1);
  CHECK(as.extra.front().first == "k");
  CHECK(as.extra.front().second == std::vector<std::string>{"v", "w"});
}

TEST_CASE("a user who needs what this client does not serve is marked with the field's name") {
  const auto [user, field] = GENERATE(table<std::string, std::string>({
      {"username: u", "username"},
      {"auth-provider: {name: gcp}", "auth-provider"},
      {"token: t", ""},
  }));
  const auto config = parsed("users: [{name: u, user: {" + user + "}}]");
  REQUIRE(config.has_value());
  CHECK(config->users.at("u").unsupported == field);
}

TEST_CASE("every field that is empty or null is not given") {
  const std::string nothing = GENERATE("null", "''", "~");
  const bool null = nothing != "''";
  std::string cluster = "server: x";
  for (const char* field :
       {"proxy-url", "tls-server-name", "certificate-authority", "certificate-authority-data"}) {
    cluster += std::string(", ") + field + ": " + nothing;
  }
  if (null) cluster += ", insecure-skip-tls-verify: null, extensions: null";
  std::string user = "username: " + nothing;
  for (const char* field : {"as", "as-uid", "token", "tokenFile", "client-certificate", "client-key",
                            "client-certificate-data", "client-key-data"}) {
    user += std::string(", ") + field + ": " + nothing;
  }
  if (null) user += ", auth-provider: null, exec: null, as-groups: null, as-user-extra: null";
  const auto config =
      parsed("apiVersion: " + nothing + "\nkind: " + nothing + "\ncurrent-context: " + nothing +
             "\nclusters: [{name: c, cluster: {" + cluster + "}}, null]\nusers: [{name: u, user: {" + user +
             "}}]\ncontexts: [{name: x, context: {cluster: c, user: u, namespace: " + nothing + "}}]\n");
  REQUIRE(config.has_value());
  CHECK(config->clusters.at("c").proxy_url.empty());
  CHECK(config->clusters.at("c").ca_file.empty());
  CHECK_FALSE(config->clusters.at("c").insecure);
  const auto& read = config->users.at("u");
  CHECK(read.unsupported.empty());
  CHECK(read.impersonation.user.empty());
  CHECK(read.token_file.empty());
  CHECK_FALSE(read.exec.has_value());
  CHECK(config->contexts.at("x").namespace_name.empty());
}

TEST_CASE("a name twice in a list, and a field of another type, are refused as by kubectl") {
  const auto [text, words] = GENERATE(table<std::string, std::string>(
      {{"clusters: [{name: a}, {name: a}]", "names \"a\" twice under clusters"},
       {"users: [{name: a}, {name: b}, {name: a}]", "names \"a\" twice under users"},
       {"contexts: [{}, {}]", "names \"\" twice under contexts"},
       {"users: [{name: a, user: {token: 5}}]", "token must be a string"},
       {"users: [{name: a, user: {token: [hunter2]}}]", "token must be a string"},
       {"users: [{name: a, user: {as-groups: hunter2}}]", "as-groups must be a list"},
       {"users: [{name: a, user: {as-groups: [5]}}]", "an entry of as-groups has the wrong type"},
       {"clusters: [{name: a, cluster: {insecure-skip-tls-verify: 'true'}}]",
        "insecure-skip-tls-verify must be a boolean"},
       {"contexts: [{name: 5}]", "name must be a string"},
       {"apiVersion: v2", "apiVersion v1 and kind Config"},
       {"kind: Pod", "apiVersion v1 and kind Config"}}));
  INFO(text);
  const auto config = parsed(text);
  REQUIRE(config.has_error());
  CHECK_THAT(config.error().message(), Catch::Contains(words) && !Catch::Contains("hunter2"));
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
      GENERATE(Case{"a: b\n  hunter2: [", Errc::syntax, "/etc/kube/config:2: is not a kubeconfig in YAML"},
               Case{"hunter2", Errc::syntax, "/etc/kube/config: is not a kubeconfig"},
               Case{"[hunter2]", Errc::syntax, "/etc/kube/config: is not a kubeconfig"},
               Case{"clusters: [hunter2]", Errc::syntax, "/etc/kube/config:"},
               Case{"clusters: {hunter2: {}}", Errc::syntax, "/etc/kube/config: is not a kubeconfig in YAML"},
               Case{"clusters: hunter2", Errc::syntax, "/etc/kube/config: is not a kubeconfig in YAML"},
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
      "clusters: [{name: a, cluster: &all {server: \"https://x\", tls-server-name: &name one}}, {name: b, "
      "cluster: *all}]\n"
      "contexts: [{name: *name, context: {cluster: b, user: u}}]");
  REQUIRE(config.has_value());
  CHECK(config->clusters.at("b").server == "https://x");
  CHECK(config->clusters.at("b").tls_server_name == "one");
  CHECK(config->contexts.at("one").cluster == "b");
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
