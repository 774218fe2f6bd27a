// Compares what serve, check and audit say of generated Secrets, for as long as it is told to: what `./dev
// fuzz` runs.
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "commands/check/same_answer.hpp"

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: compare_answers SECONDS [FIRST_SEED]\n";
    return 2;
  }
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(std::strtoull(argv[1], nullptr, 10));
  // Other Secrets at each run, unless told otherwise.
  auto seed = argc == 3
                  ? std::strtoull(argv[2], nullptr, 10)
                  : static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  std::uint64_t secrets = 0;
  for (; Clock::now() < end; ++seed) {
    try {
      secrets += hygiene::test::compare_answers(seed).secrets;
    } catch (const hygiene::test::DifferentAnswers& difference) {
      std::cout << "seed " << seed << ": " << difference.what() << '\n';
      return 1;
    }
  }
  std::cout << secrets << " Secrets get the same answer\n";
}
