// Label changes as the JSON reports of check and label give them. Thread-safety: pure functions.
#pragma once

#include <vector>

#include "json/writer.hpp"
#include "policy/label_plan.hpp"

namespace hygiene::commands {

// As the member "labels".
void write_label_changes(json::Writer& json, const std::vector<policy::LabelChange>& changes);

}  // namespace hygiene::commands
