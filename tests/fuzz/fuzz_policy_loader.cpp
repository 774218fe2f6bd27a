// The policy loader over arbitrary bytes: policies or errors, never both, never neither; the same each time.
#include <string>

#include "fuzz/harness.hpp"
#include "policy/loader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hygiene::policy;
  using hygiene::test::require;
  const std::string text(hygiene::test::text_of(data, size));
  const LoadOutcome outcome = load_policies({{"p.yaml", text}});
  require((outcome.policies == nullptr) != outcome.errors.empty());
  for (const Diagnostic& error : outcome.errors) {
    require(error.file == "p.yaml" && !error.message.empty());
  }
  require(outcome.policies == nullptr || !outcome.policies->policies.empty());
  return 0;
}
