// The files that hold policies, of a directory or of a ConfigMap. Thread-safety: any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/fwd.h>

#include "base/result.hpp"

namespace hygiene::policy {

// A ConfigMap holds at most 1 MiB.
inline constexpr std::size_t kPolicyFileBytesMax = 1024 * 1024;
inline constexpr std::size_t kPolicyFilesMax = 256;

struct SourceFile {
  std::string name;  // as shown in errors
  std::string text;
};

// A file, directory or key of a ConfigMap among the policies from which nothing is read.
struct PassedOver {
  std::string name;
  std::string_view why;
};
inline constexpr std::string_view kNoPolicyFileName = "only *.yaml and *.yml are read, in lower case";

struct PolicyFiles {
  std::vector<SourceFile> files;
  std::vector<PassedOver> passed_over;
};

// What becomes of a file, or of a key of a ConfigMap, by its name.
enum class FileUse {
  read,         // *.yaml and *.yml
  ignored,      // without a word: hidden ones (the kubelet's ..data) and kustomization.yaml, which makes the
                // ConfigMap
  passed_over,  // all others: their writer is told
};
FileUse use_of(std::string_view name);

// The files of the directory `path`, by name; or the one file `path`, which may be a pipe. Errors name the
// file: unreadable, vanished since the directory was listed, too large, too many, none to read there.
Result<PolicyFiles> read_policy_files(const std::filesystem::path& path);

// The keys of a ConfigMap, by name, as the files that the kubelet makes of them: those of binaryData too.
PolicyFiles policy_files_of(const rapidjson::Value& config_map);

}  // namespace hygiene::policy
