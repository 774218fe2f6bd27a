#include "cluster/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster/retry.hpp"

namespace hygiene::cluster {
namespace {

namespace asio = boost::asio;

// A program that has closed its stdout ends at once.
constexpr std::chrono::milliseconds kEndAsked{5};

std::vector<std::string> environment_of(const ChildWish& wish) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(wish.environment.begin(), wish.environment.end(),
                                      [&](const auto& added) { return added.first == name; });
    if (!replaced) all.emplace_back(text);
  }
  for (const auto& [name, value] : wish.environment) all.push_back(name + '=' + value);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

Error failure(int error) {
  return Error(error == ENOENT ? Errc::missing : Errc::io, std::generic_category().message(error));
}

// What a child gets: usual signals, no descriptor of ours but stderr, and, unless a person may be asked, an
// empty stdin and a process group of its own.
class SpawnSettings {
 public:
  SpawnSettings(bool interactive, int output) {
    // What this process ignores or blocks, as SIGPIPE, is not for every program.
    sigset_t usual;
    sigset_t none;
    sigfillset(&usual);
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    const int group = interactive ? 0 : POSIX_SPAWN_SETPGROUP;
    posix_spawnattr_setflags(&attributes,
                             static_cast<short>(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | group));
    posix_spawn_file_actions_init(&actions);
    if (!interactive) posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    // A child that stays would keep our ports bound.
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawnattr_t attributes{};
  posix_spawn_file_actions_t actions{};
};

// A running child and the end of its stdout; killed, with its group, and waited for when this goes.
class Child {
 public:
  explicit Child(const asio::any_io_executor& executor) : output(executor) {}
  ~Child() {
    if (pid_ == -1) return;
    kill(group_ ? -pid_ : pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  Result<void> start(const ChildWish& wish) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return failure(errno);
    output.assign(ends[0]);
    const SpawnSettings settings(wish.interactive, ends[1]);
    std::vector<std::string> arguments = wish.command;
    std::vector<std::string> environment = environment_of(wish);
    const int error = posix_spawnp(&pid_, arguments.front().c_str(), &settings.actions, &settings.attributes,
                                   pointers_to(arguments).data(), pointers_to(environment).data());
    close(ends[1]);
    group_ = !wish.interactive;
    if (error == 0) return {};
    pid_ = -1;
    return failure(error);
  }

  // True once it has ended: `status` as waitpid(2) gives it.
  bool ended(int& status) {
    const pid_t got = waitpid(pid_, &status, WNOHANG);
    if (got != 0) pid_ = -1;
    return got != 0;
  }

  asio::posix::stream_descriptor output;

 private:
  pid_t pid_ = -1;
  bool group_ = false;
};

Result<void> outcome_of(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status))
    return Error(Errc::io, "it failed with status " + std::to_string(WEXITSTATUS(status)));
  return Error(Errc::io, "signal " + std::to_string(WTERMSIG(status)) + " ended it");
}

Error too_slow(const net::Deadline& deadline) {
  if (deadline.given_up()) return Error(Errc::interrupted, "the wait for it was cancelled");
  return Error(Errc::io, "it ran for too long and was stopped");
}

}  // namespace

asio::awaitable<Result<base::WipingText>> run_child(ChildWish wish) {
  const auto executor = co_await asio::this_coro::executor;
  Child child(executor);
  net::Deadline deadline(executor, [&child] { child.output.close(); });
  deadline.arm(wish.timeout, wish.given_up);
  if (auto started = child.start(wish); !started) co_return started.error();
  base::WipingText text;
  std::array<char, 4096> part{};
  for (;;) {
    const auto [ec, got] =
        co_await child.output.async_read_some(asio::buffer(part), asio::as_tuple(asio::use_awaitable));
    if (deadline.expired()) co_return too_slow(deadline);
    if (ec == asio::error::eof) break;
    if (ec) co_return failure(ec.value());
    text.append(std::string_view(part.data(), got));
    explicit_bzero(part.data(), got);
    if (text.size() > wish.output_bytes_max) co_return Error(Errc::limit, "its output is too large");
  }
  int status = 0;
  while (!child.ended(status)) {
    if (deadline.expired()) co_return too_slow(deadline);
    co_await pause(executor, kEndAsked);
  }
  if (auto ended = outcome_of(status); !ended) co_return ended.error();
  co_return text;
}

}  // namespace hygiene::cluster
