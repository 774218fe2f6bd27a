// What facts_after says of a Secret against what secret::Reader reads of it once the plan's patch is applied,
// over generated Secrets and policies.
#include <map>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "admission/json_patch.hpp"
#include "json/push_reader.hpp"
#include "policy/evaluator.hpp"
#include "policy/facts_after.hpp"
#include "policy/support.hpp"
#include "secret/reader.hpp"
#include "support/json_oracle.hpp"

using namespace hygiene;

namespace {

using TextMap = std::map<std::string, std::string>;

secret::Facts read(const std::string& json) {
  secret::Facts facts;
  secret::Reader reader(facts);
  json::PushReader push(reader);
  REQUIRE(push.feed(json));
  REQUIRE(push.finish());
  return facts;
}

std::string to_json(const TextMap& map) {
  std::string text;
  for (const auto& [key, value] : map) {
    text.append(text.empty() ? "{\"" : ",\"").append(key).append("\":\"").append(value).append("\"");
  }
  return text.empty() ? "{}" : text + "}";
}

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string policies() {
    std::string text;
    for (const auto* name : {"a", "b", "c"}) {
      text += policy::test::document(
          name,
          "  mode: " + one_of({"Enforce", "Warn", "Audit"}) + "\n  labels: {" + key() + ": \"" + value() +
              "\"}" +
              one_of({"", "\n  match: {sizeOver: 20}", "\n  exclude: {sizeUpTo: 20}",
                      "\n  match: {types: [\"helm*\"]}", "\n  match: {names: [none]}",
                      "\n  match: {labelSelector: {matchLabels: {a: x}}}",
                      "\n  match: {labelSelector: {matchExpressions: [{key: k, operator: DoesNotExist}]}}",
                      "\n  exclude: {labelSelector: {matchExpressions: [{key: secret-hygiene.io/ignore, "
                      "operator: Exists}]}}"}));
    }
    if (chance(3)) text += policy::test::document("d", "  mode: Warn\n  limits: {bytesPerNamespace: 1Mi}");
    return text;
  }

  // A Secret's JSON. Its maps may be absent, null or empty; its record may be right, stale or unreadable.
  std::string secret() {
    const bool helm = chance(3);
    TextMap labels;
    TextMap recorded;
    for (const auto& each : kKeys) {
      if (chance(2)) labels[each] = value();
      if (chance(2)) recorded[each] = value();
    }
    if (helm) labels["owner"] = "helm";
    TextMap annotations;
    if (chance(2)) annotations["note"] = std::string(below(40), 'n');
    if (chance(2)) annotations[std::string(secret::kOwnedLabelsAnnotation)] = record_of(recorded);
    if (chance(3)) annotations[std::string(secret::kBytesAnnotation)] = one_of({"", "17", "many"});
    if (chance(5))
      annotations[std::string(secret::kUnmanagedLabelsAnnotation)] =
          one_of({"", "k", "a, secret-hygiene.io/ignore"});
    std::string json = R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":")";
    json += helm ? "sh.helm.release.v1.app.v1\"" : "big\"";
    json += member("labels", labels) + member("annotations", annotations);
    json += R"(,"managedFields":[{"manager":"m","fieldsV1":{"f:data":{}}}]},"data":{"k":")";
    for (std::size_t groups = below(20); groups > 0; --groups) json += "TWFu";
    return json + R"("},"type":")" + (helm ? "helm.sh/release.v1" : "Opaque") + "\"}";
  }

 private:
  const std::vector<std::string> kKeys{"a", "k", "konghq.com/secret", "secret-hygiene.io/ignore"};

  std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  bool chance(std::size_t of) { return below(of) == 0; }
  std::string one_of(const std::vector<std::string>& texts) { return texts[below(texts.size())]; }
  std::string key() { return one_of(kKeys); }
  std::string value() { return one_of({"true", "x", "longer-value"}); }

  std::string record_of(const TextMap& recorded) {
    if (chance(5)) return one_of({"", "broken", "k=1,a=1"});
    std::string text;
    for (const auto& [key, value] : recorded) text += (text.empty() ? "" : ",") + key + "=" + value;
    return text;
  }

  std::string member(const std::string& name, const TextMap& map) {
    if (!map.empty()) return ",\"" + name + "\":" + to_json(map);
    return one_of({"", ",\"" + name + "\":null", ",\"" + name + "\":{}"});
  }

  std::mt19937 random_;
};

// What policies select by and limits measure. An empty map and none are one to them.
secret::Facts as_users_wrote(const policy::PolicySet& policies, const secret::Facts& facts) {
  secret::Facts users = policy::Ownership(policies, facts).users_part();
  users.has_labels = users.has_annotations = false;
  return users;
}

// Applies `plan` to the Secret `json`, checks what follows for facts, and returns the JSON after it.
std::string after_applying(const policy::PolicySet& policies, const policy::LabelPlan& plan,
                           const std::string& json) {
  const secret::Facts before = read(json);
  const std::string patch = admission::to_json_patch(plan, before);
  const std::string applied = patch.empty() ? json : test::patched(json, patch, "");
  const secret::Facts after = policy::facts_after(plan, before);
  const secret::Facts seen = read(applied);
  INFO("before: " << json << "\nafter:  " << applied);
  CHECK(after.object_bytes == seen.object_bytes);
  CHECK(after.annotation_bytes == seen.annotation_bytes);
  CHECK(after == seen);  // and every other field
  CHECK(as_users_wrote(policies, after) == as_users_wrote(policies, before));
  return applied;
}

policy::LabelPlan taking_off(const policy::PolicySet& policies, const secret::Facts& object) {
  return policy::make_label_plan(policy::Ownership(policies, object), {});
}

}  // namespace

TEST_CASE(
    "facts after a plan are the facts of the Secret with the plan applied, and no policy sees our plan") {
  Generator generator(20261129);
  std::map<policy::LabelAction, std::size_t> actions;
  for (int round = 0; round < 300; ++round) {
    const std::string text = generator.policies();
    INFO(text);
    const auto policies = policy::test::load(text);
    for (int number = 0; number < 10; ++number) {
      std::string json = generator.secret();
      const auto labelled = policy::plan_labels(*policies, read(json));
      for (const auto& change : labelled.changes) ++actions[change.action];
      json = after_applying(*policies, labelled, json);
      CHECK(policy::plan_labels(*policies, read(json)).empty());
      json = after_applying(*policies, taking_off(*policies, read(json)), json);
      CHECK(json.find("secret-hygiene.io/owned-labels") == std::string::npos);
    }
  }
  for (const auto action : {policy::LabelAction::add, policy::LabelAction::replace,
                            policy::LabelAction::remove, policy::LabelAction::report}) {
    INFO(to_string(action));
    CHECK(actions[action] > 100);
  }
}
