#include "runtime/sources/directory_watch.hpp"

#include <optional>

#include <catch2/catch.hpp>

#include "runtime/counting/run_until.hpp"
#include "runtime/sources/temporary_directory.hpp"

using namespace hygiene::runtime_test;
using hygiene::runtime::DirectoryWatch;
using hygiene::runtime::WatchTiming;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace fs = std::filesystem;

namespace {

// Only events can call: the poll comes after the test.
constexpr WatchTiming kEventsOnly{milliseconds(20), hours(1)};
constexpr WatchTiming kPollOnly{hours(1), milliseconds(5)};

// Several rounds, as a handler may make another one ready.
void run_what_is_ready(boost::asio::io_context& context) {
  for (int round = 0; round < 10; ++round) context.poll();
}

}  // namespace

TEST_CASE("every way in which a directory's content changes is seen") {
  const TemporaryDirectory temporary;
  const fs::path directory = temporary.path() / "watched";
  fs::create_directory(directory);
  write_file(directory / "there", "1");
  write_file(temporary.path() / "outside", "1");
  boost::asio::io_context context;
  int calls = 0;
  const DirectoryWatch watch(
      context, directory, [&] { ++calls; }, kEventsOnly);
  const auto seen_after = [&](auto&& change) {
    const int before = calls;
    change();
    return run_until(context, [&] { return calls > before; });
  };
  CHECK(seen_after([&] { write_file(directory / "new", "1"); }));
  CHECK(seen_after([&] { write_file(directory / "there", "2"); }));
  CHECK(seen_after([&] { fs::rename(temporary.path() / "outside", directory / "there"); }));
  CHECK(seen_after([&] { fs::remove(directory / "new"); }));
  CHECK(seen_after([&] { fs::rename(directory / "there", temporary.path() / "outside"); }));
  CHECK(seen_after([&] { fs::create_symlink("nowhere", directory / "link"); }));
  CHECK(seen_after([&] { fs::permissions(directory, fs::perms::owner_all); }));
}

TEST_CASE("the kubelet's swap of ..data is seen each time") {
  const TemporaryDirectory directory;
  KubeletVolume volume(directory.path());
  volume.update({{"a.yaml", "1"}});
  boost::asio::io_context context;
  int calls = 0;
  std::string read;
  const DirectoryWatch watch(
      context, directory.path(),
      [&] {
        ++calls;
        std::ifstream(directory.path() / "a.yaml") >> read;
      },
      kEventsOnly);
  for (const std::string text : {"2", "3", "4"}) {
    const int before = calls;
    volume.update({{"a.yaml", text}});
    REQUIRE(run_until(context, [&] { return calls > before; }));
    CHECK(read == text);
  }
}

TEST_CASE("a burst of changes is one call") {
  const TemporaryDirectory directory;
  boost::asio::io_context context;
  int calls = 0;
  const DirectoryWatch watch(
      context, directory.path(), [&] { ++calls; }, WatchTiming{milliseconds(200), hours(1)});
  for (int file = 0; file < 500; ++file) write_file(directory.path() / std::to_string(file), "x");
  REQUIRE(run_until(context, [&] { return calls > 0; }));
  // Every event was made before the first was read, so nothing is left over for a second call.
  run_what_is_ready(context);
  CHECK(calls == 1);
}

TEST_CASE("a directory that another one replaces is watched, and the old one no more") {
  const TemporaryDirectory temporary;
  const fs::path directory = temporary.path() / "watched";
  fs::create_directory(directory);
  boost::asio::io_context context;
  int calls = 0;
  const DirectoryWatch watch(
      context, directory, [&] { ++calls; }, WatchTiming{milliseconds(0), hours(1)});
  fs::rename(directory, temporary.path() / "old");
  fs::create_directory(directory);
  REQUIRE(run_until(context, [&] { return calls > 0; }));
  run_what_is_ready(context);
  int before = calls;
  write_file(temporary.path() / "old" / "file", "1");
  run_what_is_ready(context);
  CHECK(calls == before);
  before = calls;
  write_file(directory / "file", "1");
  CHECK(run_until(context, [&] { return calls > before; }));
}

TEST_CASE("the poll calls without events, and finds a directory that was not there") {
  const TemporaryDirectory temporary;
  const fs::path directory = temporary.path() / "later";
  boost::asio::io_context context;
  int polls = 0;
  {
    const DirectoryWatch watch(
        context, directory, [&] { ++polls; }, kPollOnly);
    CHECK(run_until(context, [&] { return polls == 3; }));
  }
  bool found = false;
  const DirectoryWatch watch(
      context, directory, [&] { found = fs::exists(directory / "file"); }, kPollOnly);
  fs::create_directory(directory);
  write_file(directory / "file", "1");
  CHECK(run_until(context, [&] { return found; }));
}

TEST_CASE("a watch that is gone calls no more, even if its call was due") {
  const TemporaryDirectory directory;
  boost::asio::io_context context;
  int first_calls = 0;
  int second_calls = 0;
  std::optional<DirectoryWatch> first;
  std::optional<DirectoryWatch> second;
  const WatchTiming always_due{milliseconds(0), milliseconds(0)};
  first.emplace(
      context, directory.path(), [&] { ++first_calls, second.reset(); }, always_due);
  second.emplace(
      context, directory.path(), [&] { ++second_calls, first.reset(); }, always_due);
  CHECK(run_until(context, [&] { return first_calls + second_calls > 5; }));
  CHECK((first_calls == 0 || second_calls == 0));
}

TEST_CASE("a watch may be ended by its own call") {
  const TemporaryDirectory directory;
  boost::asio::io_context context;
  std::optional<DirectoryWatch> watch;
  watch.emplace(
      context, directory.path(), [&] { watch.reset(); }, WatchTiming{milliseconds(0), milliseconds(1)});
  context.run();
  CHECK(!watch);
}
