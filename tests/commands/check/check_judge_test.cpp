#include "commands/check/check_judge.hpp"

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
  const commands::Finding fits = commands::judge_manifest(*policies, facts_of(10), "default", {});
  CHECK(fits.object.type == "Opaque");
  CHECK(fits.object.namespace_name == "default");
  CHECK(fits.decision == Decision::allowed);
  CHECK(fits.plain());
  CHECK(commands::judge_manifest(*policies, facts_of(11), "default", {}).decision == Decision::warned);
}

TEST_CASE("nobody who writes a manifest is exempt; the requester of a review may be") {
  const auto policies =
      load("  mode: Enforce\n  exemptRequests: {users: [\"*\"]}\n  limits: {bytesPerSecret: 5}\n");
  CHECK(commands::judge_manifest(*policies, facts_of(6), "default", {}).decision == Decision::denied);
  CHECK(commands::judge_review(*policies, review_of(policy::Operation::create, 6, 0), {})->decision ==
        Decision::spared);
}

TEST_CASE("a review is judged by its operation and by what is stored") {
  const auto policies = load("  mode: Enforce\n  limits: {bytesPerSecret: 5}\n");
  const auto judged = [&](policy::Operation operation, std::uint64_t bytes, std::uint64_t stored) {
    return commands::judge_review(*policies, review_of(operation, bytes, stored), {});
  };
  CHECK(judged(policy::Operation::create, 5, 0)->decision == Decision::allowed);
  CHECK(judged(policy::Operation::create, 6, 0)->decision == Decision::denied);
  CHECK(judged(policy::Operation::update, 6, 6)->decision == Decision::warned);
  CHECK(judged(policy::Operation::update, 7, 6)->decision == Decision::denied);
  CHECK_FALSE(judged(policy::Operation::remove, 6, 6));
}

TEST_CASE("limits do not see the labels and annotations that mutation adds") {
  const auto policies = load("  mode: Warn\n  labels: {a/b: c}\n  limits: {annotationBytes: 1}\n");
  const commands::Finding finding = commands::judge_manifest(*policies, facts_of(1), "default", {});
  CHECK(finding.violations.empty());
  CHECK_FALSE(finding.object.labels.find("a/b"));
  // Our label and annotation are 4 and 35 bytes; 1 byte of data, "Opaque" and "default" are the user's.
  const auto of_object = load("  mode: Warn\n  labels: {a/b: c}\n  limits: {bytesPerObject: 15}\n");
  CHECK(commands::judge_manifest(*of_object, facts_of(2), "default", {}).violations.empty());
  CHECK(commands::judge_manifest(*of_object, facts_of(3), "default", {}).violations.size() == 1);
}
