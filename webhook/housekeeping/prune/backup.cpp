#include "housekeeping/prune/backup.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <rapidjson/document.h>
#include <rapidjson/writer.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json/document.hpp"
#include "json/push_reader.hpp"
#include "secret/label_selector.hpp"
#include "secret/reader.hpp"
namespace hygiene::housekeeping {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;
// The same Secret is backed up again only where a run was broken off between its backup and its delete.
constexpr unsigned kCopiesMax = 1000;

Error failure(const std::string& path, const char* what) {
  return {Errc::io, path + " " + what + ": " + std::generic_category().message(errno)};
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  bool open() const { return number_ >= 0; }
  // False, and errno, where what was written may not be there.
  bool close() { return number_ < 0 || ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

int open_directory(int at, const char* path) {
  return ::openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
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

}  // namespace

Result<Backup> Backup::open(const std::string& directory) {
  if (::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return failure(directory, "cannot be made");
  }
  const int opened = open_directory(AT_FDCWD, directory.c_str());
  if (opened < 0) return failure(directory, "cannot be opened");
  Backup backup(directory, opened);
  struct stat status {};
  if (::fstat(opened, &status) != 0) return failure(directory, "cannot be looked at");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error(Errc::invalid, directory + " can be written by others: take that away with chmod go-w " +
                                    directory + ", or name another directory");
  }
  return backup;
}

Backup::Backup(Backup&& other) noexcept
    : path_(std::move(other.path_)), directory_(std::exchange(other.directory_, -1)) {}

Backup::~Backup() {
  if (directory_ >= 0) ::close(directory_);
}

Result<void> Backup::write(const secret::Facts& facts, const base::WipingText& text) {
  const std::string path = path_ + '/' + facts.namespace_name + '/' + facts.name;
  // Names become paths: an API server has checked them, whoever else answers has not.
  if (!secret::is_dns_subdomain(facts.namespace_name) || !secret::is_dns_subdomain(facts.name)) {
    return Error(Errc::invalid, path_ + ": the API server gave a name that no Secret can have");
  }
  if (::mkdirat(directory_, facts.namespace_name.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return failure(path, "cannot be written");
  }
  Descriptor folder(open_directory(directory_, facts.namespace_name.c_str()));
  if (!folder.open()) return failure(path, "cannot be written");
  // Under another name until it is whole, so that every *.json can be restored.
  const std::string unfinished = '.' + facts.name + ".unfinished";
  ::unlinkat(folder.number(), unfinished.c_str(), 0);
  Descriptor file(::openat(folder.number(), unfinished.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file.open()) return failure(path, "cannot be written");
  const bool written = write_all(file.number(), text.view()) && ::fsync(file.number()) == 0 && file.close() &&
                       rename_to_free(folder.number(), unfinished, facts.name) &&
                       ::fsync(folder.number()) == 0 && ::fsync(directory_) == 0;
  if (written) return {};
  const Error error = failure(path, "cannot be written");
  ::unlinkat(folder.number(), unfinished.c_str(), 0);
  return error;
}

namespace {

using base::Errc;
using base::Error;
using base::Result;

// A stream of RapidJSON's into memory that is wiped.
class WipingStream {
 public:
  using Ch = char;
  explicit WipingStream(base::WipingText& text) : text_(text) {}
  void Put(char c) { text_.append({&c, 1}); }
  void Flush() {}

 private:
  base::WipingText& text_;
};

using Writer = rapidjson::Writer<WipingStream>;

// The members of `object` with these names, in this order.
template <std::size_t N>
void copy(Writer& writer, const rapidjson::Value& object, const char* const (&names)[N]) {
  for (const char* name : names) {
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd()) continue;
    writer.Key(name);
    found->value.Accept(writer);
  }
}

Error no_secret() {
  return {Errc::syntax, "the API server's answer is no Secret"};
}

}  // namespace

Result<Restorable> make_restorable(base::WipingText whole) {
  Restorable made;
  secret::Reader events(made.facts, {.keep_created = true});
  json::PushReader reader(events);
  if (const auto read = reader.feed(whole.view()); !read) return read.error();
  if (const auto read = reader.finish(); !read) return read.error();
  // In place: strings stay where they are, and are wiped with `whole`.
  rapidjson::Document document;
  const auto parsed = json::parse_document_in_place(document, whole);
  if (!parsed || !document.IsObject()) return no_secret();
  const auto metadata = document.FindMember("metadata");
  if (metadata == document.MemberEnd() || !metadata->value.IsObject()) return no_secret();
  WipingStream stream(made.text);
  Writer writer(stream);
  writer.StartObject();
  writer.Key("apiVersion");
  writer.String("v1");
  writer.Key("kind");
  writer.String("Secret");
  writer.Key("metadata");
  writer.StartObject();
  copy(writer, metadata->value, {"name", "namespace", "labels", "annotations"});
  writer.EndObject();
  copy(writer, document, {"type", "immutable", "data"});
  writer.EndObject();
  stream.Put('\n');
  return made;
}

}  // namespace hygiene::housekeeping
