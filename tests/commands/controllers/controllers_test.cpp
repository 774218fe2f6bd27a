// `controllers` against an API server in memory, as its user sees it.
#include "commands/controllers/controllers.hpp"

#include <csignal>
#include <fstream>
#include <map>
#include <set>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "support/fake_secrets.hpp"
#include "support/fake_server.hpp"
#include "support/json_oracle.hpp"
#include "support/temporary_folder.hpp"

using namespace hygiene;
using Catch::Contains;

namespace {

const std::string kRbac = "/apis/rbac.authorization.k8s.io/v1/";
const std::string kLists = R"("rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}])";

// Lists of objects by their path, one object a page; and Secrets.
struct FakeWorkloads {
  test::ScriptedAnswer handle(const test::ScriptedRequest& request) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (denied.contains(path.substr(path.rfind('/') + 1)))
      return test::status_answer(403, "Forbidden", "forbidden");
    if (path.ends_with(kill_at)) ::kill(::getpid(), SIGTERM);
    if (path == "/api/v1/secrets") return secrets.handle(request);
    const auto& all = objects[path];
    const std::string next = request.parameter("continue");
    const std::size_t at = next.empty() ? 0 : std::stoul(next);
    pages += 1;
    const std::string more =
        at + 1 < all.size() ? R"("continue": ")" + std::to_string(at + 1) + R"(", )" : std::string();
    return test::answer(200, R"({"kind": "List", "metadata": {)" + more +
                                 R"("resourceVersion": "1"}, "items": [)" +
                                 (at < all.size() ? all[at] : std::string()) + "]}");
  }

  std::map<std::string, std::vector<std::string>> objects;
  std::set<std::string> denied;
  std::string kill_at = "no path ends so";
  std::size_t pages = 0;
  test::FakeSecrets secrets;
};

