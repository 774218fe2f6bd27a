// Whether an API server would take a selector of Secrets: known at the start, and not from the first list
// that fails. Reads as apimachinery's labels.Parse and fields.ParseSelector do (Kubernetes 1.36).
// Thread-safety: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace hygiene::proxy {

// Empty, or of white space alone, selects everything. Error: invalid, with the place and what to write there.
base::Result<void> check_label_selector(std::string_view selector);

// Fields of a Secret are metadata.name, metadata.namespace and type. Error: as above.
base::Result<void> check_field_selector(std::string_view selector);

// The terms between the commas of a field selector; a backslash keeps the comma after it. At least one.
std::vector<std::string_view> field_terms(std::string_view selector);

}  // namespace hygiene::proxy
