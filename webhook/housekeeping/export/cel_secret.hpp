// A Secret's facts as CEL says them: what secret::Facts and policy::Ownership hold, computed by the API
// server. Names, labels and base64 hold no quote, so that the text that format() makes of a map tells keys
// and values apart. A loop over 60,000 keys takes half a minute and costs more than CEL allows; to search the
// text takes a tenth of a second. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "housekeeping/export/cel_text.hpp"
#include "policy/document.hpp"

namespace hygiene::housekeeping {

// The object of the write, or the one that an UPDATE replaces.
enum class CelSide { object, stored };

// `variables.NAME` of that side; the stored Secret's variables are named stored_NAME.
std::string cel_variable(CelSide side, std::string_view name);

// The variables of a side, each after those that it uses:
// labels, annotations, unmanaged (keys), name, type, helm (whether it is of Helm's history), data_text,
// key_count, key_bytes, data_bytes, own_labels (keys of ours), annotation_bytes, object_bytes; the last two
// without what is ours.
std::vector<CelVariable> secret_variables(CelSide side, const policy::PolicySet& policies);

// The variable largest_key_bytes: the bytes of the largest value under `data` where that is over `allowed`,
// else a number that is not.
std::vector<CelVariable> largest_key_variables(CelSide side, std::uint64_t allowed);

// True where the write's Secret is one that `policy` applies to.
std::string applies_condition(const policy::Policy& policy, const policy::PolicySet& policies);

// True where the write comes from a user or a group of `exempt`.
std::string exempt_condition(const policy::ExemptRequests& exempt);

// True where the write's Secret is one that an exception is about, whenever it ends.
std::string exceptions_condition(const std::vector<policy::Exception>& exceptions);

}  // namespace hygiene::housekeeping
