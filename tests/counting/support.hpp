// What the tests of counting share: policies from the limits of one YAML document, and stored Secrets.
#pragma once

#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "counting/inventory.hpp"
#include "counting/selection.hpp"
#include "policy/loader.hpp"

namespace hygiene::counting::test {

inline constexpr HashKey kKey{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};

// A document called `name` with `spec`, whose lines are indented by two spaces already.
inline std::string document(const std::string& name, const std::string& spec) {
  return "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata:\n  name: " + name +
         "\nspec:\n" + spec + "\n---\n";
}

inline std::shared_ptr<const Selection> select(const std::string& text) {
  auto outcome = policy::load_policies({{"test.yaml", text}});
  std::string errors;
  for (const auto& error : outcome.errors) errors += to_string(error) + '\n';
  if (outcome.policies == nullptr) throw std::runtime_error(errors);
  return std::make_shared<Selection>(outcome.policies, kKey);
}

inline Stored stored(std::uint64_t uid, std::uint64_t revision, std::uint64_t bytes = 0,
                     std::uint32_t created_s = 0) {
  return {uid, revision, bytes, created_s};
}

}  // namespace hygiene::counting::test
