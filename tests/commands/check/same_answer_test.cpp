#include "commands/check/same_answer.hpp"

#include <catch2/catch.hpp>

using namespace hygiene;

TEST_CASE("serve and check and audit say the same of a Secret, whether it is labelled or not") {
  test::AnswersCompared all;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    INFO("seed " << seed);
    const test::AnswersCompared compared = test::compare_answers(seed);
    all.secrets += compared.secrets;
    all.broken_limits += compared.broken_limits;
    all.patches += compared.patches;
  }
  CHECK(all.secrets == 12'000);
  CHECK(all.broken_limits > 10'000);
  CHECK(all.patches > 3'000);
}
