#include "base/invariant.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace hygiene::base {
namespace {

std::atomic<OnViolation> action{OnViolation::end_process};
std::atomic<std::uint64_t> violations{0};

}  // namespace

void set_on_violation(OnViolation wanted) {
  action = wanted;
}

std::uint64_t invariant_violations() {
  return violations;
}

void violated(const char* invariant, const std::source_location& where) {
  ++violations;
  // As seen from the top of the source tree, wherever the build's lies.
  std::string file = where.file_name();
  if (const auto begin = file.rfind("webhook/"); begin != std::string::npos) file.erase(0, begin);
  const std::string sentence = std::string("invariant violated: ") + invariant + " (" + file + ':' +
                               std::to_string(where.line()) + ')';
  if (action == OnViolation::throw_error) throw InvariantViolation(sentence);
  std::fprintf(stderr, "%s\n", sentence.c_str());
  std::abort();
}

}  // namespace hygiene::base
