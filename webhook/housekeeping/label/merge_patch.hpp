// A LabelPlan as a JSON merge patch (RFC 7386) of one Secret. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "json/writer.hpp"
#include "policy/label_plan.hpp"

namespace hygiene::housekeeping {

// The patch names the resourceVersion that the plan was made for: an API server answers 409 where the Secret
// has another one by then. Precondition: the plan is not empty.
std::string to_merge_patch(const policy::LabelPlan& plan, std::string_view resource_version);

// A member with the annotation's new value; null where it is removed. Nothing where it does not change.
void write_annotation(json::Writer& json, std::string_view name, const policy::AnnotationChange& change);

}  // namespace hygiene::housekeeping
