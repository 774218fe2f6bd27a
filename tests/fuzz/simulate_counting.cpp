// Runs the simulation for a time: `simulate_counting SECONDS [FIRST_SEED]`. Prints the first seeds that fail.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "simulation.hpp"

int main(int argc, char** argv) {
  using hygiene::counting::test::Simulation;
  using hygiene::counting::test::Violation;
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: simulate_counting SECONDS [FIRST_SEED]\n";
    return 2;
  }
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::seconds(std::strtoul(argv[1], nullptr, 10));
  // Other schedules at each run, unless told otherwise.
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  const auto first = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : static_cast<unsigned long long>(now);
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> failures;  // how many, and the first
  std::uint64_t seed = first;
  for (; std::chrono::steady_clock::now() < end; ++seed) {
    try {
      Simulation(seed).run();
    } catch (const Violation& violation) {
      auto& failure = failures[violation.what()];
      if (failure.first++ == 0) failure.second = seed;
    }
  }
  std::cout << seed - first << " schedules from seed " << first << '\n';
  for (const auto& [what, failure] : failures)
    std::cout << what << ": " << failure.first << ", first at seed " << failure.second << '\n';
  return failures.empty() ? 0 : 1;
}
