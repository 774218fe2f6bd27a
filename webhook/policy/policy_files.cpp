#include "policy/policy_files.hpp"

#include <algorithm>
#include <system_error>

#include "base/file_text.hpp"

namespace hygiene::policy {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::Result;

// A file that vanished since the directory was listed is no directory without policies: not Errc::missing.
Result<SourceFile> read_file(const fs::path& path) {
  auto file = base::read_file_text(path, kPolicyFileBytesMax);
  if (file) return SourceFile{path.string(), std::move(file->text)};
  if (file.error().code() != Errc::limit) return Error(Errc::io, file.error().message());
  return Error(Errc::limit, path.string() + ": too large: a policy file has at most 1 MiB");
}

Result<std::vector<fs::path>> list_directory(const fs::path& directory) {
  std::vector<fs::path> paths;
  std::error_code failure;
  for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (is_policy_file_name(entry->path().filename().string())) paths.push_back(entry->path());
  }
  if (failure) return Error(Errc::io, directory.string() + ": cannot be listed: " + failure.message());
  if (paths.empty())
    return Error(Errc::missing, directory.string() + ": no policy here: no file named *.yaml or *.yml");
  if (paths.size() > kPolicyFilesMax) {
    return Error(Errc::limit,
                 directory.string() + ": too many policy files: at most " + std::to_string(kPolicyFilesMax));
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

bool is_policy_file_name(std::string_view name) {
  return !name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml")) &&
         name != "kustomization.yaml" && name != "kustomization.yml";
}

Result<std::vector<SourceFile>> read_policy_files(const fs::path& path) {
  std::error_code failure;
  std::vector<fs::path> paths{path};
  if (fs::is_directory(path, failure)) {
    auto listed = list_directory(path);
    if (!listed) return listed.error();
    paths = std::move(*listed);
  }
  std::vector<SourceFile> files;
  for (const auto& each : paths) {
    auto file = read_file(each);
    if (!file) return file.error();
    files.push_back(std::move(*file));
  }
  return files;
}

}  // namespace hygiene::policy
