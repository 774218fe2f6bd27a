// Policy documents from YAML text: every error of every file, each with its place, or a whole PolicySet.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/document.hpp"

namespace hygiene::policy {

// A ConfigMap holds at most 1 MiB.
inline constexpr std::size_t kPolicyFileBytesMax = 1024 * 1024;
inline constexpr std::size_t kPolicyFilesMax = 256;

struct SourceFile {
  std::string name;  // as shown in errors
  std::string text;
};

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
  std::vector<Diagnostic> warnings;           // e.g. two policies that give one label key different values
};

// The policies of `files`. No document at all is an error.
LoadOutcome load_policies(const std::vector<SourceFile>& files);

// Whether a file of that name, or a key of a ConfigMap, holds policies: *.yaml and *.yml, but for hidden ones
// (the kubelet's ..data) and kustomize's own.
bool is_policy_file_name(std::string_view name);

// The *.yaml and *.yml files of the directory `path`, by name, hidden files (the kubelet's ..data) and
// kustomization.yaml (which makes the ConfigMap) left out; or the one file `path`. Errors name the file:
// unreadable, vanished since the directory was listed, too large, too many, none there.
base::Result<std::vector<SourceFile>> read_policy_files(const std::filesystem::path& path);

// Policies' JSON Schema, policies/schema.json, as built in.
std::string_view json_schema();

}  // namespace hygiene::policy
