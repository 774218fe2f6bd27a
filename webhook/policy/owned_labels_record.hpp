// The annotation secret-hygiene.io/owned-labels: the labels that we put on a Secret, as key=value, by key,
// joined by commas. Neither keys nor values can hold a comma or an equals sign. Thread-safety: pure
// functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "secret/facts.hpp"

namespace hygiene::policy {

// The most that a record holds, and so the most different keys that the policies of one set may give. Eight
// policies with as many labels as one may have come to it. It bounds a record to 97,791 bytes (keys of 317
// and values of 63 bytes, and two signs), which leaves the user most of the 256 KiB of a Secret's
// annotations.
inline constexpr std::size_t kOwnedLabelsMax = 256;

// The labels that `text` records, by key, each key once. Empty where it is not such a record, or one of more
// labels than we write: its user wrote it, and we own nothing then.
std::vector<secret::Label> parse_owned_labels(std::string_view text);

// True if `recorded`, which parse_owned_labels gave, holds `key` with `value`. Logarithmic.
bool records(const std::vector<secret::Label>& recorded, std::string_view key, std::string_view value);

// The record of `labels`, which are sorted by key.
std::string render_owned_labels(const std::vector<secret::Label>& labels);

}  // namespace hygiene::policy