std::string workload(const std::string& name, const std::string& containers,
                     const std::string& account = "x") {
  return R"({"metadata": {"namespace": "apps", "name": ")" + name +
         R"("}, "spec": {"template": {"spec": {"serviceAccountName": ")" + account + R"(", "containers": [)" +
         containers + "]}}}}";
}

std::string container(const std::string& name, const std::string& image, const std::string& more = "") {
  return R"({"name": ")" + name + R"(", "image": ")" + image + "\"" + more + "}";
}

const std::string kReloader = "mirror.corp:5000/stakater/reloader:v1.4.5";
const std::string kKong = "kong/kubernetes-ingress-controller:3.5";

struct Controllers
    : test::StoredCommandTest<FakeWorkloads, commands::ControllersOptions, commands::run_controllers> {
  Controllers() {
    fake.objects["/apis/apps/v1/deployments"] = {
        workload("web", container("web", "web:1")),
        workload("reloader",
                 container("first", kReloader) + "," +
                     container("second", kReloader, R"(, "args": ["--resource-label-selector=team=a"])")),
        workload("kong", container("proxy", "kong:3.9") + "," + container("ingress-controller", kKong)),
        workload("operator", container("main", "own/operator:1"), "lists")};
    fake.objects[kRbac + "clusterroles"] = {R"({"metadata": {"name": "lists"}, )" + kLists + "}"};
    fake.objects[kRbac + "clusterrolebindings"] = {
        R"({"metadata": {"name": "all"}, "roleRef": {"kind": "ClusterRole", "name": "lists"}, "subjects": [)"
        R"({"kind": "ServiceAccount", "namespace": "apps", "name": "lists"}]})"};
    fake.secrets.put("apps", "small", "Opaque", "30");
    fake.secrets.put("apps", "sh.helm.release.v1.web.v1.v1", "helm.sh/release.v1", "5000");
  }
  rapidjson::Document json() {
    options.stored.output = commands::Output::json;
    REQUIRE(run() == 0);
    return test::parse_dom(out);
  }
  std::string at(const char* pointer) { return test::text_at(test::parse_dom(out), pointer); }

  test::TemporaryFolder folder;
};

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE(
    "the table has a row for each container of a known controller, and for others that may cache Secrets") {
  Controllers controllers;
  REQUIRE(controllers.run() == 0);
  CHECK(controllers.err.empty());
  CHECK_THAT(controllers.out, Contains("4 workloads checked in all namespaces") && Contains("2 Secrets, ") &&
                                  Contains("by their metadata\n"));
  CHECK_THAT(controllers.out,
             Contains("set --resource-label-selector=!secret-hygiene.io/ignore in its arguments"));
  CHECK_THAT(controllers.out, Contains("team=a"));
  CHECK_THAT(controllers.out, Contains("put the proxy beside it"));
  CHECK_THAT(controllers.out, Contains("deployment/operator") && Contains("may cache every Secret") &&
                                  Contains("service account lists may list them: ClusterRoleBinding/all"));
  CHECK_THAT(controllers.out,
             Contains("3 known controllers, 2 to change; 1 other workload may cache Secrets\n"));
}

TEST_CASE("lists are read to their last page") {
  Controllers controllers;
  REQUIRE(controllers.run() == 0);
  // Four Deployments, one each of the others, whether it is there or not.
  CHECK(controllers.fake.pages == 4 + 2 + 4);
}

TEST_CASE("without headers there are the rows alone") {
  Controllers controllers;
  controllers.options.stored.no_headers = true;
  REQUIRE(controllers.run() == 0);
  std::istringstream lines(controllers.out);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK(line.starts_with("apps "));
  CHECK(count == 4);
}

TEST_CASE("the JSON report names containers, selectors and bounds") {
  Controllers controllers;
  const auto report = controllers.json();
  CHECK(report["kind"] == "ControllersReport");
  REQUIRE(report["controllers"].Size() == 3);
  CHECK(controllers.at("/controllers/0/controller") == "Kong Ingress Controller");
  CHECK(controllers.at("/controllers/0/container") == "ingress-controller");
  CHECK(controllers.at("/controllers/0/remedy") == "proxy");
  CHECK(controllers.at("/controllers/1/container") == "first");
  CHECK(controllers.at("/controllers/1/saves/bound") == "exact");
  CHECK(report["controllers"][1]["saves"]["bytes"].GetUint64() >= 5000);
  CHECK(controllers.at("/controllers/2/selector/by") == "setting");
  CHECK(controllers.at("/controllers/2/selector/value") == "team=a");
  CHECK(report["controllers"][2]["saves"].IsNull());
  CHECK(controllers.at("/mayCache/0/binding") == "ClusterRoleBinding/all");
  CHECK(report["secrets"]["secrets"].GetUint64() == 2);
}

TEST_CASE("a list that is denied is named with what is not looked at, and the rest is shown") {
  Controllers controllers;
  controllers.fake.denied = {"clusterroles", "statefulsets", "secrets"};
  CHECK(controllers.run() == 1);
  CHECK_THAT(
      controllers.err,
      Contains("not checked: permission is missing to list clusterroles.rbac.authorization.k8s.io: ") &&
          Contains("workloads that it allows to list Secrets are not shown") &&
          Contains("permission is missing to list statefulsets.apps in all namespaces") &&
          Contains("permission is missing to list secrets in all namespaces") && Contains("--audit FILE"));
  CHECK_THAT(controllers.out, Contains("deployment/reloader") && Contains("the stored Secrets are unknown"));
  CHECK_FALSE(controllers.said("may cache every Secret"));
  controllers.fake.denied = {"deployments", "statefulsets", "daemonsets"};
  CHECK(controllers.run() == 2);
  CHECK(controllers.out.empty());
}

TEST_CASE("savings by an audit's report ask for no Secret") {
  Controllers controllers;
  controllers.fake.denied = {"secrets"};
  controllers.options.audit = controllers.folder.write(
      "audit.json",
      R"({"kind": "AuditReport", "total": {"secrets": 5, "objectBytes": 4000000000000}, "reading": {"unknown": 0},
          "selectors": [{"labelSelector": "!secret-hygiene.io/ignore", "fieldSelector": "", "filteredAt": "apiServer",
                         "keptOnceLabelled": {"objectBytes": 1000000000000}}]})");
  const auto report = controllers.json();
  CHECK(report["secrets"]["from"] == "audit");
  CHECK(report["controllers"][1]["saves"]["bytes"].GetUint64() == 3'000'000'000'000);
  controllers.options.audit = controllers.folder.write("other.json", R"({"kind": "CheckReport"})");
  CHECK(controllers.run() == 2);
  CHECK_THAT(controllers.err, Contains("other.json: no AuditReport"));
  controllers.options.audit = controllers.folder.write("none.json", "{");
  CHECK(controllers.run() == 2);
}

