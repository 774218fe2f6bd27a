// Ctrl-C and SIGTERM while a command works.
#include "housekeeping/stored/interrupt.hpp"

#include <csignal>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

using hygiene::housekeeping::Interrupt;

namespace {

// How a child ends that gets `first` and then `second`; the signal that ended it, or 0.
int ended_by(int first, int second) {
  const pid_t child = ::fork();
  if (child == 0) {
    const Interrupt interrupt;
    std::raise(first);
    std::raise(second);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("the first signal asks") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Interrupt interrupt;
    CHECK_FALSE(interrupt.asked());
    std::raise(signal);
    CHECK(interrupt.asked());
    CHECK(interrupt.signal() == signal);
  }
  const Interrupt again;
  CHECK_FALSE(again.asked());
}

TEST_CASE("the second ends the process, whichever it is") {
  CHECK(ended_by(SIGINT, SIGINT) == SIGINT);
  CHECK(ended_by(SIGINT, SIGTERM) == SIGTERM);
  CHECK(ended_by(SIGTERM, SIGINT) == SIGINT);
}

TEST_CASE("what was there before is there again") {
  std::signal(SIGTERM, SIG_IGN);
  { const Interrupt interrupt; }
  CHECK(std::signal(SIGTERM, SIG_DFL) == SIG_IGN);
}
