// A file of cases for `secret-hygiene test`: YAML documents of kind PolicyTest, each a set of policies and
// the writes that are judged by it. Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "policy/loader.hpp"
#include "secret/facts.hpp"

namespace hygiene::commands {

// What a case expects. What it leaves out is not compared.
struct Expectation {
  std::optional<std::string> verdict;               // as admission::to_string() says it
  std::optional<std::string> policy;                // one whose limit gives the verdict
  std::optional<std::vector<std::string>> applies;  // all that apply, sorted
  std::optional<std::vector<std::string>> labels;   // as policy::labels_of() writes them, sorted
  std::vector<std::string> messages;                // parts of what the webhook answers
};

struct TestCase {
  std::string name;
  base::Position where;
  std::string path;                             // of a manifest or a recorded review; empty: `input`
  std::string input;                            // an AdmissionReview in JSON
  std::optional<std::chrono::sys_seconds> now;  // when it is written; none: when it is judged
  secret::Labels namespace_labels;              // beside that with its name
  Expectation expected;
};

struct PolicyTest {
  std::string policies;  // a path; empty: the default policies
  std::vector<TestCase> cases;
};

// The documents of `file`. Paths in them are relative to the file's directory. Every error is added to
// `errors`; no text of a Secret's value is part of one.
std::vector<PolicyTest> read_test_file(const policy::SourceFile& file,
                                       std::vector<policy::Diagnostic>& errors);

}  // namespace hygiene::commands