TEST_CASE("components are written once, unless they are to be replaced") {
  Controllers controllers;
  const std::string folder = (controllers.folder.path() / "components").string();
  controllers.options.write = folder;
  REQUIRE(controllers.run() == 0);
  CHECK_THAT(controllers.err, Contains("wrote " + folder + "/apps/kustomization.yaml\n") &&
                                  Contains("wrote " + folder + "/apps/proxy.yaml\n"));
  const std::string text = text_of(folder + "/apps/kustomization.yaml");
  CHECK_THAT(text,
             Contains("kind: Component\n") && Contains("target: {kind: Deployment, name: \"reloader\"}") &&
                 Contains("{op: test, path: /spec/template/spec/containers/0/name, value: \"first\"}") &&
                 Contains("{op: add, path: /spec/template/spec/containers/0/args, value: []}") &&
                 Contains("\"--resource-label-selector=!secret-hygiene.io/ignore\"") &&
                 Contains("name: CONTROLLER_KUBECONFIG"));
  // The second container has a selector of its own.
  CHECK(text.find("\"second\"") == std::string::npos);
  CHECK_THAT(text_of(folder + "/apps/proxy.yaml"), Contains("name: secret-hygiene-proxy"));
  std::ofstream(folder + "/apps/kustomization.yaml") << "mine";
  CHECK(controllers.run() == 2);
  CHECK_THAT(controllers.err, Contains("already exists; nothing was written. --force replaces it"));
  CHECK(text_of(folder + "/apps/kustomization.yaml") == "mine");
  controllers.options.force = true;
  CHECK(controllers.run() == 0);
  CHECK(text_of(folder + "/apps/kustomization.yaml") == text);
  controllers.options.write = folder + "/apps/proxy.yaml/x";
  CHECK(controllers.run() == 2);
  CHECK_THAT(controllers.err, Contains("cannot write "));
}

TEST_CASE("a cluster without known controllers is said to have none") {
  Controllers controllers;
  controllers.fake.objects.clear();
  controllers.options.write = (controllers.folder.path() / "components").string();
  REQUIRE(controllers.run() == 0);
  CHECK_THAT(controllers.out,
             Contains("0 workloads checked") && Contains("0 known controllers, 0 to change"));
  CHECK_THAT(controllers.err, Contains("nothing was written"));
}

TEST_CASE("an API server that fails, or sends no list, is an error") {
  Controllers controllers;
  controllers.fake.objects[kRbac + "clusterroles"] = {"{"};
  CHECK(controllers.run() == 2);
  CHECK(controllers.out.empty());
  CHECK_FALSE(controllers.err.empty());
}

TEST_CASE("a signal ends it, with the status of that signal") {
  Controllers controllers;
  controllers.fake.kill_at = "/deployments";
  CHECK(controllers.run() == 143);
  CHECK(controllers.out.empty());
  controllers.fake.kill_at = "/secrets";
  CHECK(controllers.run() == 143);
}

TEST_CASE("what saves most leads the report, and names the proxy for Kong's controller") {
  Controllers controllers;
  REQUIRE(controllers.run() == 0);
  const std::size_t list = controllers.out.find("What to do first\n");
  const std::size_t kong = controllers.out.find(
      "put `secret-hygiene proxy` beside Kong Ingress Controller, deployment/kong in namespace apps");
  REQUIRE(list != std::string::npos);
  CHECK(list < kong);
  CHECK(kong < controllers.out.find("NAMESPACE"));
  controllers.options.stored.output = commands::Output::wide;
  REQUIRE(controllers.run() == 0);
  CHECK_THAT(controllers.out, Contains("CONTAINER") && Contains("IMAGE") && Contains(kReloader));
}
