// Whether serve, check and audit say the same of a generated Secret under generated policies: before it is
// labelled, once it is, and once what is ours was taken off. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <stdexcept>

namespace hygiene::test {

// What differs, with the policies and the Secret.
class DifferentAnswers final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct AnswersCompared {
  std::uint64_t secrets = 0;
  std::uint64_t broken_limits = 0;
  std::uint64_t patches = 0;
};

// One policy set and some Secrets, made of `seed`. Throws: DifferentAnswers.
AnswersCompared compare_answers(std::uint64_t seed);

}  // namespace hygiene::test
