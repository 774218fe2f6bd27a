#include "cluster/client_config.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include "support/temporary_folder.hpp"

using namespace hygiene;
using base::Errc;
using cluster::ClientConfigOptions;
using cluster::find_client_config;

namespace {

// No kubeconfig, no home, no pod, until a test says otherwise.
struct Machine {
  Machine() {
    for (const char* name : {"KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"}) {
      environment.set(name, std::nullopt);
    }
    environment.set("HOME", folder.path().string());
    options.service_account = folder.path() / "account";
  }
  // A kubeconfig with one context, of these flow mappings.
  std::string config(const std::string& cluster, const std::string& user = "{token: t}") const {
    return folder.write("config", "current-context: x\nclusters: [{name: c, cluster: " + cluster +
                                      "}]\nusers: [{name: u, user: " + user +
                                      "}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n");
  }
  std::string refusal(Errc code) const {
    const auto access = find_client_config(options);
    REQUIRE(access.has_error());
    CHECK(access.error().code() == code);
    return access.error().message();
  }
  void be_a_pod(const std::string& host, const std::string& port) {
    environment.set("KUBERNETES_SERVICE_HOST", host);
    environment.set("KUBERNETES_SERVICE_PORT", port);
    for (const auto* name : {"ca.crt", "token"}) folder.write(std::string("account/") + name, name);
  }

  test::TemporaryFolder folder;
  test::ChangedEnvironment environment;
  ClientConfigOptions options;
};

}  // namespace

TEST_CASE("the server's URL gives host, port, path and whether there is TLS") {
  struct Case {
    const char* url;
    const char* host;
    int port;
    const char* path;
    bool tls;
  };
  const Case row =
      GENERATE(Case{"https://h:6443", "h", 6443, "", true}, Case{"https://h", "h", 443, "", true},
               Case{"https://h/", "h", 443, "", true}, Case{"http://h", "h", 80, "", false},
               Case{"https://h:1/k8s/clusters/c-1//", "h", 1, "/k8s/clusters/c-1", true},
               Case{"https://[::1]:65535/x", "::1", 65535, "/x", true},
               Case{"https://[fd00::1]", "fd00::1", 443, "", true});
  INFO(row.url);
  Machine machine;
  machine.options.kubeconfig = machine.config("{server: '" + std::string(row.url) + "'}");
  const auto access = find_client_config(machine.options);
  REQUIRE(access.has_value());
  CHECK(access->host == row.host);
  CHECK(access->port == row.port);
  CHECK(access->base_path == row.path);
  CHECK(access->tls == row.tls);
  CHECK(access->verify);
  CHECK(access->namespace_default == "default");
}

TEST_CASE("what is no URL of a server is refused") {
  const std::string url = GENERATE("", "h:6443", "ftp://h", "https://", "https://:443", "https://h:0",
                                   "https://h:x", "https://h:443x", "https://h:65536", "https://[::1",
                                   "https://[::1]x", "https://::1:443", "https://me:hunter2@h");
  INFO(url);
  Machine machine;
  machine.options.kubeconfig = machine.config("{server: '" + url + "'}");
  CHECK_THAT(machine.refusal(Errc::invalid), Catch::Contains("context \"x\" of") &&
                                                 Catch::Contains("is not a URL") &&
                                                 !Catch::Contains("hunter2"));
}

