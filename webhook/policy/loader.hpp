// Policy documents from YAML text: every error of every file, each with its place, or a whole PolicySet.
// Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/document.hpp"
#include "policy/policy_directory.hpp"

namespace hygiene::policy {

struct Diagnostic {
  std::string file;
  std::size_t line = 0;  // from 1; 0 where the file as a whole is meant
  std::size_t column = 0;
  std::string path;     // e.g. spec.match.sizeOver; empty for a syntax error
  std::string message;  // what is wrong and what is allowed
};
// "file:line:column: path: message".
std::string to_string(const Diagnostic& diagnostic);

struct LoadOutcome {
  std::shared_ptr<const PolicySet> policies;  // null if there is any error
  std::vector<Diagnostic> errors;             // by file and line
  // Labels that policies in force give different values, selectors by labels that they put on, exceptions
  // that have ended or end soon, and files passed over, of which at most kPassedOverMax are named.
  std::vector<Diagnostic> warnings;
};
inline constexpr std::size_t kPassedOverMax = 20;

// The policies of `files`. No document at all is an error. `passed_over` and `now` only give warnings, `now`
// of exceptions.
LoadOutcome load_policies(const std::vector<SourceFile>& files,
                          const std::vector<PassedOver>& passed_over = {},
                          std::optional<std::chrono::sys_seconds> now = {});

// Policies' JSON Schema, policies/schema.json, as built in.
std::string_view json_schema();

}  // namespace hygiene::policy
