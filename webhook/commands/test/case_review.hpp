// A case's write as the API server would send it: an AdmissionReview in JSON. Thread-safety: pure functions.
#pragma once

#include <string>

#include "policy/field_reader.hpp"
#include "yaml/tree.hpp"

namespace hygiene::commands {

// Of the fields object, oldObject, operation and userInfo of a case. Every error is noted in `reader`, and
// the text is of no use then.
std::string review_of_case(const yaml::Node& test_case, const policy::Path& path,
                           policy::FieldReader& reader);

}  // namespace hygiene::commands
