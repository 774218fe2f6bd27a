// What a limit across Secrets says about one write, or a limit that cannot be judged now. Thread-safety: a
// value.
#pragma once

#include <string>
#include <vector>

#include "policy/evaluator.hpp"

namespace hygiene::policy {

struct Shortage {
  enum class Kind {
    full,     // the write would break the limit
    near,     // it would not, but warnAt is reached: the outcome is warned
    unknown,  // what is stored is not known well enough to say: see `why`
  };
  Kind kind = Kind::full;
  // `measured` is what the scope would hold with this write.
  Violation violation;
  // Names of Secrets in the scope that may go: the largest for a limit of bytes, the oldest for one of
  // number.
  std::vector<std::string> examples;
  std::string why;
};

}  // namespace hygiene::policy
