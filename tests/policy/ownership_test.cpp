#include "policy/ownership.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "policy/evaluator.hpp"
#include "policy/facts_after.hpp"
#include "support.hpp"

using namespace hygiene;
using namespace hygiene::policy;

namespace {

const std::string kOurs = "secret-hygiene.io/oversized";

secret::Facts labelled(const std::string& key, const std::string& value) {
  auto facts = test::secret_of(10);
  test::label(facts, key, value);
  return facts;
}

std::string policy_of(const std::string& name, const std::string& selector, const std::string& labels) {
  return test::document(name, selector + "  labels: {" + labels + "}");
}

// The labels after /mutate.
secret::Labels mutated(const std::string& policies, secret::Facts& facts) {
  const auto set = test::load(policies);
  facts = facts_after(plan_labels(*set, facts), facts);
  return facts.labels;
}

}  // namespace

TEST_CASE("Who owns a label") {
  const auto set = test::load(policy_of("p", "", "konghq.com/secret: \"no\""));
  struct Case {
    std::string name, key;
    bool helm = false;
    std::string record, record_before, unmanaged;
    bool ours = false;
  };
  const std::vector<Case> cases{
      {"a user's", "tier", false, "", "", "", false},
      {"recorded", "tier", false, "tier=v", "", "", true},
      {"recorded with another value", "tier", false, "tier=w", "", "", false},
      {"recorded on what is stored", "tier", false, "", "tier=v", "", true},
      {"recorded, and claimed", "tier", false, "tier=v", "tier=v", "tier", false},
      {"under our prefix", kOurs, false, "", "", "", true},
      {"under our prefix, and claimed", kOurs, false, "", "", kOurs, false},
      {"one claimed among others", kOurs, false, "", "", "a, " + kOurs + "\n b", false},
      {"another one claimed", kOurs, false, "", "", "secret-hygiene.io/ignore", true},
      {"only like our prefix", "secret-hygiene.io.example.com/x", false, "", "", "", false},
      {"a policy's, not on Helm's history", "konghq.com/secret", false, "", "", "", false},
      {"a policy's, on Helm's history", "konghq.com/secret", true, "", "", "", true},
      {"a user's, on Helm's history", "tier", true, "", "", "", false},
  };
  for (const auto& c : cases) {
    INFO(c.name);
    auto facts = c.helm ? test::helm_secret(1) : test::secret_of(1);
    test::label(facts, c.key, "v");
    const std::uint64_t bytes = facts.object_bytes;
    if (!c.record.empty()) test::annotate(facts, secret::kOwnedLabelsAnnotation, c.record);
    if (!c.unmanaged.empty()) test::annotate(facts, secret::kUnmanagedLabelsAnnotation, c.unmanaged);
    auto stored = test::secret_of(1);
    if (!c.record_before.empty()) test::annotate(stored, secret::kOwnedLabelsAnnotation, c.record_before);
    const Ownership ownership(*set, facts, &stored);
    CHECK(ownership.is_ours(c.key, "v") == c.ours);
    CHECK((ownership.users_part().labels.find(c.key) == nullptr) == c.ours);
    CHECK_FALSE(ownership.users_part().owned_labels_annotation);
    // What a user claims is a user's, and counts.
    const auto claim =
        c.unmanaged.empty() ? 0 : secret::kUnmanagedLabelsAnnotation.size() + c.unmanaged.size();
    CHECK(ownership.users_part().annotation_bytes == claim);
    CHECK(ownership.users_part().object_bytes == bytes + claim - (c.ours ? c.key.size() + 1 : 0));
    CHECK(&ownership.object() == &facts);
  }
}

TEST_CASE("A Secret on which nothing is ours is not copied") {
  const auto facts = labelled("tier", "v");
  const auto set = test::load(policy_of("p", "", "k: v"));
  CHECK(&Ownership(*set, facts).users_part() == &facts);
}

