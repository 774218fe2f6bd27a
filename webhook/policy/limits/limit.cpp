#include "policy/limits/limit.hpp"

#include <array>

#include "policy/limits/all_limits.hpp"

namespace hygiene::policy {
namespace {

using Rules = std::array<LimitRule, kLimitKinds>;

Rules numbered(Rules rules) {
  for (std::size_t i = 0; i < rules.size(); ++i) rules[i].kind = static_cast<LimitKind>(i);
  return rules;
}

}  // namespace

std::span<const LimitRule> limit_rules() {
  static const std::array rules = numbered({{
      limits::bytes_per_secret(),
      limits::bytes_per_object(),
      limits::annotation_bytes(),
      limits::bytes_per_key(),
      limits::keys_per_secret(),
      limits::secrets_per_namespace(),
      limits::secrets_per_release(),
      limits::bytes_per_namespace(),
      limits::secrets_per_cluster(),
      limits::bytes_per_cluster(),
  }});
  return rules;
}

const LimitRule& limit_rule(LimitKind kind) {
  return limit_rules()[static_cast<std::size_t>(kind)];
}

}  // namespace hygiene::policy
