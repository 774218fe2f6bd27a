// The policies of a ConfigMap, and the metrics of pods that are reached through the API server.
#include "housekeeping/doctor/policies_check.hpp"

#include <map>

#include <catch2/catch.hpp>

#include "base/version.hpp"
#include "json/writer.hpp"
#include "policy/support.hpp"
#include "support/kubeconfig_of.hpp"

namespace hygiene::test {
namespace {

using housekeeping::Health;

const std::string kPolicy = policy::test::document("sizes", "  mode: Warn\n  limits: {bytesPerSecret: 60}");
const std::string kMetrics = "/api/v1/namespaces/shop/pods/one%3A9191/proxy/metrics";

std::string list(const std::string& kind, const std::string& items) {
  return R"({"apiVersion":"v1","kind":")" + kind + R"(","metadata":{"resourceVersion":"1"},"items":[)" +
         items + "]}";
}

std::string config_map(const std::string& text) {
  json::Writer json;
  json.object([&] {
    json.object("metadata", [&] { json.field("name", "policies"); });
    json.object("data", [&] { json.field("a.yaml", text); });
  });
  return json.take();
}

std::string pod(const std::string& name, const std::string& phase) {
  return R"({"metadata":{"name":")" + name + R"("},"status":{"phase":")" + phase +
         R"("},"spec":{"containers":[{"ports":[{"name":"webhook","containerPort":8443},)"
         R"({"name":"metrics","containerPort":9191}]}]}})";
}

std::string metrics(const std::string& hash, const std::string& version) {
  return "# HELP x\nsecret_hygiene_policy_info{hash=\"" + hash +
         "\"} 1\nsecret_hygiene_build_info{compiler=\"g\",version=\"" + version + "\"} 1\n";
}

// An API server that gives these texts.
struct Api {
  std::map<std::string, std::string> texts{
      {"/api/v1/namespaces/shop/configmaps", list("ConfigMapList", config_map(kPolicy))},
      {"/api/v1/namespaces/shop/pods", list("PodList", pod("one", "Running") + ',' + pod("two", "Pending"))}};
  ScriptedServer server{[this](const ScriptedRequest& request) {
    const auto found = texts.find(request.target.substr(0, request.target.find('?')));
    if (found == texts.end()) return status_answer(403, "Forbidden", "no");
    return answer(200, found->second);
  }};
  KubeconfigOf kubeconfig{server};

  // "state subject: message" of each.
  std::string look() {
    cluster::ClientConfigOptions access;
    access.kubeconfig = kubeconfig.path();
    const auto api = cluster::BlockingApi::open(access).value();
    std::string text;
    const auto looked = housekeeping::check_policies(*api, "shop", {});
    for (const auto& each : looked.diagnoses)
      text += std::string(to_string(each.health)) + ' ' + each.subject + ": " + each.message + '\n';
    return text;
  }
};

}  // namespace

TEST_CASE(
    "a running pod's metrics are asked through the API server, and its policies compared by their hash") {
  const std::string hash = policy::load_policies({{"a.yaml", kPolicy}}).policies->hash;
  const std::string version(base::version());
  Api api;
  api.texts[kMetrics] = metrics(hash, version);
  CHECK(api.look() == "ok one: the policies of the ConfigMap policies are in force (hash " + hash + ")\n");
  api.texts[kMetrics] = metrics("0123456789abcdef", version);
  CHECK(api.look() ==
        "problem one: it has other policies in force (hash 0123456789abcdef) than the ConfigMap policies (" +
            hash + ")\n");
  api.texts[kMetrics] = metrics(hash, "0.0.1");
  CHECK_THAT(api.look(), Catch::StartsWith("warning one: it runs version 0.0.1, this program is "));
  api.texts[kMetrics] = "up 1\n";
  CHECK(api.look() == "notLookedAt one: it answers without secret_hygiene_policy_info\n");
}

TEST_CASE("rights that are missing and ConfigMaps that are not one are said") {
  Api api;
  CHECK_THAT(api.look(),
             Catch::StartsWith("notLookedAt one: ") && Catch::Contains("the verb \"get\" on \"pods/proxy\""));
  api.texts["/api/v1/namespaces/shop/configmaps"] = list("ConfigMapList", "");
  CHECK_THAT(api.look(), Catch::StartsWith("problem : 0 ConfigMaps in namespace shop have the label"));
  api.texts["/api/v1/namespaces/shop/configmaps"] = list("ConfigMapList", config_map("kind: Pod\n"));
  CHECK_THAT(api.look(),
             Catch::StartsWith("problem policies: the webhook cannot take these policies: a.yaml:1"));
  api.texts.erase("/api/v1/namespaces/shop/configmaps");
  CHECK_THAT(api.look(), Catch::Contains("the verb \"list\" on \"configmaps\""));
}

}  // namespace hygiene::test
