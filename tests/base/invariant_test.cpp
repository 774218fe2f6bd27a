#include "base/invariant.hpp"

#include <csignal>
#include <cstdio>
#include <limits>
#include <string>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

using namespace hygiene::base;

namespace {

struct ThrowOnViolation {
  ThrowOnViolation() { set_on_violation(OnViolation::throw_error); }
  ~ThrowOnViolation() { set_on_violation(OnViolation::end_process); }
};

}  // namespace

TEST_CASE("A difference of sizes is exact down to nothing") {
  constexpr auto kLargest = std::numeric_limits<std::uint64_t>::max();
  CHECK(checked_difference(5, 3) == 2);
  CHECK(checked_difference(5, 5) == 0);
  CHECK(checked_difference(kLargest, 0) == kLargest);
  CHECK(checked_difference(kLargest, kLargest) == 0);
}

TEST_CASE("A part that is larger than its whole is a violation, not a difference near 2^64") {
  const ThrowOnViolation guard;
  const auto before = invariant_violations();
  CHECK_THROWS_AS(checked_difference(5, 6), InvariantViolation);
  CHECK_THROWS_AS(checked_difference(0, std::numeric_limits<std::uint64_t>::max()), InvariantViolation);
  CHECK(invariant_violations() == before + 2);
}

TEST_CASE("A violation says what must hold, and where") {
  const ThrowOnViolation guard;
  const auto line = std::to_string(__LINE__ + 2);
  try {
    invariant(false, "an entry is charged once");
    FAIL("nothing was thrown");
  } catch (const InvariantViolation& violation) {
    const std::string said = violation.what();
    CHECK(said.starts_with("invariant violated: an entry is charged once ("));
    CHECK(said.ends_with("tests/base/invariant_test.cpp:" + line + ')'));
  }
}

TEST_CASE("What holds is no violation") {
  const auto before = invariant_violations();
  invariant(true, "true is true");
  CHECK(invariant_violations() == before);
}

TEST_CASE("A violation ends the process of a test where it happens") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // Catch reports the signal otherwise
    ::close(STDERR_FILENO);
    invariant(false, "this child ends");
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
}