TEST_CASE("a context, a cluster or a user that is not there: the sentence lists what there is") {
  Machine machine;
  machine.options.kubeconfig = machine.folder.write("config", R"(
clusters: [{name: east, cluster: {server: "https://e"}}, {name: west, cluster: {server: "https://w"}}]
users: [{name: ann}, {name: bob}]
contexts:
- {name: good, context: {cluster: east, user: ann, namespace: apps}}
- {name: nobody, context: {cluster: east, user: eve}}
- {name: nowhere, context: {cluster: north, user: ann}}
- {name: anonymous, context: {cluster: west}}
)");
  CHECK_THAT(machine.refusal(Errc::missing),
             Catch::Contains(
                 "there is no current context; choose one with --context: anonymous, good, nobody, nowhere"));
  machine.options.context = "prod";
  CHECK_THAT(machine.refusal(Errc::missing),
             Catch::Contains("there is no context \"prod\"; there is: anonymous, good, nobody, nowhere"));
  machine.options.context = "nobody";
  CHECK_THAT(machine.refusal(Errc::missing), Catch::Contains("there is no user \"eve\"; there is: ann, bob"));
  machine.options.context = "nowhere";
  CHECK_THAT(machine.refusal(Errc::missing),
             Catch::Contains("there is no cluster \"north\"; there is: east, west"));
  machine.options.context = "good";
  CHECK(find_client_config(machine.options)->namespace_default == "apps");
  machine.options.context = "anonymous";
  const auto access = find_client_config(machine.options);
  REQUIRE(access.has_value());
  CHECK((*access->credentials->get())->token.empty());
}

TEST_CASE("where there is no cluster at all, one sentence says what to do") {
  Machine machine;
  CHECK_THAT(machine.refusal(Errc::missing),
             Catch::Contains(
                 "no kubeconfig was found and this is not a pod; give --kubeconfig FILE, or set KUBECONFIG"));
  machine.environment.set("KUBERNETES_SERVICE_HOST", "");
  machine.environment.set("KUBERNETES_SERVICE_PORT", "443");
  CHECK_THAT(machine.refusal(Errc::missing), Catch::Contains("this is not a pod"));
  machine.options.context = "x";
  CHECK_THAT(machine.refusal(Errc::missing),
             Catch::Contains("there is no context \"x\": no kubeconfig was found"));
  machine.options = ClientConfigOptions();
  machine.options.kubeconfig = machine.folder.write("empty", "");
  CHECK_THAT(machine.refusal(Errc::missing),
             Catch::Contains("names no context") && Catch::Contains("give --kubeconfig"));
}

TEST_CASE(
    "files of KUBECONFIG are merged and may be absent; the flag's may not, and none may be unreadable") {
  Machine machine;
  const std::string first = machine.folder.write("first", "contexts: [{name: x, context: {cluster: c}}]");
  const std::string second = machine.folder.write(
      "second", "current-context: x\nclusters: [{name: c, cluster: {server: 'https://h'}}]");
  machine.environment.set("KUBECONFIG",
                          first + ":" + (machine.folder.path() / "absent").string() + ":" + second);
  const auto access = find_client_config(machine.options);
  REQUIRE(access.has_value());
  CHECK(access->origin == "context \"x\" of " + first + ":" + second);
  machine.options.kubeconfig = (machine.folder.path() / "absent").string();
  CHECK_THAT(machine.refusal(Errc::missing),
             Catch::StartsWith("--kubeconfig: ") && Catch::Contains("absent"));
  machine.options.kubeconfig.clear();
  machine.environment.set("KUBECONFIG", machine.folder.path().string());
  CHECK_THAT(machine.refusal(Errc::io),
             Catch::StartsWith("the kubeconfig ") && Catch::Contains("not a regular file"));
  if (geteuid() == 0) return;  // root may read what nobody may
  std::filesystem::permissions(first, std::filesystem::perms::none);
  machine.environment.set("KUBECONFIG", first);
  CHECK_THAT(machine.refusal(Errc::io), Catch::Contains(first) && Catch::Contains("Permission denied"));
}

