// What is to be put on stored Secrets, and taken off them.
#include "housekeeping/label/label_planner.hpp"

#include <catch2/catch.hpp>

#include "housekeeping/label/merge_patch.hpp"
#include "policy/support.hpp"

using namespace hygiene;
using housekeeping::LabelPlanner;
using housekeeping::LabelTask;

namespace {

std::shared_ptr<const policy::PolicySet> policies(const std::string& spec) {
  auto outcome = policy::load_policies({{"p.yaml",
                                         "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\n"
                                         "metadata: {name: p}\nspec: " +
                                             spec + "\n"}});
  REQUIRE(outcome.policies != nullptr);
  return outcome.policies;
}

bool needs_sizes(const std::string& spec) {
  const auto set = policies(spec);
  return LabelPlanner(*set, LabelTask::follow_policies).needs_sizes();
}

std::string removal(const policy::PolicySet& set, const secret::Facts& facts) {
  const auto plan = LabelPlanner(set, LabelTask::remove_all).plan(facts);
  return plan.empty() ? "nothing" : housekeeping::to_merge_patch(plan, "1");
}

secret::Facts facts(const std::string& type) {
  secret::Facts facts;
  facts.type = type;
  facts.name = "sh.helm.release.v1.web.v1";
  facts.namespace_name = "shop";
  return facts;
}

using policy::test::label;

}  // namespace

TEST_CASE("sizes are needed where a plan depends on them, and nowhere else") {
  CHECK_FALSE(needs_sizes("{match: {types: [t]}, labels: {a: b}}"));
  CHECK_FALSE(needs_sizes("{mode: Warn, limits: {bytesPerSecret: 1Ki}}"));
  CHECK_FALSE(needs_sizes("{mode: Warn, match: {sizeOver: 1Ki}, limits: {keysPerSecret: 1}}"));
  CHECK_FALSE(needs_sizes("{mode: Warn, limits: {secretsPerNamespace: 5}}"));
  CHECK(needs_sizes("{match: {sizeOver: 1Ki}, labels: {a: b}}"));
  CHECK(needs_sizes("{exclude: {sizeUpTo: 1Ki}, labels: {a: b}}"));
  CHECK(needs_sizes("{mode: Audit, match: {sizeOver: 1Ki}, labels: {a: b}}"));
  CHECK(needs_sizes("{mode: Warn, limits: {bytesPerNamespace: 1Mi}}"));
  CHECK(needs_sizes("{mode: Warn, limits: {bytesPerCluster: 1Mi}}"));
  const auto set = policies("{match: {sizeOver: 1Ki}, labels: {a: b}}");
  CHECK_FALSE(LabelPlanner(*set, LabelTask::remove_all).needs_sizes());
}

TEST_CASE("all that is ours goes, without a policy, and nothing else") {
  auto recorded = facts("Opaque");
  label(recorded, "a", "1");
  label(recorded, "b", "another's");
  label(recorded, "secret-hygiene.io/c", "3");
  policy::test::annotate(recorded, secret::kOwnedLabelsAnnotation, "a=1,b=2");
  policy::test::annotate(recorded, secret::kBytesAnnotation, "9");
  CHECK(removal({}, recorded) ==
        R"({"metadata":{"resourceVersion":"1","labels":{"a":null,"secret-hygiene.io/c":null},"annotations":)"
        R"({"secret-hygiene.io/owned-labels":null,"secret-hygiene.io/bytes":null}}})");
  auto helm = facts("helm.sh/release.v1");
  label(helm, "owner", "helm");
  label(helm, "name", "web");
  label(helm, "konghq.com/secret", "true");
  label(helm, "secret-hygiene.io/ignore", "true");
  CHECK(
      removal({}, helm) ==
      R"({"metadata":{"resourceVersion":"1","labels":{"secret-hygiene.io/ignore":null},"annotations":{}}})");
  CHECK(removal({}, facts("Opaque")) == "nothing");
}

TEST_CASE("on Helm's Secrets a policy names further keys that are ours") {
  auto helm = facts("helm.sh/release.v1");
  label(helm, "owner", "helm");
  label(helm, "konghq.com/secret", "true");
  CHECK(removal({}, helm) == "nothing");
  CHECK(removal(*policies("{labels: {konghq.com/secret: \"true\"}}"), helm) ==
        R"({"metadata":{"resourceVersion":"1","labels":{"konghq.com/secret":null},"annotations":{}}})");
}
