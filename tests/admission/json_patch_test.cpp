#include "admission/json_patch.hpp"

#include <catch2/catch.hpp>

using namespace hygiene;
using admission::to_json_patch;
using policy::AnnotationChange;
using policy::LabelAction;
using policy::LabelPlan;

namespace {

LabelPlan add_ignore() {
  LabelPlan plan;
  plan.changes.push_back({LabelAction::add, "secret-hygiene.io/ignore", "true", nullptr});
  plan.owned_labels = {AnnotationChange::Kind::set, "secret-hygiene.io/ignore=true"};
  return plan;
}

}  // namespace

TEST_CASE("maps that are absent are added whole") {
  CHECK(
      to_json_patch(add_ignore(), {}) ==
      R"([{"op":"add","path":"/metadata/labels","value":{"secret-hygiene.io/ignore":"true"}},)"
      R"({"op":"add","path":"/metadata/annotations","value":{"secret-hygiene.io/owned-labels":"secret-hygiene.io/ignore=true"}}])");
}

TEST_CASE("members of maps that exist are added one by one, with their keys escaped") {
  secret::Facts facts;
  facts.has_labels = facts.has_annotations = true;
  LabelPlan plan = add_ignore();
  plan.changes.push_back({LabelAction::replace, "a~b", "x", nullptr});
  CHECK(
      to_json_patch(plan, facts) ==
      R"([{"op":"add","path":"/metadata/labels/secret-hygiene.io~1ignore","value":"true"},)"
      R"({"op":"add","path":"/metadata/labels/a~0b","value":"x"},)"
      R"({"op":"add","path":"/metadata/annotations/secret-hygiene.io~1owned-labels","value":"secret-hygiene.io/ignore=true"}])");
}

TEST_CASE("labels and annotations are removed by path") {
  secret::Facts facts;
  facts.has_labels = facts.has_annotations = true;
  LabelPlan plan;
  plan.changes.push_back({LabelAction::remove, "secret-hygiene.io/ignore", "", nullptr});
  plan.owned_labels.kind = AnnotationChange::Kind::remove;
  plan.bytes.kind = AnnotationChange::Kind::remove;
  CHECK(to_json_patch(plan, facts) ==
        R"([{"op":"remove","path":"/metadata/labels/secret-hygiene.io~1ignore"},)"
        R"({"op":"remove","path":"/metadata/annotations/secret-hygiene.io~1owned-labels"},)"
        R"({"op":"remove","path":"/metadata/annotations/secret-hygiene.io~1bytes"}])");
}

TEST_CASE("no change is no patch, also where a label is only reported") {
  CHECK(to_json_patch({}, {}).empty());
  LabelPlan plan;
  plan.changes.push_back({LabelAction::report, "a", "b", nullptr});
  CHECK(to_json_patch(plan, {}).empty());
}
