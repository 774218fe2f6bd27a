// What one CREATE that fits pays for being counted, step by step. Hidden: `test_runtime [.cost]` prints it.
#include <ctime>
#include <iostream>

#include "counting/counted_write.hpp"
#include "runtime/serving/counting_messages.hpp"
#include "shared_engine_fixture.hpp"

using namespace hygiene;
using runtime_test::engine_options;
using runtime_test::load;
using runtime_test::policy_document;
using runtime_test::SharedEngineFixture;

namespace {

constexpr std::size_t kWrites = 100'000;

// The policy of `./dev bench counting --only request`.
constexpr const char* kSpec =
    "{mode: Enforce, match: {namespaces: [team-*, bench-*]}, warnAt: 90%, "
    "limits: {secretsPerNamespace: 1000000, bytesPerNamespace: 64Gi}}";

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Names and uids of an ordinary length, each its own.
std::vector<secret::Facts> objects() {
  std::vector<secret::Facts> made(kWrites);
  for (std::size_t i = 0; i < kWrites; ++i) {
    const std::string digits = std::to_string(10'000'000 + i);
    made[i].namespace_name = "bench-0";
    made[i].name = "blob-" + digits;
    made[i].type = "Opaque";
    made[i].uid = digits + "-a60f-48b3-a842-4402" + digits;
    made[i].data_bytes = 4096;
  }
  return made;
}

// `step` of each object; the least of five rounds, since noise only ever adds.
template <class Confirmation, class Step>
void report(const char* what, const std::vector<secret::Facts>& all, Confirmation make_round, Step step) {
  double least = 1e18;
  for (int round = 0; round < 5; ++round) {
    auto state = make_round();
    const double before = cpu_ns();
    for (const secret::Facts& object : all) step(*state, object);
    least = std::min(least, (cpu_ns() - before) / kWrites);
  }
  std::cout << what << ": " << least << " ns\n";
}

policy::Request create(const secret::Facts& object) {
  return {policy::Operation::create, nullptr, &object, nullptr};
}

}  // namespace

TEST_CASE("the cost of a CREATE that fits", "[.cost]") {
  const auto all = objects();
  const auto policies = load(policy_document("team-quota", kSpec));
  const auto selection = std::make_shared<const counting::Selection>(policies, counting::HashKey{1, 2});
  std::size_t sink = 0;
  report(
      "the claims", all, [] { return std::make_unique<int>(); },
      [&](int&, const secret::Facts& object) {
        sink += counting::make_claims(*selection, create(object), false).claims.size();
      });
  report(
      "and the engine's decision", all,
      [&] {
        auto engine =
            std::make_unique<counting::Engine>(engine_options(), counting::HashKey{1, 2}, counting::Time(0));
        engine->select(selection, counting::Time(0));
        engine->list_ends(engine->begin_list(0), 10, counting::Time(0));
        return engine;
      },
      [&](counting::Engine& engine, const secret::Facts& object) {
        engine.request(counting::make_claims(*selection, create(object), false), counting::Time(1));
        sink += engine.take_decisions().size();
      });
  const auto engine = [&] {
    auto fixture = std::make_unique<SharedEngineFixture>(policies);
    fixture->list({});
    return fixture;
  };
  const auto deadline = SharedEngineFixture::Clock::now() + std::chrono::hours(1);
  report("and the lock, the clock and the answer", all, engine,
         [&](SharedEngineFixture& fixture, const secret::Facts& object) {
           const auto ask = fixture.engine.ask(create(object), false, deadline);
           sink += runtime::SharedEngine::answer(*ask)->decision.usages.size();
         });
  report("and what its user reads", all, engine,
         [&](SharedEngineFixture& fixture, const secret::Facts& object) {
           const auto ask = fixture.engine.ask(create(object), false, deadline);
           const runtime::CountingAnswer& answer = *runtime::SharedEngine::answer(*ask);
           sink += runtime::shortages_of(answer, fixture.engine, false).size();
         });
  const std::vector<secret::Facts> tries(all.size(), all.front());
  report("the same, of one CREATE that is tried again and again", tries, engine,
         [&](SharedEngineFixture& fixture, const secret::Facts& object) {
           const auto ask = fixture.engine.ask(create(object), false, deadline);
           sink += runtime::SharedEngine::answer(*ask)->decision.usages.size();
         });
  CHECK(sink > 0);
}
