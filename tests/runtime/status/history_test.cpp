// What the status page keeps in memory: traffic, rejections, usage.
#include <catch2/catch.hpp>

#include "runtime/counting/usage_cache.hpp"
#include "runtime/status/recent_rejections.hpp"
#include "runtime/status/traffic_history.hpp"

using namespace hygiene;
using admission::Decision;
using runtime::Answered;
using runtime::RecentRejections;
using runtime::Rejection;
using runtime::TrafficHistory;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const std::chrono::system_clock::time_point kNoon =
    std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + std::chrono::hours(12);

Answered allowed(std::uint64_t number) {
  Answered answered{};
  answered[static_cast<std::size_t>(Decision::allowed)] = number;
  return answered;
}

// "12:00=1 12:03=0".
std::string text(const TrafficHistory& history) {
  std::string text;
  for (const auto& slot : history.slots()) {
    const auto since = std::chrono::duration_cast<minutes>(slot.start - kNoon).count();
    text += (text.empty() ? "" : " ") + std::to_string(since) + '=' + std::to_string(slot.all());
  }
  return text;
}

struct Rejected {
  policy::Policy policy;
  RecentRejections recent;

  Rejected() { policy.name = "p"; }
  void add(std::string_view name, std::chrono::system_clock::time_point time = kNoon,
           policy::LimitKind limit = policy::LimitKind::bytes_per_secret, std::string_view in = "team") {
    Rejection rejection;
    rejection.time = time;
    rejection.name = name;
    rejection.namespace_name = in;
    rejection.policy = &policy;
    rejection.limit = limit;
    rejection.measured = 2;
    rejection.allowed = 1;
    recent.add(rejection);
  }
  std::string names() const {
    std::string text;
    for (const auto& each : recent.newest_first())
      text += (text.empty() ? "" : " ") + each.name + '*' + std::to_string(each.times);
    return text;
  }
};

}  // namespace

TEST_CASE("what was answered goes to the slot of its time, and slots begin at multiples of their length") {
  TrafficHistory history(kNoon + seconds(100));
  CHECK(text(history) == "0=0");
  history.sample(allowed(5), kNoon + seconds(179));
  history.sample(allowed(5), kNoon + seconds(179));
  CHECK(text(history) == "0=5");
  history.sample(allowed(7), kNoon + seconds(180));
  history.sample(allowed(8), kNoon + minutes(11));
  CHECK(text(history) == "0=5 3=2 6=0 9=1");
  CHECK(history.slots().back().of(Decision::allowed) == 1);
  CHECK(history.slots().back().of(Decision::denied) == 0);
}

TEST_CASE("a clock that is set back adds to the newest slot") {
  TrafficHistory history(kNoon);
  history.sample(allowed(1), kNoon + minutes(3));
  history.sample(allowed(3), kNoon);
  CHECK(text(history) == "0=0 3=3");
}

TEST_CASE("no more than the last slots are kept, however long nothing was asked") {
  const int most = static_cast<int>(TrafficHistory::kSlots);
  for (const int later : {most - 1, most, most + 1, 1'000'000}) {
    INFO(later);
    TrafficHistory history(kNoon);
    history.sample(allowed(1), kNoon);
    history.sample(allowed(3), kNoon + TrafficHistory::kLength * later);
    const auto slots = history.slots();
    REQUIRE(slots.size() == TrafficHistory::kSlots);
    CHECK(slots.front().all() == (later == most - 1 ? 1 : 0));
    CHECK(slots.back().all() == 2);
    CHECK(slots.back().start == kNoon + TrafficHistory::kLength * later);
    for (std::size_t i = 1; i < slots.size(); ++i)
      CHECK(slots[i].start - slots[i - 1].start == TrafficHistory::kLength);
  }
}

TEST_CASE("the newest rejection is first, and one that repeats stands once with its number") {
  Rejected f;
  f.add("a", kNoon);
  f.add("b", kNoon + seconds(1));
  f.add("a", kNoon + seconds(2));
  CHECK(f.names() == "a*2 b*1");
  const auto newest = f.recent.newest_first().front();
  CHECK(newest.first == kNoon);
  CHECK(newest.last == kNoon + seconds(2));
  f.add("a", kNoon, policy::LimitKind::keys_per_secret);
  f.add("a", kNoon, policy::LimitKind::bytes_per_secret, "other");
  f.policy.name = "q";
  f.add("a", kNoon);
  CHECK(f.names() == "a*1 a*1 a*1 a*2 b*1");
}

TEST_CASE("only so many rejections are kept, with names of bounded length") {
  Rejected f;
  for (std::size_t i = 0; i < RecentRejections::kKept + 3; ++i) f.add("s" + std::to_string(i));
  const auto kept = f.recent.newest_first();
  REQUIRE(kept.size() == RecentRejections::kKept);
  CHECK(kept.front().name == "s66");
  CHECK(kept.back().name == "s3");
  const std::string endless(1'000'000, 'x');
  f.add(endless, kNoon, policy::LimitKind::bytes_per_key, endless);
  CHECK(f.recent.newest_first().front().name.size() <= 253);
  CHECK(f.recent.newest_first().front().namespace_name.size() <= 253);
}

TEST_CASE("usage is found once for all who ask within its time, and a slow pass is made seldom") {
  std::chrono::steady_clock::time_point now{};
  seconds takes{0};
  std::size_t passes = 0;
  runtime::UsageCache cache(
      [&] {
        now += takes;
        runtime::Usage usage;
        usage.secrets = ++passes;
        return usage;
      },
      [&now] { return now; });
  CHECK(cache.get()->secrets == 1);
  now += runtime::UsageCache::kGoodFor - std::chrono::milliseconds(1);
  CHECK(cache.get()->secrets == 1);
  now += std::chrono::milliseconds(1);
  takes = seconds(10);
  CHECK(cache.get()->secrets == 2);
  now += seconds(189);
  CHECK(cache.get()->secrets == 2);
  now += seconds(1);
  CHECK(cache.get()->secrets == 3);
}
