#include "policy/facts_after.hpp"

#include <catch2/catch.hpp>

using namespace hygiene;

TEST_CASE("a plan applied adds, replaces and removes, and keeps the sums right") {
  secret::Facts facts;
  for (const char* key : {"gone", "kept", "new"}) facts.labels.add(key).value = "old";
  facts.bytes_annotation = "99";
  facts.annotation_bytes = secret::kBytesAnnotation.size() + 2 + 50;
  facts.object_bytes = 100 + 20 + facts.annotation_bytes;

  policy::LabelPlan plan;
  plan.changes = {{policy::LabelAction::add, "added", "x", nullptr},
                  {policy::LabelAction::remove, "gone", "", nullptr},
                  {policy::LabelAction::replace, "new", "value", nullptr},
                  {policy::LabelAction::report, "kept", "reported", nullptr}};
  plan.bytes = {policy::AnnotationChange::Kind::remove, ""};
  plan.owned_labels = {policy::AnnotationChange::Kind::set, "added=x"};

  const secret::Facts after = policy::facts_after(plan, facts);
  CHECK(*after.labels.find("added") == "x");
  CHECK_FALSE(after.labels.find("gone"));
  CHECK(*after.labels.find("new") == "value");
  CHECK(*after.labels.find("kept") == "old");
  CHECK_FALSE(after.bytes_annotation);
  CHECK(after.owned_labels_annotation == "added=x");
  CHECK(after.annotation_bytes == secret::kOwnedLabelsAnnotation.size() + 7 + 50);
  // added=x, kept=old, new=value
  CHECK(after.object_bytes == 100 + 6 + 7 + 8 + after.annotation_bytes);
}
