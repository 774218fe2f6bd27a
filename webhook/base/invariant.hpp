// What holds unless this program is wrong, asserted where it is made and where it is relied on. A violation
// ends the request, not the webhook. Thread-safety: any thread.
#pragma once

#include <cstdint>
#include <source_location>
#include <stdexcept>

namespace hygiene::base {

class InvariantViolation final : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

enum class OnViolation {
  end_process,  // print what was violated, then abort: tests, fuzzing and simulation stop where it happened
  throw_error,  // InvariantViolation, which ends the request at hand with HTTP 500
};

// What a violation does from now on. The default is end_process; the program sets throw_error at its start.
void set_on_violation(OnViolation action);

// Of this process, for the metric secret_hygiene_invariant_violations_total.
std::uint64_t invariant_violations();

[[noreturn]] void violated(const char* invariant, const std::source_location& where);

// `invariant` says in a few words what must hold, such as "an entry is charged once"; it never holds input.
// Throws: InvariantViolation, see OnViolation.
inline void invariant(bool holds, const char* invariant,
                      const std::source_location& where = std::source_location::current()) {
  if (!holds) [[unlikely]]
    violated(invariant, where);
}

// `whole` less `part`, where `part` is contained in `whole`: a difference that wraps around is near 2^64, and
// breaks every limit.
inline std::uint64_t checked_difference(std::uint64_t whole, std::uint64_t part,
                                        const std::source_location& where = std::source_location::current()) {
  invariant(part <= whole, "a part is not larger than its whole", where);
  return whole - part;
}

}  // namespace hygiene::base
