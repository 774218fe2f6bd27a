// What a limit is: its name in documents and metrics, what it measures, and across what. One file a limit
// beside this one opens with its specification.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "policy/document.hpp"
#include "secret/facts.hpp"

namespace hygiene::policy {

enum class Unit { bytes, count };

struct LimitRule {
  LimitKind kind{};
  std::string_view name;  // e.g. bytesPerSecret
  Unit unit = Unit::bytes;
  std::string_view noun;  // what is measured, as in "900Ki of data"
  // Of one Secret; null for limits across Secrets.
  std::uint64_t (*measure)(const secret::Facts&) = nullptr;
  // What of it an UPDATE must not make larger where the stored Secret breaks the limit too; null: what is
  // measured.
  std::uint64_t (*growth)(const secret::Facts&) = nullptr;
  std::uint64_t minimum = 0;  // the least value that a document may give
};

// All rules, by LimitKind.
std::span<const LimitRule> limit_rules();
const LimitRule& limit_rule(LimitKind kind);

}  // namespace hygiene::policy
