// Judges a case as `check` does, and holds the answer against what the case expects. Thread-safety: any
// thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "commands/test/test_file.hpp"
#include "policy/document.hpp"

namespace hygiene::commands {

// A field of `expect` that the answer differs in. "none" where a list or text is empty.
struct Difference {
  std::string field;
  std::string expected;
  std::string got;
};

// Empty: the case passes. `now`: when a case is written that does not say it. Errors: its manifest cannot be
// read, or holds other than one Secret or review; its Secret cannot be read.
Result<std::vector<Difference>> judge_case(const policy::PolicySet& policies, const TestCase& test_case,
                                           std::chrono::sys_seconds now);

}  // namespace hygiene::commands
