// A LabelPlan as a JSON merge patch.
#include "housekeeping/label/merge_patch.hpp"

#include <catch2/catch.hpp>

using namespace hygiene;
using policy::AnnotationChange;
using policy::LabelAction;

TEST_CASE("a merge patch names the version, sets and removes") {
  policy::LabelPlan plan;
  plan.changes = {{LabelAction::add, "a", "1", nullptr},
                  {LabelAction::replace, "b", "2", nullptr},
                  {LabelAction::remove, "c", "", nullptr},
                  {LabelAction::report, "d", "4", nullptr}};
  plan.owned_labels = {AnnotationChange::Kind::set, "a=1,b=2"};
  plan.bytes = {AnnotationChange::Kind::remove, ""};
  CHECK(housekeeping::to_merge_patch(plan, "17") ==
        R"({"metadata":{"resourceVersion":"17","labels":{"a":"1","b":"2","c":null},)"
        R"("annotations":{"secret-hygiene.io/owned-labels":"a=1,b=2","secret-hygiene.io/bytes":null}}})");
}

TEST_CASE("a merge patch touches nothing that the plan leaves") {
  policy::LabelPlan plan;
  plan.bytes = {AnnotationChange::Kind::set, "300"};
  CHECK(
      housekeeping::to_merge_patch(plan, "17") ==
      R"({"metadata":{"resourceVersion":"17","labels":{},"annotations":{"secret-hygiene.io/bytes":"300"}}})");
}
