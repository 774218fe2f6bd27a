// What `doctor` found about one part of an installation. Thread-safety: values and pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace hygiene::housekeeping {

enum class Health { ok, warning, problem, not_looked_at };

// ok, warning, problem, notLookedAt.
std::string_view to_string(Health health);

struct Diagnosis {
  std::string check;    // what was looked at, such as `certificate`; the same in every version of the program
  std::string subject;  // of which object: `validate.secret-hygiene.io`; may be empty
  Health health = Health::ok;
  std::string message;  // a sentence without a full stop
  std::string advice;   // what to do; empty where there is nothing
};
using Diagnoses = std::vector<Diagnosis>;

// What could not be asked: `why` says so, and which verb on which resource is missing.
Diagnosis not_looked_at(std::string check, std::string subject, const Error& why);

}  // namespace hygiene::housekeeping
