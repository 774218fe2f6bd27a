#include "secret/label_selector.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/enum_names.hpp"

namespace hygiene::secret {
namespace {

constexpr std::size_t kNameBytesMax = 63;
constexpr std::size_t kPrefixBytesMax = 253;

using base::is_alphanumeric;

bool is_lower_alphanumeric(char c) {
  return base::is_lower(c) || base::is_digit(c);
}

// At most 63 of [A-Za-z0-9._-], alphanumeric at both ends.
bool is_qualified_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) && std::ranges::all_of(text, [](char c) {
           return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
         });
}

}  // namespace

bool is_dns_subdomain(std::string_view text) {
  if (text.empty() || text.size() > kPrefixBytesMax) return false;
  char previous = '.';
  for (const char c : text) {
    const bool separator = c == '.' || c == '-';
    if (!separator && !is_lower_alphanumeric(c)) return false;
    // A part begins and ends with a letter or a digit.
    if (c == '.' && !is_lower_alphanumeric(previous)) return false;
    if (c == '-' && previous == '.') return false;
    previous = c;
  }
  return is_lower_alphanumeric(previous);
}

bool is_label_key(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return is_qualified_name(key);
  return is_dns_subdomain(key.substr(0, slash)) && is_qualified_name(key.substr(slash + 1));
}

bool is_label_value(std::string_view value) {
  return value.empty() || is_qualified_name(value);
}

std::string_view to_string(LabelOperator op) {
  return base::name_of<LabelOperator::does_not_exist>(op, {"In", "NotIn", "Exists", "DoesNotExist"});
}

bool LabelRequirement::matches(const Labels& labels) const {
  const std::string* value = labels.find(key);
  switch (op) {
    case LabelOperator::in:
      return value != nullptr && std::ranges::find(values, *value) != values.end();
    case LabelOperator::not_in:
      return value == nullptr || std::ranges::find(values, *value) == values.end();
    case LabelOperator::exists:
      return value != nullptr;
    case LabelOperator::does_not_exist:
      return value == nullptr;
  }
  return false;
}

bool LabelSelector::matches(const Labels& labels) const {
  return std::ranges::all_of(requirements,
                             [&labels](const LabelRequirement& each) { return each.matches(labels); });
}

}  // namespace hygiene::secret