TEST_CASE("A policy that selects by a label which policies put on does not flap") {
  const std::string unless_tier =
      "  match: {labelSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}}\n";
  const std::string policies = policy_of("a", unless_tier, "tier: unknown");
  auto facts = test::secret_of(1);
  for (int write = 0; write < 3; ++write) CHECK(*mutated(policies, facts).find("tier") == "unknown");
  // A user's own stays, and the policy does not apply.
  auto gold = labelled("tier", "gold");
  CHECK(*mutated(policies, gold).find("tier") == "gold");
  // Two policies that would chase each other settle at the first write.
  const std::string if_tier = "  match: {labelSelector: {matchLabels: {tier: unknown}}}\n";
  const std::string both = policies + policy_of("b", if_tier, "second: \"yes\"");
  auto fresh = test::secret_of(1);
  const secret::Labels first = mutated(both, fresh);
  CHECK(mutated(both, fresh) == first);
  CHECK(first.find("second") == nullptr);
}

TEST_CASE("A label of ours that was copied without its record goes when no policy gives it") {
  const std::string policies = policy_of("big", "  match: {sizeOver: 100}\n", kOurs + ": \"true\"");
  auto copy = labelled(kOurs, "true");
  const auto set = test::load(policies);
  const auto plan = plan_labels(*set, copy);
  REQUIRE(plan.changes.size() == 1);
  CHECK(plan.changes.front().action == LabelAction::remove);
  CHECK(plan.changes.front().foreign);
  CHECK(mutated(policies, copy).find(kOurs) == nullptr);

  SECTION("what we recorded is not foreign") {
    auto ours = labelled(kOurs, "true");
    test::annotate(ours, secret::kOwnedLabelsAnnotation, kOurs + "=true");
    CHECK_FALSE(plan_labels(*set, ours).changes.front().foreign);
    // A PUT dropped the annotations; the record is on what is stored.
    const auto replaced = labelled(kOurs, "true");
    CHECK_FALSE(plan_labels(*set, replaced, &ours).changes.front().foreign);
  }
  SECTION("what Helm copied is not foreign") {
    auto revision = test::helm_secret(1);
    test::label(revision, kOurs, "true");
    CHECK_FALSE(plan_labels(*set, revision).changes.front().foreign);
  }
  SECTION("what a user claims stays, and is not put on once the user took it off") {
    auto claimed = labelled(kOurs, "mine");
    claimed.data_bytes = claimed.largest_keys.front().bytes = 500;
    claimed.object_bytes += 490;
    test::annotate(claimed, secret::kUnmanagedLabelsAnnotation, kOurs);
    CHECK(plan_labels(*set, claimed).changes.empty());
    auto without = test::secret_of(500);
    test::annotate(without, secret::kUnmanagedLabelsAnnotation, kOurs);
    CHECK(plan_labels(*set, without).changes.empty());
  }
}

TEST_CASE("A controller's PUT that drops annotations does not make our labels its user's") {
  const std::string policies = policy_of("big", "  match: {sizeOver: 100}\n", "example.com/big: \"true\"");
  const auto set = test::load(policies);
  auto stored = labelled("example.com/big", "true");
  test::annotate(stored, secret::kOwnedLabelsAnnotation, "example.com/big=true");
  const auto replaced = labelled("example.com/big", "true");
  CHECK(plan_labels(*set, replaced).changes.empty());
  REQUIRE(plan_labels(*set, replaced, &stored).changes.size() == 1);
  CHECK(plan_labels(*set, replaced, &stored).changes.front().action == LabelAction::remove);
}

TEST_CASE("A verdict is the same before and after a Secret is labelled") {
  const auto set = test::load(
      test::document("limits", "  mode: Enforce\n  limits: {annotationBytes: 100, bytesPerObject: 200}") +
      policy_of("label", "", "k: v"));
  for (const std::uint64_t annotations : {100U, 101U}) {
    auto facts = test::secret_of(10);
    facts.annotation_bytes = annotations;
    facts.object_bytes += annotations;
    const auto judge = [&set](const secret::Facts& object) {
      return find_violations(*set, {.object = &object}).size();
    };
    const auto after = facts_after(plan_labels(*set, facts), facts);
    CHECK(after.annotation_bytes > 101);
    CHECK(judge(facts) == annotations - 100);
    CHECK(judge(after) == annotations - 100);
  }
}
