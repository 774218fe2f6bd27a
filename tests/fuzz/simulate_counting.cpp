// Runs the simulation of counting, and prints the first seeds that fail.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <malloc.h>

#include "base/invariant.hpp"
#include "counting/simulation/simulation.hpp"

namespace {

using hygiene::counting::test::Simulation;
using hygiene::counting::test::Violation;

constexpr const char* kUsage =
    "usage: simulate_counting SECONDS [FIRST_SEED]           as many schedules as the time allows\n"
    "       simulate_counting --schedules COUNT FIRST_SEED\n"
    "       simulate_counting --trace SEED                   one schedule, with all that happens\n";

std::optional<std::string> violation_of(std::uint64_t seed, std::ostream* trace = nullptr) {
  try {
    Simulation(seed, trace).run();
  } catch (const Violation& violation) {
    return violation.what();
  } catch (const hygiene::base::InvariantViolation&) {
    return "INVARIANT";
  }
  return std::nullopt;
}

// Runs the schedules from `first` on for as long as `more` says.
template <class More>
int run(std::uint64_t first, More more) {
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> failures;  // how many, and the first
  std::uint64_t seed = first;
  for (; more(seed); ++seed) {
    const auto violation = violation_of(seed);
    if (!violation) continue;
    auto& failure = failures[*violation];
    if (failure.first++ == 0) failure.second = seed;
  }
  std::cout << seed - first << " schedules from seed " << first << '\n';
  for (const auto& [what, failure] : failures)
    std::cout << what << ": " << failure.first << ", first at seed " << failure.second << '\n';
  return failures.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  // An invariant of the engine ends the schedule at hand, and counts as what it violates.
  hygiene::base::set_on_violation(hygiene::base::OnViolation::throw_error);
  // A schedule's memory is kept for the next: the kernel would have to clear it each time.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  const std::string_view what = argc > 1 ? argv[1] : "";
  const auto number = [argv](int at) { return std::strtoull(argv[at], nullptr, 10); };
  if (what == "--trace" && argc == 3) {
    const auto violation = violation_of(number(2), &std::cout);
    std::cout << violation.value_or("nothing is violated") << '\n';
    return violation ? 1 : 0;
  }
  if (what == "--schedules" && argc == 4)
    return run(number(3), [&](std::uint64_t seed) { return seed < number(3) + number(2); });
  if (what.empty() || what.starts_with("-") || argc > 3) {
    std::cerr << kUsage;
    return 2;
  }
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(number(1));
  // Other schedules at each run, unless told otherwise.
  const auto now = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  return run(argc == 3 ? number(2) : now, [&](std::uint64_t) { return Clock::now() < end; });
}
