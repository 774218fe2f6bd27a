#include "policy/message.hpp"

#include <algorithm>

#include "base/quantity.hpp"
#include "base/utf8.hpp"
#include "policy/displayed_text.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::policy {
namespace {

constexpr std::size_t kKeysShownMax = 3;
// Keys are only there to be recognised.
constexpr std::size_t kKeyShownBytesMax = 64;

std::string largest_keys(const secret::Facts& object) {
  if (object.largest_keys.empty()) return {};
  std::string text = " (largest keys: ";
  const auto count = std::min(object.largest_keys.size(), kKeysShownMax);
  for (std::size_t index = 0; index < count; ++index) {
    const auto& key = object.largest_keys[index];
    if (index > 0) text += ", ";
    text.append(shown(key.name, kKeyShownBytesMax)).append(" ").append(base::format_bytes(key.bytes));
  }
  return text.append(")");
}

}  // namespace

std::string comparison(LimitKind limit, std::uint64_t measured, std::uint64_t allowed) {
  const auto& rule = limit_rule(limit);
  std::string found;
  std::string most;
  if (rule.unit == Unit::bytes) {
    found = base::format_bytes(measured);
    most = base::format_bytes(allowed);
    // One byte too many must not read as "768Ki exceeds 768Ki".
    if (found == most) {
      found = std::to_string(measured) + " bytes";
      most = std::to_string(allowed) + " bytes";
    }
    found.append(" of ").append(rule.noun).append(" exceeds ");
  } else {
    found = std::to_string(measured);
    found.append(" ").append(rule.noun).append(measured == 1 ? " exceeds " : " exceed ");
    most = std::to_string(allowed);
  }
  return found.append(rule.name).append(" ").append(most);
}

std::string describe(const std::vector<const Violation*>& broken, const Request& request) {
  std::string text = "policy \"" + broken.front()->policy->name + "\": ";
  bool of_keys = false;
  for (const Violation* violation : broken) {
    if (violation != broken.front()) text += ", ";
    text += comparison(violation->limit, violation->measured, violation->allowed);
    of_keys = of_keys || limit_rule(violation->limit).of_keys;
  }
  text += ": Secret " + reference(*request.object);
  return of_keys ? text + largest_keys(*request.object) : text;
}

std::string with_advice(std::string facts, const Policy& policy) {
  if (policy.message.empty()) return facts;
  return facts.append(". ").append(without_controls(policy.message, ' '));
}

std::string as_warning(std::string_view text) {
  return base::truncate_utf8(without_controls(text, ' '), kWarningBytesMax);
}

}  // namespace hygiene::policy
