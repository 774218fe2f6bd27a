// What `test` prints: a table with the differences below it, JSON, or JUnit's XML. Thread-safety: one thread
// at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "commands/cli/flags.hpp"
#include "commands/test/test_judge.hpp"

namespace hygiene::commands {

struct TestSummary {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t errors = 0;  // in files, and of cases that cannot be judged
};

// "12 cases: 11 passed, 1 failed".
std::string to_string(const TestSummary& summary);

class TestReport {
 public:
  virtual ~TestReport() = default;
  // A case of `file` that was judged; it passes where nothing differs.
  virtual void add(const std::string& file, const TestCase& test_case,
                   const std::vector<Difference>& differences) = 0;
  // What is wrong with a file or a case; the caller has said so on standard error.
  virtual void fault(const policy::Diagnostic& error) = 0;
  virtual void finish(const TestSummary& summary) = 0;
};

// `out` must outlive them.
std::unique_ptr<TestReport> make_test_report(Output output, std::ostream& out, bool colour);

}  // namespace hygiene::commands