TEST_CASE("CA, certificate, key and token come from data or from files beside the kubeconfig, data first") {
  Machine machine;
  for (const auto* name : {"ca", "crt", "key"}) machine.folder.write(name, std::string("file ") + name);
  machine.folder.write("tok", "file token\n");
  machine.options.kubeconfig =
      machine.config("{server: 'https://h', certificate-authority: ca, tls-server-name: n}",
                     "{client-certificate: crt, client-key: key, tokenFile: tok, token: fallback}");
  auto access = find_client_config(machine.options);
  REQUIRE(access.has_value());
  CHECK(access->ca_pem == "file ca");
  CHECK(access->server_name == "n");
  auto credential = *access->credentials->get();
  CHECK(credential->certificate_pem == "file crt");
  CHECK(credential->key_pem == "file key");
  CHECK(credential->token == "file token");

  machine.config(
      "{server: 'https://h', certificate-authority-data: Zm9v, certificate-authority: ca, "
      "insecure-skip-tls-verify: true}",
      "{client-certificate-data: Zm8=, client-certificate: crt, client-key-data: Zg==, client-key: key, "
      "tokenFile: none, token: fallback}");
  access = find_client_config(machine.options);
  REQUIRE(access.has_value());
  CHECK(access->ca_pem == "foo");
  CHECK_FALSE(access->verify);
  credential = *access->credentials->get();
  CHECK(credential->certificate_pem == "fo");
  CHECK(credential->key_pem == "f");
  CHECK(credential->token == "fallback");

  machine.config("{server: 'https://h', certificate-authority: none}");
  CHECK_THAT(machine.refusal(Errc::missing), Catch::Contains("none: cannot be read"));
  machine.config("{server: 'https://h'}", "{client-certificate: crt, client-key: none}");
  CHECK_THAT(machine.refusal(Errc::missing), Catch::Contains("none: cannot be read"));
}

TEST_CASE("a field that would change who asks, or how, is refused by name rather than passed over") {
  Machine machine;
  machine.options.kubeconfig = machine.config("{server: 'https://h', proxy-url: 'http://p'}");
  CHECK_THAT(machine.refusal(Errc::unsupported), Catch::Contains("its cluster sets proxy-url"));
  machine.config("{server: 'https://h'}", "{token: t, as: root}");
  CHECK_THAT(machine.refusal(Errc::unsupported),
             Catch::Contains("its user sets as, which") && Catch::Contains("use a token"));
}

TEST_CASE("a plugin that wants to know the cluster is told, others are not") {
  const bool wants = GENERATE(true, false);
  Machine machine;
  machine.folder.script("plugin", "echo \"$KUBERNETES_EXEC_INFO\" > \"$(dirname \"$0\")/info\"\nexit 1\n");
  machine.options.kubeconfig = machine.config(
      "{server: 'https://h', tls-server-name: n, certificate-authority-data: Zm9v, insecure-skip-tls-verify: "
      "true}",
      std::string(
          "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, provideClusterInfo: ") +
          (wants ? "true}}" : "false}}"));
  CHECK(find_client_config(machine.options)->credentials->get().has_error());
  std::string info;
  std::getline(std::ifstream(machine.folder.path() / "info"), info);
  const std::string cluster =
      R"(,"cluster":{"server":"https://h","tls-server-name":"n","insecure-skip-tls-verify":true,)"
      R"("certificate-authority-data":"Zm9v"})";
  CHECK(
      info ==
      R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false)" +
          (wants ? cluster : "") + "}}");
}

TEST_CASE("without a kubeconfig a pod's service account is used, over IPv4 and IPv6") {
  const std::string host = GENERATE("10.0.0.1", "fd00::1", "kubernetes.default.svc");
  Machine machine;
  machine.be_a_pod(host, "6443");
  machine.folder.write("account/namespace", "apps\n");
  auto access = find_client_config(machine.options);
  REQUIRE(access.has_value());
  CHECK(access->host == host);
  CHECK(access->port == 6443);
  CHECK(access->tls);
  CHECK(access->ca_pem == "ca.crt");
  CHECK(access->namespace_default == "apps");
  CHECK((*access->credentials->get())->token == "token");
}

TEST_CASE("a pod without a namespace file is in default; without a CA it is told that nothing is mounted") {
  Machine machine;
  machine.be_a_pod("10.0.0.1", "443");
  CHECK(find_client_config(machine.options)->namespace_default == "default");
  machine.folder.write("account/namespace", " \n");
  CHECK(find_client_config(machine.options)->namespace_default == "default");
  std::filesystem::remove(machine.options.service_account / "ca.crt");
  CHECK_THAT(machine.refusal(Errc::missing), Catch::Contains("the pod has no service account mounted"));
}
