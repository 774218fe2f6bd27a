// The files of a directory that hold policies. Thread-safety: any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace hygiene::policy {

// A ConfigMap holds at most 1 MiB.
inline constexpr std::size_t kPolicyFileBytesMax = 1024 * 1024;
inline constexpr std::size_t kPolicyFilesMax = 256;

struct SourceFile {
  std::string name;  // as shown in errors
  std::string text;
};

// True if a file of that name, or a key of a ConfigMap, holds policies: *.yaml and *.yml, but for hidden ones
// (the kubelet's ..data) and kustomization.yaml, which makes the ConfigMap.
bool is_policy_file_name(std::string_view name);

// The files of the directory `path` that is_policy_file_name() takes, by name; or the one file `path`. Errors
// name the file: unreadable, vanished since the directory was listed, too large, too many, none there.
base::Result<std::vector<SourceFile>> read_policy_files(const std::filesystem::path& path);

}  // namespace hygiene::policy
