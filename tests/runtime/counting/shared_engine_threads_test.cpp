// Workers that ask while the runner's thread feeds events and the control thread changes policies: for
// ThreadSanitizer, and that nobody waits for ever.
#include <atomic>
#include <condition_variable>
#include <thread>

#include "shared_engine_fixture.hpp"

using namespace hygiene;
using namespace std::chrono_literals;
using runtime_test::facts;
using runtime_test::limit_of;
using runtime_test::SharedEngineFixture;

namespace {

constexpr int kWorkers = 4;
constexpr int kWritesEach = 200;

// What a worker's connection does with its bell.
class Waiting {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    changed_.notify_one();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [this] { return rung_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

struct Counts {
  std::atomic<int> answered = 0;
  std::atomic<int> given_up = 0;
  std::atomic<int> lost = 0;
};

void write_all(SharedEngineFixture& f, int worker, Counts& counts) {
  for (int i = 0; i < kWritesEach; ++i) {
    const auto object = facts(std::to_string(worker) + "-" + std::to_string(i));
    const auto ask = f.ask(object, i % 2 == 0, SharedEngineFixture::Clock::now() + 20ms);
    if (ask == nullptr) {
      ++counts.answered;
      continue;
    }
    if (i % 5 == 4) {
      f.engine.give_up(ask);
      ++counts.given_up;
      continue;
    }
    const auto waiting = std::make_shared<Waiting>();
    f.engine.when_decided(ask, [waiting] { waiting->ring(); });
    if (!waiting->wait() || !f.engine.answer(*ask)) {
      ++counts.lost;
      continue;
    }
    const auto answer = *f.engine.answer(*ask);
    for (const auto& reading : answer.decision.usages) f.engine.examples(answer, reading.claim);
    ++counts.answered;
  }
}

}  // namespace

TEST_CASE("workers, the runner and a reload do not stand in each other's way, and every write is answered") {
  SharedEngineFixture f(limit_of(100));
  f.list({"first"});
  std::atomic<bool> over = false;
  std::thread runner([&] {
    std::uint64_t revision = 20;
    for (int i = 0; !over; ++i, revision += 2) {
      for (const auto& list : f.effects<counting::ListScope>()) f.confirm(list, {"first"}, revision);
      for (const auto& watch : f.watches()) {
        f.engine.with_watch(watch, [&](auto& engine, auto index, auto now) {
          engine.shows(index, {"team", "event-" + std::to_string(i % 50), "t"}, {revision, revision, 1, 1},
                       now);
          engine.tick(now);
        });
      }
      f.engine.expire(SharedEngineFixture::Clock::now());
      f.engine.synced();
      f.engine.unmeasured(5);
    }
  });
  std::thread control([&] {
    for (int i = 0; !over; ++i) {
      f.engine.select(limit_of(i % 2 == 0 ? 60 : 100));
      f.engine.usage(10);
    }
  });
  Counts counts;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < kWorkers; ++worker)
    workers.emplace_back([&, worker] { write_all(f, worker, counts); });
  for (auto& worker : workers) worker.join();
  over = true;
  runner.join();
  control.join();
  CHECK(counts.lost == 0);
  CHECK(counts.answered + counts.given_up == kWorkers * kWritesEach);
}
