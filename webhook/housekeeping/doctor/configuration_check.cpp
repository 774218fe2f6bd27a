#include "housekeeping/doctor/configuration_check.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include <boost/algorithm/string/join.hpp>
#include <rapidjson/document.h>

#include "json/document.hpp"

namespace hygiene::housekeeping {
namespace {

using rapidjson::Value;
using Names = std::vector<std::string>;

constexpr std::string_view kNamespaceName = "kubernetes.io/metadata.name";
constexpr std::string_view kApplyAnew = "apply the manifests or the chart again";
// The manifests have 3 s, and 10 s where a policy counts.
constexpr std::uint32_t kTimeoutMax = 10;

// A webhook as the manifests have it.
struct Wanted {
  std::string_view name;
  std::string_view path;
  std::string_view resource;
  bool judges_secrets;
};
constexpr Wanted kMutating[] = {{"mutate.secret-hygiene.io", "/mutate", "secrets", true}};
constexpr Wanted kValidating[] = {{"validate.secret-hygiene.io", "/validate", "secrets", true},
                                  {"policies.secret-hygiene.io", "/validate-policies", "configmaps", false}};

Names texts_at(const Value& value, json::Path path) {
  Names texts;
  for (const Value& each : json::elements_at(value, path)) texts.emplace_back(json::text_at(each, {}));
  return texts;
}

bool holds(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

CalledWebhook called_by(const Value& webhook) {
  const auto text = [&webhook](json::Path path) { return std::string(json::text_at(webhook, path)); };
  return {text({"name"}), text({"clientConfig", "service", "name"}),
          text({"clientConfig", "service", "namespace"}), text({"clientConfig", "url"}),
          text({"clientConfig", "caBundle"})};
}

// The path in which the API server calls it, without a token behind it.
bool leads_to(const Value& webhook, std::string_view path) {
  std::string_view called = json::text_at(webhook, {"clientConfig", "service", "path"});
  const std::string_view url = json::text_at(webhook, {"clientConfig", "url"});
  if (!url.empty()) {
    const std::size_t host = url.find("//");
    const std::size_t slash = host == std::string_view::npos ? host : url.find('/', host + 2);
    called = slash == std::string_view::npos ? std::string_view() : url.substr(slash);
  }
  return called.starts_with(path) &&
         (called.size() == path.size() || called[path.size()] == '/' || called[path.size()] == '?');
}

// One condition of a selector, as kubectl writes it.
std::string text_of(const Value& condition) {
  std::string key(json::text_at(condition, {"key"}));
  const std::string operation(json::text_at(condition, {"operator"}));
  if (operation == "Exists") return key;
  if (operation == "DoesNotExist") return '!' + key;
  const std::string values = boost::join(texts_at(condition, {"values"}), ", ");
  return key + (operation == "In" ? " in (" : " notin (") + values + ')';
}

// All conditions of a selector.
Names conditions_at(const Value& webhook, std::string_view selector) {
  Names conditions;
  for (const Value& each : json::elements_at(webhook, {selector, "matchExpressions"}))
    conditions.push_back(text_of(each));
  if (const Value* labels = json::object_at(webhook, {selector, "matchLabels"})) {
    for (const auto& label : labels->GetObject())
      conditions.push_back(std::string(json::text_at(label.name, {})) + '=' +
                           std::string(json::text_at(label.value, {})));
  }
  return conditions;
}

class Judge {
 public:
  Judge(const Value& webhook, const Wanted& wanted, const std::string& own_namespace)
      : webhook_(webhook), wanted_(wanted), own_namespace_(own_namespace) {}

  void run() {
    rules();
    path();
    failure_policy();
    timeout();
    side_effects();
    match_conditions();
    if (!wanted_.judges_secrets) return;
    namespace_selector();
    object_selector();
  }

  Diagnoses take() {
    if (found_.empty()) {
      std::string message = "called for CREATE and UPDATE of " + std::string(wanted_.resource) +
                            ", failurePolicy " + std::string(failure_) + ", timeout " +
                            std::to_string(timeout_) + " s";
      if (!left_out.empty()) message += ", in all namespaces but " + boost::join(left_out, ", ");
      add("configuration", Health::ok, std::move(message), {});
    }
    return std::move(found_);
  }

  Names left_out;

 private:
  void add(const char* check, Health health, std::string message, std::string_view advice = kApplyAnew) {
    found_.push_back({check, std::string(wanted_.name), health, std::move(message), std::string(advice)});
  }

  void rules() {
    for (const std::string_view operation : {"CREATE", "UPDATE"}) {
      const auto rules = json::elements_at(webhook_, {"rules"});
      const bool covered = std::ranges::any_of(rules, [&](const Value& rule) {
        const auto names = [&rule](json::Path at, std::string_view name) {
          const Names all = texts_at(rule, at);
          return holds(all, name) || holds(all, "*");
        };
        return names({"operations"}, operation) && names({"apiGroups"}, "") && names({"apiVersions"}, "v1") &&
               names({"resources"}, wanted_.resource) && json::text_at(rule, {"scope"}) != "Cluster";
      });
      if (!covered)
        add("rules", Health::problem,
            "its rules do not cover " + std::string(operation) + " of " + std::string(wanted_.resource));
    }
  }

  void path() {
    if (leads_to(webhook_, wanted_.path)) return;
    add("path", Health::problem, "it is called at a path other than " + std::string(wanted_.path));
  }

  void failure_policy() {
    failure_ = json::text_at(webhook_, {"failurePolicy"});
    if (!wanted_.judges_secrets && failure_ != "Ignore")
      add("failure-policy", Health::warning,
          "failurePolicy " + std::string(failure_) +
              ": while the webhook is down, nobody can fix its policies");
  }

  void timeout() {
    timeout_ = json::number_at(webhook_, {"timeoutSeconds"}).value_or(0);
    if (timeout_ >= 1 && timeout_ <= kTimeoutMax) return;
    add("timeout", Health::warning,
        "while the webhook is unreachable, a write waits for " + std::to_string(timeout_) +
            " s; the manifests have 3 s, and 10 s with counting");
  }

  void side_effects() {
    const std::string_view effects = json::text_at(webhook_, {"sideEffects"});
    if (effects == "None") return;
    add("side-effects", Health::warning,
        "sideEffects is " + std::string(effects) + ", though the webhook has none");
  }

  void match_conditions() {
    bool spares_deletion = false;
    for (const Value& each : json::elements_at(webhook_, {"matchConditions"})) {
      const std::string_view name = json::text_at(each, {"name"});
      if (name == "not-being-deleted") {
        spares_deletion = true;
      } else {
        add("match-conditions", Health::warning,
            "the additional condition " + std::string(name) + " decides which writes it sees",
            "keep it if you want it: other writes get no limits and no labels");
      }
    }
    if (!spares_deletion)
      add("match-conditions", Health::warning,
          "the condition not-being-deleted is missing: while the webhook is down, a Secret with finalizers "
          "may be impossible to delete");
  }

  void namespace_selector() {
    for (const Value& each : json::elements_at(webhook_, {"namespaceSelector", "matchExpressions"})) {
      if (json::text_at(each, {"key"}) != kNamespaceName || json::text_at(each, {"operator"}) != "NotIn")
        continue;
      for (std::string& name : texts_at(each, {"values"})) left_out.push_back(std::move(name));
    }
    if (!holds(left_out, own_namespace_)) {
      const bool closed = failure_ == "Fail";
      add("namespace-selector", closed ? Health::problem : Health::warning,
          "it is called for Secrets of its own namespace, " + own_namespace_ +
              (closed ? ": while it is down, its certificate cannot be renewed" : ""));
    }
    for (const std::string& each : conditions_at(webhook_, "namespaceSelector")) other_condition(each);
  }

  void other_condition(const std::string& condition) {
    if (condition.starts_with(std::string(kNamespaceName) + " notin")) return;
    const bool is_enforcer = condition.find("control-plane") != std::string::npos ||
                             condition.find("kubernetes.azure.com/") != std::string::npos;
    if (is_enforcer) {
      add("platform", Health::warning,
          "the admissions enforcer of AKS added the condition " + condition +
              ": anyone who may label a namespace can bypass the webhook",
          "apply manifests/platforms/aks, or the chart with platform=aks, once with --force-conflicts");
    } else {
      add("namespace-selector", Health::warning, "only namespaces with " + condition + " are seen",
          "keep it if you want it; otherwise apply the manifests or the chart again");
    }
  }

  void object_selector() {
    for (const std::string& each : conditions_at(webhook_, "objectSelector"))
      add("object-selector", Health::problem,
          "only Secrets with " + each + " are seen: whoever writes a Secret can bypass its limits");
  }

  const Value& webhook_;
  const Wanted& wanted_;
  const std::string& own_namespace_;
  Diagnoses found_;
  std::string_view failure_;
  std::uint32_t timeout_ = 0;
};

}  // namespace

ConfigurationLook look_at_configuration(const Value& configuration, ConfigurationKind kind,
                                        const std::string& own_namespace) {
  ConfigurationLook look;
  const std::span<const Wanted> all = kind == ConfigurationKind::mutating
                                          ? std::span<const Wanted>(kMutating)
                                          : std::span<const Wanted>(kValidating);
  const auto webhooks = json::elements_at(configuration, {"webhooks"});
  for (const Wanted& wanted : all) {
    const auto found = std::ranges::find_if(
        webhooks, [&wanted](const Value& each) { return json::text_at(each, {"name"}) == wanted.name; });
    if (found == webhooks.end()) {
      look.diagnoses.push_back({"configuration", std::string(wanted.name),
                                wanted.judges_secrets ? Health::problem : Health::warning,
                                "the configuration has no such webhook", std::string(kApplyAnew)});
      continue;
    }
    look.webhooks.push_back(called_by(*found));
    Judge judge(*found, wanted, own_namespace);
    judge.run();
    for (Diagnosis& each : judge.take()) look.diagnoses.push_back(std::move(each));
    if (wanted.judges_secrets) look.left_out = judge.left_out;
  }
  return look;
}

Diagnoses compare_left_out(const ConfigurationLook& mutating, const ConfigurationLook& validating) {
  Names more;
  for (const std::string& each : mutating.left_out) {
    if (!holds(validating.left_out, each)) more.push_back(each);
  }
  if (more.empty() || validating.webhooks.empty()) return {};
  return {{"platform", std::string(kMutating[0].name), Health::warning,
           "it leaves out namespaces that the validating webhook sees: " + boost::join(more, ", "),
           "on GKE Autopilot, which adds such namespaces, do nothing; otherwise give both the same "
           "excludedNamespaces"}};
}

}  // namespace hygiene::housekeeping
