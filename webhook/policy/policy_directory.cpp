#include "policy/policy_directory.hpp"

#include <algorithm>
#include <optional>
#include <system_error>

#include <rapidjson/document.h>

#include "base/base64.hpp"
#include "base/file_text.hpp"
#include "json/document.hpp"
#include "policy/displayed_text.hpp"

namespace hygiene::policy {
namespace {

namespace fs = std::filesystem;

// In an error, which is one sentence.
constexpr std::size_t kPassedOverNamedMax = 10;

// A file that vanished since the directory was listed is no directory without policies: not Errc::missing.
// `named`: by the user, and not found in a directory, where a pipe would hold up whoever watches it.
Result<SourceFile> read_file(const fs::path& path, bool named) {
  auto file = named ? base::read_file_or_pipe(path, kPolicyFileBytesMax)
                    : base::read_file_text(path, kPolicyFileBytesMax);
  if (file) return SourceFile{path.string(), std::move(file->text)};
  if (file.error().code() != Errc::limit) return Error(Errc::io, file.error().message());
  return Error(Errc::limit, path.string() + ": too large: a policy file has at most 1 MiB");
}

struct Listing {
  std::vector<fs::path> paths;
  std::vector<PassedOver> passed_over;
};

Error no_policy_in(const fs::path& directory, const std::vector<PassedOver>& passed_over) {
  std::string message = directory.string() + ": no policy here: no file named *.yaml or *.yml";
  if (passed_over.empty()) return Error(Errc::missing, message);
  message += "; skipped: ";
  for (std::size_t index = 0; index < passed_over.size(); ++index) {
    if (index > 0) message += ", ";
    if (index == kPassedOverNamedMax) {
      message += "...";
      break;
    }
    message += shown(fs::path(passed_over[index].name).filename().string());
  }
  return Error(Errc::missing, message);
}

Result<Listing> list_directory(const fs::path& directory) {
  Listing listing;
  std::error_code failure;
  for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    const FileUse use = use_of(name);
    if (use == FileUse::read) listing.paths.push_back(entry->path());
    if (use != FileUse::passed_over) continue;
    std::error_code unknown;
    const bool is_directory = entry->is_directory(unknown);
    listing.passed_over.push_back(
        {entry->path().string(), is_directory ? "a directory: nothing in it is read" : kNoPolicyFileName});
  }
  if (failure) return Error(Errc::io, directory.string() + ": cannot be listed: " + failure.message());
  std::ranges::sort(listing.passed_over, {}, &PassedOver::name);
  if (listing.paths.empty()) return no_policy_in(directory, listing.passed_over);
  if (listing.paths.size() > kPolicyFilesMax) {
    return Error(Errc::limit,
                 directory.string() + ": too many policy files: at most " + std::to_string(kPolicyFilesMax));
  }
  std::ranges::sort(listing.paths);
  return listing;
}

}  // namespace

FileUse use_of(std::string_view name) {
  if (name.starts_with('.') || name == "kustomization.yaml" || name == "kustomization.yml")
    return FileUse::ignored;
  return name.ends_with(".yaml") || name.ends_with(".yml") ? FileUse::read : FileUse::passed_over;
}

Result<PolicyFiles> read_policy_files(const fs::path& path) {
  std::error_code failure;
  Listing listing{{path}, {}};
  const bool named = !fs::is_directory(path, failure);
  if (!named) {
    auto listed = list_directory(path);
    if (!listed) return listed.error();
    listing = std::move(*listed);
  }
  PolicyFiles result{{}, std::move(listing.passed_over)};
  for (const auto& each : listing.paths) {
    auto file = read_file(each, named);
    if (!file) return file.error();
    result.files.push_back(std::move(*file));
  }
  return result;
}

PolicyFiles policy_files_of(const rapidjson::Value& config_map) {
  PolicyFiles result;
  const auto read = [&](std::string_view field, const auto& text_of) {
    const rapidjson::Value* members = json::object_at(config_map, {field});
    if (members == nullptr) return;
    for (const auto& member : members->GetObject()) {
      const std::string name(json::text_at(member.name, {}));
      const FileUse use = use_of(name);
      std::optional<std::string> text;
      if (use == FileUse::read) text = text_of(json::text_at(member.value, {}));
      if (text) {
        result.files.push_back({name, std::move(*text)});
      } else if (use != FileUse::ignored) {
        result.passed_over.push_back(
            {name, use == FileUse::passed_over ? kNoPolicyFileName : "its binaryData is not base64"});
      }
    }
  };
  read("data", [](std::string_view text) { return std::optional(std::string(text)); });
  read("binaryData", [](std::string_view text) -> std::optional<std::string> {
    const auto bytes = base::decode_base64(text);
    return bytes ? std::optional(std::string(bytes->view())) : std::nullopt;
  });
  std::ranges::sort(result.files, {}, &SourceFile::name);
  return result;
}

}  // namespace hygiene::policy
