#include "housekeeping/prune/backup.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <rapidjson/document.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_text.hpp"
#include "json/document.hpp"
#include "json/push_reader.hpp"
#include "json/writer.hpp"
#include "secret/label_selector.hpp"
#include "secret/reader.hpp"

namespace hygiene::housekeeping {
namespace {

using base::Descriptor;

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;
// The same Secret is backed up again only where a run was broken off between its backup and its delete.
constexpr unsigned kCopiesMax = 1000;

Error failure(const std::string& path, const char* what) {
  return {Errc::io, path + " " + what + ": " + std::generic_category().message(errno)};
}

Descriptor open_directory(int at, const std::string& path) {
  return Descriptor(::openat(at, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// Renames within a directory to the first of NAME.json, NAME.2.json… that is free; false, and errno.
bool rename_to_free(int directory, const std::string& from, const std::string& name) {
  for (unsigned copy = 1; copy <= kCopiesMax; ++copy) {
    const std::string to = copy == 1 ? name + ".json" : name + '.' + std::to_string(copy) + ".json";
    if (::renameat2(directory, from.c_str(), directory, to.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno != EEXIST) return false;
  }
  return false;
}

// The members of `object` with these names, in this order.
void copy(json::Writer& json, const rapidjson::Value& object, json::Path names) {
  for (const std::string_view name : names) {
    if (const auto* found = json::find(object, {name}); found != nullptr) json.field(name, *found);
  }
}

}  // namespace

Result<Backup> Backup::open(const std::string& directory) {
  if (::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return failure(directory, "cannot be made");
  }
  Backup backup(directory, open_directory(AT_FDCWD, directory));
  if (!backup.directory_.open()) return failure(directory, "cannot be opened");
  struct stat status {};
  if (::fstat(backup.directory_.number(), &status) != 0) return failure(directory, "cannot be inspected");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error(Errc::invalid, directory + " is writable by others: run chmod go-w " + directory +
                                    ", or give another directory");
  }
  return backup;
}

Result<void> Backup::write(const secret::Facts& facts, const base::WipingText& text) {
  const std::string path = path_ + '/' + facts.namespace_name + '/' + facts.name;
  // Names become paths: an API server has checked them, whoever else answers has not.
  if (!secret::is_dns_subdomain(facts.namespace_name) || !secret::is_dns_subdomain(facts.name)) {
    return Error(Errc::invalid, path_ + ": the API server gave a name that no Secret can have");
  }
  if (::mkdirat(directory_.number(), facts.namespace_name.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return failure(path, "cannot be written");
  }
  const Descriptor folder = open_directory(directory_.number(), facts.namespace_name);
  if (!folder.open()) return failure(path, "cannot be written");
  // Under another name until it is whole, so that every *.json can be restored.
  const std::string unfinished = '.' + facts.name + ".unfinished";
  ::unlinkat(folder.number(), unfinished.c_str(), 0);
  Descriptor file(::openat(folder.number(), unfinished.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file.open()) return failure(path, "cannot be written");
  const bool written = base::write_all(file.number(), text.view()) && ::fsync(file.number()) == 0 &&
                       file.close() && rename_to_free(folder.number(), unfinished, facts.name) &&
                       ::fsync(folder.number()) == 0 && ::fsync(directory_.number()) == 0;
  if (written) return {};
  const Error error = failure(path, "cannot be written");
  ::unlinkat(folder.number(), unfinished.c_str(), 0);
  return error;
}

Result<Restorable> make_restorable(base::WipingText whole) {
  Restorable made;
  secret::Reader events(made.facts, {.keep_created = true});
  json::PushReader reader(events);
  if (const auto read = reader.feed(whole.view()); !read) return read.error();
  if (const auto read = reader.finish(); !read) return read.error();
  // In place: strings stay where they are, and are wiped with `whole`.
  rapidjson::Document document;
  const auto parsed = json::parse_document_in_place(document, whole);
  const rapidjson::Value* metadata = json::object_at(document, {"metadata"});
  if (!parsed || metadata == nullptr) return Error(Errc::syntax, "the API server's answer is not a Secret");
  json::Writer json;
  json.object([&] {
    json.type_meta("v1", "Secret");
    json.object("metadata", [&] { copy(json, *metadata, {"name", "namespace", "labels", "annotations"}); });
    copy(json, document, {"type", "immutable", "data"});
  });
  json.break_line();
  made.text.append(json.view());
  return made;
}

}  // namespace hygiene::housekeeping
