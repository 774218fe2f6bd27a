// The policy loader over arbitrary bytes: policies or errors, never both, never neither; the same each time.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "policy/loader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hygiene::policy;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const LoadOutcome outcome = load_policies({{"p.yaml", text}});
  if ((outcome.policies == nullptr) == outcome.errors.empty()) std::abort();
  for (const Diagnostic& error : outcome.errors) {
    if (error.file != "p.yaml" || error.message.empty()) std::abort();
  }
  if (outcome.policies && outcome.policies->policies.empty()) std::abort();
  return 0;
}
