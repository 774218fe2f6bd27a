#include "housekeeping/export/exported.hpp"

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

#include "json/document.hpp"
#include "policy/support.hpp"

namespace hygiene::housekeeping {
namespace {

using policy::test::document;
using policy::test::load;

constexpr const char* kEnforce = "  mode: Enforce\n  limits: {bytesPerSecret: 1Ki}";

std::string names(const Exported& exported) {
  std::string text;
  for (auto at = exported.objects.find("\"policyName\": \""); at != std::string::npos;
       at = exported.objects.find("\"policyName\": \"", at + 1)) {
    const auto begin = at + 15;
    text += exported.objects.substr(begin, exported.objects.find('"', begin) - begin) + " ";
  }
  return text;
}

Exported exported(const std::string& text, bool fallback = false, unsigned minor = kMutatingSince) {
  return export_policies(*load(text), {.minor = minor, .fallback = fallback});
}

bool has(const Exported& exported, std::string_view text) {
  return exported.objects.find(text) != std::string::npos;
}

TEST_CASE("a policy in mode Enforce becomes one policy that denies and one that warns") {
  const Exported made = exported(document("a", kEnforce));
  CHECK(names(made) == "deny.a.secret-hygiene.io warn.a.secret-hygiene.io ");
  CHECK(made.policies == 2);
  CHECK(made.left_out.empty());
  CHECK(has(made, "\"Deny\""));
  CHECK(has(made, "\"failurePolicy\": \"Fail\""));
  CHECK(has(made, "\"reason\": \"Forbidden\""));
  CHECK(has(made, "variables.data_bytes > 1024"));
}

TEST_CASE("Warn and Audit become one policy each, and neither denies what cannot be judged") {
  const std::string limits = "\n  limits: {keysPerSecret: 3}";
  const Exported made =
      exported(document("a", "  mode: Warn" + limits) + document("b", "  mode: Audit" + limits));
  CHECK(names(made) == "warn.a.secret-hygiene.io audit.b.secret-hygiene.io ");
  CHECK_FALSE(has(made, "\"failurePolicy\": \"Fail\""));
}

TEST_CASE("a fallback denies and labels, and leaves warnings and audits to the webhook") {
  const std::string text =
      document("a", std::string(kEnforce) + "\n  labels: {secret-hygiene.io/large: \"true\"}") +
      document("b", "  mode: Warn\n  limits: {keysPerSecret: 3}");
  const Exported made = exported(text, true);
  CHECK(names(made) == "deny.a.secret-hygiene.io labels.secret-hygiene.io ");
  CHECK(has(made, "\"app.kubernetes.io/component\": \"fallback\""));
  CHECK(
      names(exported(text)) ==
      "deny.a.secret-hygiene.io warn.a.secret-hygiene.io warn.b.secret-hygiene.io labels.secret-hygiene.io ");
}

TEST_CASE("enforceOn decides which operations are denied and which are warned of") {
  const std::string limit = "  mode: Enforce\n  limits: {keysPerSecret: 3}\n  enforceOn: ";
  for (const auto& [operation, no_worse] : {std::pair{"CREATE", false}, std::pair{"UPDATE", true}}) {
    INFO(operation);
    const Exported made = exported(document("a", limit + "[" + operation + "]"), true);
    CHECK(has(made, "\"operations\": [\n                \"" + std::string(operation) + "\"\n"));
    // An UPDATE is compared with what is stored only where it may be denied.
    const Exported with_warnings = exported(document("a", limit + "[" + operation + "]"));
    const auto second = with_warnings.objects.find("warn.a.secret-hygiene.io");
    CHECK((with_warnings.objects.find("stored_key_count", second) != std::string::npos) == no_worse);
  }
}

TEST_CASE("what CEL cannot say is named, and stands in an annotation") {
  const Exported counted = exported(
      document("a", std::string("  mode: Enforce\n  limits: {bytesPerSecret: 1Ki, secretsPerNamespace: 5}")));
  CHECK(counted.left_out ==
        std::vector<std::string>{"a: secretsPerNamespace: CEL sees one Secret at a time"});
  CHECK(
      has(counted, "\"secret-hygiene.io/left-out\": \"secretsPerNamespace: CEL sees one Secret at a time\""));
  const Exported only_counted = exported(document("a", "  mode: Warn\n  limits: {secretsPerNamespace: 5}"));
  CHECK(only_counted.policies == 0);
  CHECK(only_counted.left_out.size() == 1);

  const std::string kong = document("k", "  labels: {konghq.com/secret: \"true\"}");
  CHECK(exported(kong).left_out ==
        std::vector<std::string>{
            "k: label konghq.com/secret: it is added and never removed, because CEL keeps no record of it"});
  CHECK(exported(kong, true).policies == 0);
  const Exported selecting = exported(
      kong + document("s", std::string(kEnforce) +
                               "\n  match: {labelSelector: {matchLabels: {konghq.com/secret: \"true\"}}}"));
  CHECK(selecting.left_out.back() ==
        "s: labelSelector by konghq.com/secret: a policy sets that label, and CEL cannot tell it from one "
        "that a user set");
  CHECK(exported(document("q", std::string(kEnforce) + "\n  match: {types: [\"a?\"]}")).left_out.size() == 1);
  CHECK(exported(document("q", std::string(kEnforce) + "\n  exemptRequests: {users: [\"a?\"]}"))
            .left_out.size() == 1);
}

TEST_CASE("an API server without MutatingAdmissionPolicy gets no labels, and is told so") {
  const std::string text =
      document("a", std::string(kEnforce) + "\n  labels: {secret-hygiene.io/large: \"true\"}");
  const Exported made = exported(text, false, 35);
  CHECK(names(made) == "deny.a.secret-hygiene.io warn.a.secret-hygiene.io ");
  CHECK(made.left_out ==
        std::vector<std::string>{
            "labels: Kubernetes 1.35 has no MutatingAdmissionPolicy, which 1.36 and later have"});
}

TEST_CASE("a policy with more patterns than CEL evaluates is left out and named") {
  std::string many;
  for (int number = 0; number < 1500; ++number) many += ", \"*x" + std::to_string(number) + "\"";
  const Exported made = exported(
      document("a", std::string(kEnforce) + "\n  match: {names: [b" + many + "]}") + document("b", kEnforce));
  CHECK(names(made) == "deny.b.secret-hygiene.io warn.b.secret-hygiene.io ");
  REQUIRE(made.left_out.size() == 2);
  CHECK(made.left_out.front().starts_with("deny.a.secret-hygiene.io: it is left out: "));
}

TEST_CASE("what is exported is JSON, whatever a policy's message holds") {
  const Exported made =
      exported(document("a", std::string(kEnforce) + "\n  message: 'Don''t \\ \"do\" it.'"));
  rapidjson::Document parsed;
  CHECK(json::parse_document(parsed, made.objects));
  CHECK(has(made, R"(. Don\\'t \\\\ \"do\" it.)"));
}

TEST_CASE("a version of Kubernetes is 1.30 or later") {
  CHECK(parse_kubernetes_version("1.30").value() == 30);
  CHECK(parse_kubernetes_version("v1.36.3").value() == 36);
  CHECK(parse_kubernetes_version("1.40.0-eks-1").value() == 40);
  for (const char* text : {"", "1", "1.", "1.29", "2.40", "1.x", "1.36x", "v", "1.-30", "1.99999999999"}) {
    INFO(text);
    CHECK_FALSE(parse_kubernetes_version(text));
  }
}
TEST_CASE("an exception in force is exported, its date is said, and one that has ended is left out") {
  const std::chrono::sys_seconds end = std::chrono::sys_days(std::chrono::year(2027) / 2 / 1);
  const auto policies = load(document(
      "a", std::string(kEnforce) + "\n  exceptions: [{names: [\"big-*\"], namespaces: [team-a], until: "
                                   "2027-01-31, reason: r}]"));
  const Exported before = export_policies(*policies, {.now = end - std::chrono::seconds(1)});
  CHECK(has(before, "request.namespace in ['team-a'] && variables.name.startsWith('big-')"));
  REQUIRE(before.left_out.size() == 1);
  CHECK(before.left_out[0] ==
        "a: exceptions: CEL has no clock, so big-* in team-a stays spared until you export again after "
        "2027-01-31");
  CHECK(has(before, before.left_out[0].substr(3)));
  const Exported after = export_policies(*policies, {.now = end});
  CHECK(after.left_out.empty());
  CHECK_FALSE(has(after, "big-"));
}

TEST_CASE("match.namespaceSelector becomes the policy's own, and what that cannot say becomes CEL") {
  const std::string limit = "  mode: Warn\n  limits: {keysPerSecret: 3}\n";
  const Exported match = exported(document(
      "a", limit + "  match: {namespaceSelector: {matchLabels: {tier: gold}, matchExpressions: [{key: env, "
                   "operator: DoesNotExist}]}}"));
  CHECK(match.left_out.empty());
  rapidjson::Document list;
  REQUIRE(json::parse_document(list, match.objects));
  const auto requirements =
      json::elements_at(json::elements_at(list, {"items"}).front(),
                        {"spec", "matchConstraints", "namespaceSelector", "matchExpressions"});
  REQUIRE(requirements.size() == 3);
  CHECK(json::text_at(requirements[0], {"key"}) == "kubernetes.io/metadata.name");
  CHECK(json::text_at(requirements[1], {"key"}) == "tier");
  CHECK(json::text_at(requirements[1], {"operator"}) == "In");
  CHECK(json::text_at(json::elements_at(requirements[1], {"values"}).front(), {}) == "gold");
  CHECK(json::text_at(requirements[2], {"operator"}) == "DoesNotExist");
  CHECK(json::find(requirements[2], {"values"}) == nullptr);
  CHECK_FALSE(has(match, "namespaceObject"));

  const Exported exclude = exported(document(
      "a", limit + "  exclude: {names: [x], namespaceSelector: {matchLabels: {tier: gold}, matchExpressions: "
                   "[{key: env, operator: NotIn, values: [a, b]}]}}"));
  CHECK(has(exclude,
            "!((variables.name in ['x'] || (('tier' in namespaceObject.metadata.labels && "
            "namespaceObject.metadata.labels['tier'] in ['gold']) && !('env' in "
            "namespaceObject.metadata.labels && namespaceObject.metadata.labels['env'] in ['a', 'b']))))"));

  // One policy labels for the whole set.
  const Exported labels =
      exported(document("a",
                        "  match: {namespaceSelector: {matchExpressions: [{key: tier, operator: Exists}]}}\n"
                        "  labels: {secret-hygiene.io/gold: \"true\"}"));
  CHECK(has(labels, "'tier' in namespaceObject.metadata.labels"));
}

}  // namespace
}  // namespace hygiene::housekeeping
