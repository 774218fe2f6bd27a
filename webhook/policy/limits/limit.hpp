// What a limit is: its name in documents and metrics, what it measures, and in which scope. One file a limit
// beside this one opens with its specification; what it does not give is as below. Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "policy/document.hpp"
#include "secret/facts.hpp"

namespace hygiene::policy {

enum class Unit { bytes, count };

// What a limit holds for: one Secret, or all Secrets together that a policy matches in a namespace, in a
// release or in the cluster.
enum class ScopeKind : std::uint8_t { secret, name_space, release, cluster };

struct LimitRule {
  LimitKind kind{};  // its place in limit_rules()
  ScopeKind scope = ScopeKind::secret;
  std::string_view name;  // e.g. bytesPerSecret
  Unit unit = Unit::bytes;
  std::string_view noun;  // what is measured, as in "900Ki of data"
  // Of one Secret as its users wrote it (Ownership); null in the other scopes.
  std::uint64_t (*measure)(const secret::Facts&) = nullptr;
  // What of it an UPDATE must not make larger where the stored Secret breaks the limit too; null: what is
  // measured.
  std::uint64_t (*growth)(const secret::Facts&) = nullptr;
  std::uint64_t minimum = 1;  // the least value that a document may give
  bool of_keys = false;       // what breaks it is found in the largest keys, which a denial then names

  bool across_secrets() const { return scope != ScopeKind::secret; }
  bool sums_bytes() const { return across_secrets() && unit == Unit::bytes; }
};

// All rules, by LimitKind.
std::span<const LimitRule> limit_rules();
const LimitRule& limit_rule(LimitKind kind);

}  // namespace hygiene::policy
