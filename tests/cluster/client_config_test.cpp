#include "cluster/client_config.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include "cluster/got_credential.hpp"
#include "support/temporary_folder.hpp"

using namespace hygiene;
using cluster::ClientConfigOptions;
using cluster::find_client_config;

namespace {

// No kubeconfig, no home, no pod, until a test says otherwise.
struct Machine {
  Machine() {
    for (const char* name : {"KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"}) {
      environment.set(name, std::nullopt);
    }
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"}) {
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
               Case{"https://[fd00::1]", "fd00::1", 443, "", true},
               // As client-go: the scheme in any case; without one it is http where nothing speaks of TLS.
               Case{"HTTPS://h", "h", 443, "", true}, Case{"HtTp://h:81", "h", 81, "", false},
               Case{"h:6443", "h", 6443, "", false}, Case{"h", "h", 80, "", false},
               Case{"[::1]:6443/", "::1", 6443, "", false});
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
  const std::string url =
      GENERATE("", "h:6443/base", "ftp://h", " https://h", "https://h ", "https://", "https://:443",
               "https://h:0", "https://h:x", "https://h:443x", "https://h:65536", "https://[::1",
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
  CHECK((*test::got_from(*access->credentials))->token.empty());
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

TEST_CASE("CA, certificate, key and token come from data or from files beside the kubeconfig") {
  Machine machine;
  for (const auto* name : {"ca", "crt", "key"}) machine.folder.write(name, std::string("file ") + name);
  machine.folder.write("tok", "file token\n");
  machine.options.kubeconfig =
      machine.config("{server: 'https://h', certificate-authority: ca, tls-server-name: name}",
                     "{client-certificate: crt, client-key: key, tokenFile: tok, token: fallback}");
  auto access = find_client_config(machine.options);
  REQUIRE(access.has_value());
  CHECK(access->ca_pem == "file ca");
  CHECK(access->server_name == "name");
  auto credential = *test::got_from(*access->credentials);
  CHECK(credential->certificate_pem == "file crt");
  CHECK(credential->key_pem == "file key");
  CHECK(credential->token == "file token");

  machine.config("{server: 'h', certificate-authority-data: Zm9v}",
                 "{client-certificate-data: Zm8=, client-key-data: Zg==, tokenFile: none, token: fallback}");
  access = find_client_config(machine.options);
  REQUIRE(access.has_value());
  CHECK(access->ca_pem == "foo");
  CHECK(access->tls);
  credential = *test::got_from(*access->credentials);
  CHECK(credential->certificate_pem == "fo");
  CHECK(credential->key_pem == "f");
  CHECK(credential->token == "fallback");

  machine.config("{server: 'https://h', certificate-authority: none}");
  CHECK_THAT(machine.refusal(Errc::missing), Catch::Contains("none: cannot be read"));
  machine.config("{server: 'https://h'}", "{client-certificate: crt, client-key: none}");
  CHECK_THAT(machine.refusal(Errc::missing), Catch::Contains("none: cannot be read"));
}

TEST_CASE("what kubectl refuses is refused, and what this client does not serve is named") {
  const std::string exec = "apiVersion: client.authentication.k8s.io/v1, command: c";
  struct Case {
    std::string cluster;
    std::string user;
    Errc code;
    const char* words;
  };
  const std::string plain = "server: 'https://h'";
  const Case row = GENERATE_COPY(
      Case{plain + ", certificate-authority-data: Zm9v, certificate-authority: ca", "", Errc::invalid,
           "both certificate-authority-data and certificate-authority"},
      Case{plain + ", certificate-authority-data: Zm9v, insecure-skip-tls-verify: true", "", Errc::invalid,
           "and insecure-skip-tls-verify"},
      Case{plain + ", proxy-url: 'socks5://p'", "", Errc::unsupported, "the scheme socks5"},
      Case{plain + ", proxy-url: 'ftp://hunter2@p'", "", Errc::invalid, "is not the URL of a proxy"},
      Case{plain, "client-certificate-data: Zm8=, client-certificate: crt, client-key-data: Zg==",
           Errc::invalid, "both client-certificate-data and client-certificate"},
      Case{plain, "client-certificate-data: Zm8=, client-key: k, client-key-data: Zg==", Errc::invalid,
           "both client-key-data and client-key"},
      Case{plain, "client-certificate-data: Zm8=", Errc::invalid, "without client-key-data or client-key"},
      Case{plain, "as-groups: [a]", Errc::invalid, "without the user: give --as"},
      Case{plain, "as-uid: x", Errc::invalid, "without the user"},
      Case{plain, R"(as: "a\nb")", Errc::syntax, "Impersonate-User contains a control character"},
      Case{plain, R"(token: "hunter2\nX: y")", Errc::syntax, "its token contains a control character"},
      Case{plain, "exec: {" + exec + "}", Errc::invalid, "without interactiveMode"},
      Case{plain, "exec: {" + exec + ", interactiveMode: Bad}", Errc::invalid, "none of Never"},
      Case{plain, "exec: {apiVersion: client.authentication.k8s.io/v1beta1}", Errc::invalid,
           "without a command"},
      Case{plain, "exec: {" + exec + ", interactiveMode: Never, env: [{value: hunter2}]}", Errc::invalid,
           "env variable without a name"},
      Case{plain,
           "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: c, interactiveMode: Never}",
           Errc::unsupported, "its user sets exec.apiVersion, which"},
      Case{plain, "username: u", Errc::unsupported, "its user sets username, which"},
      Case{plain, "auth-provider: {name: gcp}", Errc::unsupported, "its user sets auth-provider, which"});
  Machine machine;
  machine.folder.write("crt", "c");
  machine.options.kubeconfig = machine.config('{' + row.cluster + '}', '{' + row.user + '}');
  CHECK_THAT(machine.refusal(row.code), Catch::Contains(row.words) && !Catch::Contains("hunter2"));
}

TEST_CASE("who is impersonated: the kubeconfig's, and what the flags say instead") {
  using Headers = std::vector<std::pair<std::string, std::string>>;
  Machine machine;
  machine.options.kubeconfig =
      machine.config("{server: 'https://h'}", "{token: t, as: a, as-groups: [g], as-user-extra: {k/v: [x]}}");
  CHECK(find_client_config(machine.options)->impersonation ==
        Headers{{"Impersonate-User", "a"}, {"Impersonate-Group", "g"}, {"Impersonate-Extra-k%2Fv", "x"}});
  machine.options.as = "b";
  CHECK(find_client_config(machine.options)->impersonation ==
        Headers{{"Impersonate-User", "b"}, {"Impersonate-Group", "g"}, {"Impersonate-Extra-k%2Fv", "x"}});
  machine.config("{server: 'https://h'}");
  machine.options.as_groups = {"g1", "g2"};
  machine.options.as_uid = "7";
  CHECK(find_client_config(machine.options)->impersonation == Headers{{"Impersonate-User", "b"},
                                                                      {"Impersonate-Uid", "7"},
                                                                      {"Impersonate-Group", "g1"},
                                                                      {"Impersonate-Group", "g2"}});
  machine.options.as.clear();
  CHECK_THAT(machine.refusal(Errc::invalid), Catch::Contains("without the user: give --as"));
  machine.environment.set("KUBECONFIG", std::nullopt);
  machine.options.kubeconfig.clear();
  machine.be_a_pod("10.0.0.1", "443");
  CHECK_THAT(machine.refusal(Errc::invalid), Catch::Contains("without the user: give --as"));
}

TEST_CASE("a proxy: the kubeconfig's, else the environment's but where NO_PROXY names the server") {
  struct Case {
    const char* server;
    const char* proxy_url;
    const char* https_proxy;
    const char* no_proxy;
    std::string proxy;
  };
  const Case row =
      GENERATE(Case{"https://h", "", "", "", ""}, Case{"https://h", "http://p:1", "", "", "http://p:1"},
               Case{"https://h", "http://p", "http://other:1", "h", "http://p:80"},
               Case{"https://h", "", "http://p:3128", "", "http://p:3128"},
               Case{"https://h", "", "p:3128", "", "http://p:3128"}, Case{"http://h", "", "p:3128", "", ""},
               Case{"https://h", "", "p:1", "*", ""}, Case{"https://localhost:6443", "", "p:1", "", ""},
               Case{"https://127.0.0.1", "", "p:1", "", ""}, Case{"https://[::1]:6443", "", "p:1", "", ""},
               Case{"https://a.h", "", "p:1", "x, h", ""}, Case{"https://ah", "", "p:1", "h", "http://p:1"},
               Case{"https://a.h", "", "p:1", ".h", ""}, Case{"https://h", "", "p:1", ".h", "http://p:1"},
               Case{"https://a.h", "", "p:1", "*.h", ""}, Case{"https://h:6443", "", "p:1", "h:6443", ""},
               Case{"https://h:6443", "", "p:1", "h:443", "http://p:1"},
               Case{"https://10.1.2.3", "", "p:1", "10.0.0.0/8", ""},
               Case{"https://10.1.2.3", "", "p:1", "10.1.2.3", ""},
               Case{"https://11.1.2.3", "", "p:1", "10.0.0.0/8", "http://p:1"},
               Case{"https://[fd00::1]", "", "p:1", "fd00::/8", ""},
               Case{"https://[fd00::1]:1", "", "p:1", "[fd00::1]:1", ""},
               Case{"https://h", "", "p:1", "10.0.0.0/8", "http://p:1"});
  INFO(row.server << ' ' << row.no_proxy);
  Machine machine;
  for (const char* name : {"https_proxy", "http_proxy", "no_proxy", "HTTP_PROXY"}) {
    machine.environment.set(name, std::nullopt);
  }
  machine.environment.set("HTTPS_PROXY", row.https_proxy);
  machine.environment.set("NO_PROXY", row.no_proxy);
  machine.options.kubeconfig =
      machine.config("{server: '" + std::string(row.server) + "', proxy-url: '" + row.proxy_url + "'}");
  const auto access = find_client_config(machine.options);
  REQUIRE(access.has_value());
  CHECK((access->proxy ? access->proxy->url() : "") == row.proxy);
  CHECK((access->origin.find("through the proxy " + row.proxy) != std::string::npos) == !row.proxy.empty());
}

TEST_CASE("the user and password of a proxy go to the proxy, and are not said") {
  Machine machine;
  machine.options.kubeconfig =
      machine.config("{server: 'https://h', proxy-url: 'http://me:hunter%322@p:3128'}");
  const auto access = find_client_config(machine.options);
  REQUIRE(access.has_value());
  CHECK(access->proxy->authorization == "Basic bWU6aHVudGVyMjI=");
  CHECK_THAT(access->origin, Catch::Contains("http://p:3128") && !Catch::Contains("hunter"));
}

TEST_CASE("a plugin that wants to know the cluster is told, others are not") {
  const bool wants = GENERATE(true, false);
  Machine machine;
  machine.folder.script("plugin", "echo \"$KUBERNETES_EXEC_INFO\" > \"$(dirname \"$0\")/info\"\nexit 1\n");
  machine.options.kubeconfig = machine.config(
      "{server: 'https://h', tls-server-name: name, certificate-authority-data: Zm9v, proxy-url: 'http://p', "
      "extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x}}]}",
      std::string("{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: "
                  "IfAvailable, provideClusterInfo: ") +
          (wants ? "true}}" : "false}}"));
  CHECK(test::got_from(*find_client_config(machine.options)->credentials).has_error());
  std::string info;
  std::getline(std::ifstream(machine.folder.path() / "info"), info);
  const std::string cluster =
      R"(,"cluster":{"server":"https://h","tls-server-name":"name","certificate-authority-data":"Zm9v",)"
      R"("proxy-url":"http://p","config":{"audience":"x"}})";
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
  CHECK((*test::got_from(*access->credentials))->token == "token");
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
