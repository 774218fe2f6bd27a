// The schedules that every run of the tests takes. SECRET_HYGIENE_SCHEDULES=COUNT and ..._SEED=FIRST take
// others; simulate_counting runs as many as a time allows.
#include "simulation.hpp"

#include <cstdlib>

#include <catch2/catch.hpp>

namespace hygiene::counting::test {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST_CASE("no schedule over-admits, denies falsely, leaks a reservation or gets stuck") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::uint64_t kSchedules = 200;
#else
  constexpr std::uint64_t kSchedules = 5'000;
#endif
  const auto first = setting("SECRET_HYGIENE_SEED", 0);
  const auto count = setting("SECRET_HYGIENE_SCHEDULES", kSchedules);
  for (auto seed = first; seed < first + count; ++seed) {
    try {
      Simulation(seed).run();
    } catch (const Violation& violation) {
      FAIL("seed " << seed << ": " << violation.what());
    }
  }
  SUCCEED();
}

}  // namespace
}  // namespace hygiene::counting::test
