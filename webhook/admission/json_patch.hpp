// A LabelPlan as a JSON Patch (RFC 6902). A map that is absent is added whole: an `add` below a missing
// parent fails. Thread-safety: pure functions.
#pragma once

#include <string>

#include "policy/label_plan.hpp"
#include "secret/facts.hpp"

namespace hygiene::admission {

// The patch text, or empty where nothing changes.
std::string to_json_patch(const policy::LabelPlan& plan, const secret::Facts& object);

}  // namespace hygiene::admission
