// The rules of a SecretPolicy document that a JSON Schema cannot hold: see docs/policies.md, "What lint
// refuses". Thread-safety: pure functions.
#pragma once

#include <string_view>

#include "policy/document.hpp"
#include "policy/field_reader.hpp"
#include "yaml/tree.hpp"

namespace hygiene::policy {

// Notes in `reader` what is wrong across the fields of `policy`, which was read from `spec`.
void check_rules(const Policy& policy, const yaml::Node& spec, FieldReader& reader);

// True if `key` is one of Helm's own labels or belongs to Kubernetes: no policy may set it.
bool is_reserved_label(std::string_view key);

}  // namespace hygiene::policy
