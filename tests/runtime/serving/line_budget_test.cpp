#include "runtime/serving/line_budget.hpp"

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace hygiene;
using runtime::LineBudget;
using std::chrono::milliseconds;

namespace {

struct Fixture {
  std::chrono::steady_clock::time_point time{};
  std::ostringstream log_text;
  telemetry::Metrics metrics;
  telemetry::Log log{telemetry::Level::info, telemetry::LogFormat::text, log_text,
                     [] { return std::chrono::system_clock::time_point(); }};
  LineBudget lines{metrics, [this] { return time; }};

  // How many of so many lines are taken.
  std::uint64_t taken(const char* policy, int wanted) {
    std::uint64_t taken = 0;
    for (int i = 0; i < wanted; ++i) taken += std::uint64_t{lines.take(policy)};
    return taken;
  }
  std::string reported() {
    log_text.str("");
    lines.report(log);
    return log_text.str();
  }
};

}  // namespace

TEST_CASE("a policy may write some lines at once, and then one a second") {
  Fixture f;
  CHECK(f.taken("a", 150) == LineBudget::kLinesAtOnce);
  f.time += milliseconds(999);
  CHECK(f.taken("a", 1) == 0);
  f.time += milliseconds(1);
  CHECK(f.taken("a", 5) == 1);
  f.time += milliseconds(2500);
  CHECK(f.taken("a", 5) == 2);
  f.time += milliseconds(500);
  CHECK(f.taken("a", 5) == 1);
  f.time += std::chrono::hours(24);
  CHECK(f.taken("a", 500) == LineBudget::kLinesAtOnce);
}

TEST_CASE("a storm of one policy takes no line of another") {
  Fixture f;
  f.taken("a", 1000);
  CHECK(f.taken("b", 10) == 10);
  CHECK(f.taken("", 10) == 10);
}

TEST_CASE("what was left out is said once, and counted for good") {
  Fixture f;
  CHECK(f.reported().empty());
  f.taken("a", 103);
  f.taken("b", 101);
  f.taken("c", 100);
  const std::string time = "1970-01-01T00:00:00.000Z WARN  log lines were left out: too many of one policy ";
  CHECK(f.reported() == time + "policy=a lines=3\n" + time + "policy=b lines=1\n");
  CHECK(f.reported().empty());
  f.taken("a", 2);
  CHECK(f.reported() == time + "policy=a lines=2\n");
  const std::string scrape = f.metrics.expose();
  CHECK(scrape.find("secret_hygiene_log_lines_left_out_total{policy=\"a\"} 5\n") != std::string::npos);
  CHECK(scrape.find("secret_hygiene_log_lines_left_out_total{policy=\"c\"} 0\n") != std::string::npos);
}

TEST_CASE("threads that write at once get no more lines together") {
  Fixture f;
  std::vector<std::uint64_t> taken(4);
  std::vector<std::thread> threads;
  for (std::uint64_t& count : taken) {
    threads.emplace_back([&f, &count] { count = f.taken("a", 100); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(taken[0] + taken[1] + taken[2] + taken[3] == LineBudget::kLinesAtOnce);
  CHECK(f.reported().find("lines=300") != std::string::npos);
}
