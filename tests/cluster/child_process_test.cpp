#include "cluster/child_process.hpp"

#include <csignal>
#include <filesystem>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "support/run_to_end.hpp"
#include "support/temporary_folder.hpp"

using namespace hygiene;
using cluster::ChildWish;
using std::chrono::milliseconds;

namespace {

ChildWish shell(const std::string& lines) {
  ChildWish wish;
  wish.command = {"sh", "-c", lines};
  return wish;
}

Result<base::WipingText> output_of(ChildWish wish) {
  boost::asio::io_context context{1};
  return test::run_to_end(context, cluster::run_child(std::move(wish)));
}

}  // namespace

TEST_CASE(
    "a program's stdout is what it gives, with its arguments, our environment and what is added to it") {
  test::ChangedEnvironment environment;
  environment.set("HYGIENE_OURS", "ours");
  environment.set("HYGIENE_BOTH", "ours");
  ChildWish wish = shell("echo \"$HYGIENE_OURS $HYGIENE_BOTH $1\"; cat; echo seen >&2");
  wish.command.insert(wish.command.end(), {"sh", "two words"});
  wish.environment = {{"HYGIENE_BOTH", "added"}};
  const auto output = output_of(wish);
  REQUIRE(output.has_value());
  CHECK(output->view() == "ours added two words\n");
}

TEST_CASE("a program that fails, is ended or is not there is an error of its own kind") {
  struct Case {
    std::vector<std::string> command;
    Errc code;
    const char* words;
  };
  test::TemporaryFolder folder;
  const std::string data = folder.write("data", "no program");
  const std::vector<Case> cases = {{{"sh", "-c", "echo out; exit 3"}, Errc::io, "it failed with status 3"},
                                   {{"sh", "-c", "kill -TERM $$"}, Errc::io, "signal 15 ended it"},
                                   {{"hygiene-no-such-program"}, Errc::missing, "No such file"},
                                   {{"/no/such/program"}, Errc::missing, "No such file"},
                                   {{data}, Errc::io, "Permission denied"}};
  for (const Case& row : cases) {
    INFO(row.words);
    ChildWish wish;
    wish.command = row.command;
    const auto output = output_of(wish);
    REQUIRE(output.has_error());
    CHECK(output.error().code() == row.code);
    CHECK_THAT(output.error().message(), Catch::Contains(row.words));
  }
}

TEST_CASE("a program that is too slow is ended, whether it still writes or has closed its stdout") {
  test::TemporaryFolder folder;
  const std::string file = (folder.path() / "pid").string();
  const std::string rest = GENERATE("exec sleep 60", "exec >&-; exec sleep 60", "while :; do echo x; done");
  ChildWish wish = shell("echo $$ > " + file + "; " + rest);
  wish.timeout = milliseconds(300);
  wish.output_bytes_max = 1024 * 1024 * 1024;
  const auto output = output_of(wish);
  REQUIRE(output.has_error());
  CHECK(output.error().code() == Errc::io);
  CHECK(output.error().message() == "it ran for too long and was stopped");
  int pid = 0;
  std::ifstream(file) >> pid;
  REQUIRE(pid > 0);
  CHECK(kill(pid, 0) == -1);
}

TEST_CASE("a program may write as much as it may, and not a byte more") {
  const auto [bytes, fits] = GENERATE(table<int, bool>({{9'999, true}, {10'000, true}, {10'001, false}}));
  ChildWish wish = shell("head -c " + std::to_string(bytes) + " /dev/zero");
  wish.output_bytes_max = 10'000;
  const auto output = output_of(wish);
  CHECK(output.has_value() == fits);
  if (fits) CHECK(output->size() == static_cast<std::size_t>(bytes));
  if (!fits) CHECK(output.error().code() == Errc::limit);
}

TEST_CASE("signals that this process ignores or blocks end a program as usual") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigset_t old;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &old);
  const auto piped = output_of(shell("kill -PIPE $$"));
  const auto ended = output_of(shell("kill -TERM $$"));
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  std::signal(SIGPIPE, before);
  REQUIRE(piped.has_error());
  CHECK(piped.error().message() == "signal 13 ended it");
  REQUIRE(ended.has_error());
  CHECK(ended.error().message() == "signal 15 ended it");
}

TEST_CASE("a program has no descriptor of ours but stderr, such as a port that would stay bound") {
  // Without close-on-exec, as a library may open it.
  const int listening = socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(listening > STDERR_FILENO);
  const std::string ours =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(listening)).string();
  const auto output = output_of(shell("for each in /proc/$$/fd/*; do readlink \"$each\"; done; true"));
  close(listening);
  REQUIRE(output.has_value());
  CHECK_THAT(ours, Catch::StartsWith("socket:"));
  CHECK_THAT(std::string(output->view()), Catch::StartsWith("/dev/null\npipe:") && !Catch::Contains(ours));
}

TEST_CASE(
    "what a program has started is ended with it where it is too slow, and stays where it ends in order") {
  const bool slow = GENERATE(true, false);
  const test::TemporaryFolder folder;
  const std::string file = (folder.path() / "pid").string();
  ChildWish wish = shell("sleep 60 >&- 2>&- & echo $! > " + file + (slow ? "; wait" : ""));
  wish.timeout = milliseconds(500);
  const auto output = output_of(wish);
  CHECK(output.has_value() == !slow);
  int pid = 0;
  std::ifstream(file) >> pid;
  REQUIRE(pid > 0);
  // A process that nobody waited for yet is a zombie.
  const auto runs = [pid] {
    std::string number;
    std::string name;
    std::string state;
    std::ifstream("/proc/" + std::to_string(pid) + "/stat") >> number >> name >> state;
    return !state.empty() && state != "Z";
  };
  for (int i = 0; slow && runs() && i < 1000; ++i) std::this_thread::yield();
  CHECK(runs() == !slow);
  if (!slow) kill(pid, SIGKILL);
}

TEST_CASE("a program that is not waited for any longer is ended") {
  ChildWish wish = shell("exec sleep 60");
  wish.given_up = [] { return true; };
  const auto output = output_of(wish);
  REQUIRE(output.has_error());
  CHECK(output.error().code() == Errc::interrupted);
}
