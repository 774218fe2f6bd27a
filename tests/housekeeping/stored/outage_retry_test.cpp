// Waiting until somebody interrupts.
#include "housekeeping/stored/outage_retry.hpp"

#include <csignal>

#include <catch2/catch.hpp>

#include "base/result.hpp"

using namespace hygiene;
using namespace std::chrono_literals;
using housekeeping::OutageRetry;

namespace {

constexpr housekeeping::OutageRetryRules kShort{1ms, 2ms, 5ms};

}  // namespace

TEST_CASE("an API server is waited for as long as it is away at a stretch, and no longer") {
  OutageRetry retry(nullptr, kShort);
  CHECK(retry.wait_for_server());  // 1 ms
  CHECK(retry.wait_for_server());  // 3 ms in all
  CHECK(retry.wait_for_server());  // 5 ms
  CHECK_FALSE(retry.wait_for_server());
  retry.answered();
  CHECK(retry.wait_for_server());
}

TEST_CASE("nobody waits who was interrupted") {
  const housekeeping::Interrupt interrupt;
  OutageRetry retry(&interrupt, {1h, 1h, 2h});
  std::raise(SIGINT);
  CHECK_FALSE(retry.sleep(1h));
  CHECK_FALSE(retry.sleep(0s));
  CHECK_FALSE(retry.wait_for_server());
}

TEST_CASE("what may be asked again is asked until it is answered") {
  OutageRetry retry(nullptr, kShort);
  int calls = 0;
  const auto answered = housekeeping::retry_outage(retry, [&]() -> Result<int> {
    if (++calls < 3) return Error(Errc::io, "away");
    return 7;
  });
  CHECK(answered.value() == 7);
  calls = 0;
  const auto refused = housekeeping::retry_outage(retry, [&]() -> Result<int> {
    ++calls;
    return Error(Errc::denied, "no");
  });
  CHECK(refused.error().code() == Errc::denied);
  CHECK(calls == 1);
  const auto away =
      housekeeping::retry_outage(retry, []() -> Result<int> { return Error(Errc::io, "away"); });
  CHECK(away.error().message() == "away");
}
