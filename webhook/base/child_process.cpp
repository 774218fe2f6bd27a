#include "base/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hygiene::base {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using Clock = std::chrono::steady_clock;

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

// A running child and the end of its stdout; killed and waited for when this goes.
class Child {
 public:
  Child() = default;
  ~Child() {
    if (output_ != -1) close(output_);
    if (pid_ == -1) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  Result<void> start(const ChildWish& wish) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return failure(errno);
    output_ = ends[0];
    // What this process ignores or blocks, as SIGPIPE, is not for every program.
    sigset_t usual;
    sigset_t none;
    sigfillset(&usual);
    sigemptyset(&none);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<std::string> arguments = wish.command;
    std::vector<std::string> environment = environment_of(wish);
    const int error = posix_spawnp(&pid_, arguments.front().c_str(), &actions, &attributes,
                                   pointers_to(arguments).data(), pointers_to(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(ends[1]);
    if (error == 0) return {};
    pid_ = -1;
    return failure(error);
  }

  // One read, or nothing within the time left.
  Result<std::size_t> read_some(char* into, std::size_t room, Clock::time_point until) {
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
      pollfd ready{output_, POLLIN, 0};
      const int count = left > 0 ? poll(&ready, 1, static_cast<int>(left)) : 0;
      if (count == 0) return Error(Errc::io, "it ran for too long and was ended");
      const ssize_t got = count > 0 ? read(output_, into, room) : -1;
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR && errno != EAGAIN) return failure(errno);
    }
  }

  // Its exit status, once it has closed its stdout; a child that stays is killed.
  Result<void> finish(Clock::time_point until) {
    int status = 0;
    pid_t ended = 0;
    while (ended == 0 && Clock::now() < until) {
      ended = waitpid(pid_, &status, WNOHANG);
      if (ended == 0) poll(nullptr, 0, 5);
    }
    if (ended == 0) return Error(Errc::io, "it ran for too long and was ended");
    pid_ = -1;
    if (ended == -1) return failure(errno);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    if (WIFEXITED(status))
      return Error(Errc::io, "it failed with status " + std::to_string(WEXITSTATUS(status)));
    return Error(Errc::io, "it was ended by signal " + std::to_string(WTERMSIG(status)));
  }

 private:
  static Error failure(int error) {
    return Error(error == ENOENT ? Errc::missing : Errc::io, std::generic_category().message(error));
  }

  pid_t pid_ = -1;
  int output_ = -1;
};

}  // namespace

Result<base::WipingText> run_child(const ChildWish& wish) {
  const auto until = Clock::now() + wish.timeout;
  Child child;
  if (auto started = child.start(wish); !started) return started.error();
  base::WipingText text;
  std::array<char, 4096> part{};
  for (;;) {
    const auto got = child.read_some(part.data(), part.size(), until);
    if (!got) return got.error();
    if (*got == 0) break;
    text.append(std::string_view(part.data(), *got));
    explicit_bzero(part.data(), *got);
    if (text.size() > wish.output_bytes_max) return Error(Errc::limit, "it wrote more than it may");
  }
  if (auto ended = child.finish(until); !ended) return ended.error();
  return text;
}

}  // namespace hygiene::base
