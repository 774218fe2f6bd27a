// Secrets as files that can be restored.
#include "housekeeping/prune/backup.hpp"

#include <csignal>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/stat.h>

#include "support/temporary_folder.hpp"

using namespace hygiene;
using housekeeping::Backup;

namespace {

namespace fs = std::filesystem;

secret::Facts named(const std::string& namespace_name, const std::string& name) {
  secret::Facts facts;
  facts.namespace_name = namespace_name;
  facts.name = name;
  return facts;
}

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

unsigned mode(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

std::size_t entries(const fs::path& path) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
}

// As a full disk, for as long as it lives: no file grows beyond `bytes`.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    before_signal_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, before_signal_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*before_signal_)(int);
};

}  // namespace

TEST_CASE("what the API server sets is left out, all else is as it was") {
  auto made = housekeeping::make_restorable(base::WipingText(
      R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"n","namespace":"ns","uid":"u","resourceVersion":"7",)"
      R"("creationTimestamp":"2026-11-24T09:54:32Z","labels":{"owner":"helm"},"annotations":{"a":"<\u0001\"é"},)"
      R"("ownerReferences":[{"uid":"x"}],"finalizers":["f"],"managedFields":[{"manager":"Helm"}]},)"
      R"("data":{"release":"AAAA","z":""},"immutable":true,"type":"helm.sh/release.v1"})"));
  REQUIRE(made.has_value());
  CHECK(
      made->text.view() ==
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"n","namespace":"ns","labels":{"owner":"helm"},)"
      R"("annotations":{"a":"<\u0001\"é"}},"type":"helm.sh/release.v1","immutable":true,)"
      R"("data":{"release":"AAAA","z":""}})"
      "\n");
  CHECK(made->facts.uid == "u");
  CHECK(made->facts.resource_version == "7");
  CHECK(made->facts.data_bytes == 3);
}

TEST_CASE("what is no Secret is not restorable") {
  for (const char* text : {"", "[]", "{}", "{\"metadata\":{}", R"({"metadata":{},"data":{"a":"!"}})"}) {
    CAPTURE(text);
    CHECK(housekeeping::make_restorable(base::WipingText(text)).has_error());
  }
}

TEST_CASE("a backup is for its owner alone, and replaces nothing") {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "backup";
  const mode_t before = ::umask(0);
  auto backup = Backup::open(path.string());
  REQUIRE(backup.has_value());
  REQUIRE(backup->write(named("shop", "a.b"), base::WipingText("one")));
  REQUIRE(backup->write(named("shop", "a.b"), base::WipingText("two")));
  REQUIRE(backup->write(named("bank", "a.b"), base::WipingText("three")));
  ::umask(before);
  CHECK(mode(path) == 0700);
  CHECK(mode(path / "shop") == 0700);
  CHECK(mode(path / "shop" / "a.b.json") == 0600);
  CHECK(read(path / "shop" / "a.b.json") == "one");
  CHECK(read(path / "shop" / "a.b.2.json") == "two");
  CHECK(read(path / "bank" / "a.b.json") == "three");
  CHECK(entries(path / "shop") == 2);
}

TEST_CASE("a backup that was broken off is written anew, through no link") {
  const test::TemporaryFolder folder;
  const std::string half = folder.write("backup/shop/.a.unfinished", "hal");
  fs::create_symlink(folder.path() / "elsewhere", folder.path() / "backup/shop/.b.unfinished");
  auto backup = Backup::open((folder.path() / "backup").string());
  REQUIRE(backup.has_value());
  REQUIRE(backup->write(named("shop", "a"), base::WipingText("whole")));
  REQUIRE(backup->write(named("shop", "b"), base::WipingText("whole")));
  CHECK(read(folder.path() / "backup/shop/a.json") == "whole");
  CHECK_FALSE(fs::exists(half));
  CHECK_FALSE(fs::exists(folder.path() / "elsewhere"));
}

TEST_CASE("a full disk is an error, and leaves no file that could be taken for a backup") {
  const test::TemporaryFolder folder;
  auto backup = Backup::open((folder.path() / "backup").string());
  REQUIRE(backup.has_value());
  {
    const FullDisk full(4);
    const auto written = backup->write(named("shop", "a"), base::WipingText("12345"));
    REQUIRE(written.has_error());
    CHECK(written.error().code() == Errc::io);
    CHECK(written.error().message().find("backup/shop/a cannot be written: File too large") !=
          std::string::npos);
  }
  CHECK(entries(folder.path() / "backup/shop") == 0);
  REQUIRE(backup->write(named("shop", "a"), base::WipingText("12345")));
}

TEST_CASE("a directory that cannot be one for backups is refused") {
  const test::TemporaryFolder folder;
  const std::string file = folder.write("file", "");
  CHECK(Backup::open(file).error().message() == file + " cannot be opened: Not a directory");
  const std::string deep = (folder.path() / "no/such").string();
  CHECK(Backup::open(deep).error().message() == deep + " cannot be made: No such file or directory");
  const fs::path open = folder.path() / "open";
  fs::create_directory(open);
  fs::permissions(open, fs::perms::all);
  const auto refused = Backup::open(open.string());
  REQUIRE(refused.has_error());
  CHECK(refused.error().message().find("is writable by others") != std::string::npos);
}

TEST_CASE("a name that would lead out of the directory is refused") {
  const test::TemporaryFolder folder;
  auto backup = Backup::open(folder.path().string());
  REQUIRE(backup.has_value());
  for (const char* name : {"..", "a/b", "", ".a", "../../a"}) {
    CAPTURE(name);
    CHECK(backup->write(named("shop", name), base::WipingText("x")).has_error());
    CHECK(backup->write(named(name, "a"), base::WipingText("x")).has_error());
  }
  CHECK(entries(folder.path()) <= 1);
}
