// The annotation secret-hygiene.io/owned-labels: the labels that we put on a Secret, as key=value, by key,
// joined by commas. Neither keys nor values can hold a comma or an equals sign. Thread-safety: pure
// functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "secret/facts.hpp"

namespace hygiene::policy {

// The labels that `text` records. Empty where it is not such a record: its user wrote it, and we own nothing
// then.
std::vector<secret::Label> parse_owned_labels(std::string_view text);

// The record of `labels`, which are sorted by key.
std::string render_owned_labels(const std::vector<secret::Label>& labels);

}  // namespace hygiene::policy
