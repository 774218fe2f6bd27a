// What the tests of counting share: policies from the limits of one YAML document, stored Secrets, and how an
// API server writes JSON.
#pragma once

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

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

// Limits of each scope: namespace, release and cluster.
inline const std::string kOfEachScope =
    document("a",
             "  mode: Enforce\n  match: {types: [t]}\n"
             "  limits: {secretsPerNamespace: 9, secretsPerRelease: 9, bytesPerNamespace: 1Ki}") +
    document("b", "  mode: Warn\n  limits: {secretsPerCluster: 9}");

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

// `json` as an API server sends it. Source: Go's encoding/json, which escapes these in every string.
inline std::string as_sent(std::string_view json) {
  static constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {{"<", "\\u003c"},
                                                                               {">", "\\u003e"},
                                                                               {"&", "\\u0026"},
                                                                               {"\xE2\x80\xA8", "\\u2028"},
                                                                               {"\xE2\x80\xA9", "\\u2029"}};
  std::string sent;
  while (!json.empty()) {
    const auto plain = std::min(json.find_first_of("<>&\xE2"), json.size());
    sent += json.substr(0, plain);
    json.remove_prefix(plain);
    const auto* found =
        std::ranges::find_if(kEscapes, [json](const auto& escape) { return json.starts_with(escape.first); });
    const bool escaped = found != std::end(kEscapes);
    sent += escaped ? found->second : json.substr(0, 1);
    json.remove_prefix(escaped ? found->first.size() : std::min<std::size_t>(json.size(), 1));
  }
  return sent;
}

}  // namespace hygiene::counting::test
