#include "commands/check_judge.hpp"

#include <memory>

#include <catch2/catch.hpp>

#include "policy/loader.hpp"

using namespace hygiene;
using admission::Decision;

namespace {

std::shared_ptr<const policy::PolicySet> load(const std::string& spec) {
  const auto outcome = policy::load_policies(
      {{"p.yaml",
        "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: p}\nspec:\n" + spec}});
  REQUIRE(outcome.policies);
  return outcome.policies;
}

secret::Facts facts_of(std::uint64_t bytes) {
  secret::Facts facts;
  facts.name = "s";
  facts.data_bytes = facts.object_bytes = bytes;
  facts.key_count = 1;
  facts.largest_keys = {{"k", bytes}};
  return facts;
}

admission::Review review_of(policy::Operation operation, std::uint64_t bytes, std::uint64_t stored) {
  admission::Review review;
  review.operation = operation;
  review.version = "v1";
  review.kind = "Secret";
  review.has_object = true;
  review.object = facts_of(bytes);
  review.has_stored = operation == policy::Operation::update;
  review.stored = facts_of(stored);
  review.requester.username = "alice";
  return review;
}

}  // namespace

TEST_CASE("a manifest's defaults are the API server's, and count as it stores them") {
  const auto policies = load("  mode: Warn\n  limits: {bytesPerObject: 23}\n");
  // 10 bytes, "Opaque" and "default".
  const commands::Finding fits = commands::judge_manifest(*policies, facts_of(10), "default");
  CHECK(fits.object.type == "Opaque");
  CHECK(fits.object.namespace_name == "default");
  CHECK(fits.decision == Decision::allowed);
  CHECK(fits.plain());
  CHECK(commands::judge_manifest(*policies, facts_of(11), "default").decision == Decision::warned);
}

TEST_CASE("nobody who writes a manifest is exempt; the requester of a review may be") {
  const auto policies =
      load("  mode: Enforce\n  exemptRequests: {users: [\"*\"]}\n  limits: {bytesPerSecret: 5}\n");
  CHECK(commands::judge_manifest(*policies, facts_of(6), "default").decision == Decision::denied);
  CHECK(commands::judge_review(*policies, review_of(policy::Operation::create, 6, 0))->decision ==
        Decision::spared);
}

TEST_CASE("a review is judged by its operation and by what is stored") {
  const auto policies = load("  mode: Enforce\n  limits: {bytesPerSecret: 5}\n");
  const auto judged = [&](policy::Operation operation, std::uint64_t bytes, std::uint64_t stored) {
    return commands::judge_review(*policies, review_of(operation, bytes, stored));
  };
  CHECK(judged(policy::Operation::create, 5, 0)->decision == Decision::allowed);
  CHECK(judged(policy::Operation::create, 6, 0)->decision == Decision::denied);
  CHECK(judged(policy::Operation::update, 6, 6)->decision == Decision::warned);
  CHECK(judged(policy::Operation::update, 7, 6)->decision == Decision::denied);
  CHECK_FALSE(judged(policy::Operation::remove, 6, 6));
}

TEST_CASE("limits see the labels and annotations that mutation adds") {
  // The label and the annotation owned-labels: 3 + 1 and 30 + 5 bytes.
  const auto policies = load("  mode: Warn\n  labels: {a/b: c}\n  limits: {annotationBytes: 34}\n");
  const commands::Finding finding = commands::judge_manifest(*policies, facts_of(1), "default");
  REQUIRE(finding.violations.size() == 1);
  CHECK(finding.violations[0].measured == 35);
  CHECK_FALSE(finding.object.labels.find("a/b"));
}

TEST_CASE("a plan applied adds, replaces and removes, and keeps the sums right") {
  secret::Facts facts = facts_of(100);
  for (const char* key : {"gone", "kept", "new"}) facts.labels.add(key).value = "old";
  facts.bytes_annotation = "99";
  facts.annotation_bytes = secret::kBytesAnnotation.size() + 2;
  facts.object_bytes = 100 + 20 + facts.annotation_bytes;

  policy::LabelPlan plan;
  plan.changes = {{policy::LabelAction::add, "added", "x", nullptr},
                  {policy::LabelAction::remove, "gone", "", nullptr},
                  {policy::LabelAction::replace, "new", "value", nullptr},
                  {policy::LabelAction::report, "kept", "reported", nullptr}};
  plan.bytes = {policy::AnnotationChange::Kind::remove, ""};
  plan.owned_labels = {policy::AnnotationChange::Kind::set, "added=x"};

  const secret::Facts after = commands::apply_plan(plan, facts);
  CHECK(*after.labels.find("added") == "x");
  CHECK_FALSE(after.labels.find("gone"));
  CHECK(*after.labels.find("new") == "value");
  CHECK(*after.labels.find("kept") == "old");
  CHECK_FALSE(after.bytes_annotation);
  CHECK(after.owned_labels_annotation == "added=x");
  CHECK(after.annotation_bytes == secret::kOwnedLabelsAnnotation.size() + 7);
  // added=x, kept=old, new=value
  CHECK(after.object_bytes == 100 + 6 + 7 + 8 + after.annotation_bytes);
}
