#include "housekeeping/doctor/policies_check.hpp"

#include <string_view>
#include <utility>

#include <rapidjson/document.h>

#include "base/version.hpp"
#include "housekeeping/doctor/object_reader.hpp"
#include "housekeeping/stored/object_list.hpp"
#include "json/document.hpp"
#include "net/host_port.hpp"
#include "policy/loader.hpp"

namespace hygiene::housekeeping {
namespace {

using rapidjson::Value;

constexpr const char* kCheck = "policies";
constexpr const char* kOfTheMap = "secret-hygiene.io/policies=true";
constexpr const char* kOfTheWebhook =
    "app.kubernetes.io/name=secret-hygiene,app.kubernetes.io/component=webhook";

struct PolicyMap {
  std::string name;
  std::vector<policy::SourceFile> files;
};

// The value of a label of the first series of `family`.
std::string label_of(std::string_view metrics, const std::string& family, const std::string& label) {
  const std::size_t series = metrics.find('\n' + family + '{');
  if (series == std::string_view::npos) return {};
  const std::string_view line = metrics.substr(series + 1, metrics.find('\n', series + 1) - series - 1);
  const std::string begin = label + "=\"";
  const std::size_t at = line.find(begin);
  if (at == std::string_view::npos) return {};
  const std::string_view value = line.substr(at + begin.size());
  return std::string(value.substr(0, value.find('"')));
}

class Check {
 public:
  Check(cluster::BlockingApi& api, const std::string& namespace_name)
      : api_(api), namespace_name_(namespace_name) {}

  PoliciesLook run(const std::vector<std::string>& metrics) {
    if (!read()) return std::move(look_);
    Diagnoses replicas;
    for (const std::string& address : metrics) replicas.push_back(of_address(address));
    if (metrics.empty()) replicas = of_pods();
    for (Diagnosis& each : replicas) look_.diagnoses.push_back(std::move(each));
    return std::move(look_);
  }

 private:
  void add(Health health, std::string message, std::string advice) {
    look_.diagnoses.push_back({kCheck, map_, health, std::move(message), std::move(advice)});
  }

  // The ConfigMap; false: it says nothing.
  bool read() {
    std::vector<PolicyMap> maps;
    const auto listed = each_object(api_, {.plural = "configmaps", .namespace_name = namespace_name_},
                                    kOfTheMap, nullptr, [&maps](const Value& item) {
                                      maps.push_back({std::string(json::text_at(item, {"metadata", "name"})),
                                                      policy::policy_files_of(item).files});
                                    });
    if (!listed) {
      look_.diagnoses.push_back(not_looked_at(kCheck, {}, listed.error()));
      return false;
    }
    if (maps.size() != 1) {
      add(Health::problem,
          std::to_string(maps.size()) + " ConfigMaps in namespace " + namespace_name_ + " have the label " +
              kOfTheMap,
          maps.empty() ? "apply the policies with that label, or give -n"
                       : "keep it only on the ConfigMap that the webhook mounts");
      return false;
    }
    map_ = maps.front().name;
    auto outcome = policy::load_policies(maps.front().files);
    if (!outcome.policies) {
      add(Health::problem, "the webhook cannot take these policies: " + to_string(outcome.errors.front()),
          "fix them; `secret-hygiene lint` lists every error");
      return false;
    }
    look_.policies = std::move(outcome.policies);
    return true;
  }

  Diagnosis of_address(const std::string& address) {
    const auto place = net::parse_host_port(address);
    if (!place) return not_looked_at(kCheck, address, place.error());
    net::Destination to;
    to.host = place->host;
    to.port = place->port;
    return of_metrics(address, get_directly(api_, std::move(to), "/metrics"));
  }

  Diagnoses of_pods() {
    Diagnoses found;
    std::vector<std::string> pods;  // NAME:PORT
    const auto listed =
        each_object(api_, {.plural = "pods", .namespace_name = namespace_name_}, kOfTheWebhook, nullptr,
                    [&pods](const Value& pod) {
                      std::string port = "9090";
                      for (const Value& container : json::elements_at(pod, {"spec", "containers"})) {
                        for (const Value& each : json::elements_at(container, {"ports"})) {
                          const auto number = json::number_at(each, {"containerPort"});
                          if (number && json::text_at(each, {"name"}) == "metrics")
                            port = std::to_string(*number);
                        }
                      }
                      if (json::text_at(pod, {"status", "phase"}) == "Running")
                        pods.push_back(std::string(json::text_at(pod, {"metadata", "name"})) + ':' + port);
                    });
    if (!listed) return {not_looked_at(kCheck, "pods", listed.error())};
    if (pods.empty())
      return {{kCheck, "pods", Health::not_looked_at,
               "no pod of the webhook runs in namespace " + namespace_name_,
               "give --metrics HOST:PORT of each replica where they run elsewhere"}};
    for (const std::string& pod : pods) {
      const auto text = api_.get_text(
          {.plural = "pods", .namespace_name = namespace_name_, .name = pod, .subresource = "proxy/metrics"});
      found.push_back(
          of_metrics(pod.substr(0, pod.find(':')), text ? Result<std::string>(std::string(text->view()))
                                                        : Result<std::string>(text.error())));
    }
    return found;
  }

  Diagnosis of_metrics(const std::string& replica, const Result<std::string>& metrics) {
    if (!metrics) return not_looked_at(kCheck, replica, metrics.error());
    const std::string hash = label_of(*metrics, "secret_hygiene_policy_info", "hash");
    const std::string version = label_of(*metrics, "secret_hygiene_build_info", "version");
    if (hash.empty())
      return {kCheck, replica, Health::not_looked_at, "it answers without secret_hygiene_policy_info",
              "give the address of --metrics-listen"};
    if (hash != look_.policies->hash)
      return {kCheck, replica, Health::problem,
              "it has other policies in force (hash " + hash + ") than the ConfigMap " + map_ + " (" +
                  look_.policies->hash + ")",
              "wait two minutes for the kubelet to update the volume; then search its log for \"policies\""};
    if (version != base::version())
      return {kCheck, replica, Health::warning,
              "it runs version " + version + ", this program is " + std::string(base::version()),
              "use the same version: a report may differ from what the webhook does"};
    return {kCheck,
            replica,
            Health::ok,
            "the policies of the ConfigMap " + map_ + " are in force (hash " + hash + ")",
            {}};
  }

  cluster::BlockingApi& api_;
  const std::string& namespace_name_;
  std::string map_;  // name of the ConfigMap
  PoliciesLook look_;
};

}  // namespace

PoliciesLook check_policies(cluster::BlockingApi& api, const std::string& namespace_name,
                            const std::vector<std::string>& metrics) {
  return Check(api, namespace_name).run(metrics);
}

}  // namespace hygiene::housekeeping
