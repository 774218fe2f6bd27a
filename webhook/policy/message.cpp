#include "policy/message.hpp"

#include <algorithm>
#include <array>

#include "base/quantity.hpp"
#include "base/utf8.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::policy {
namespace {

constexpr std::size_t kKeysShownMax = 3;
// A legal name is shown whole; an illegal one (/mutate sees objects before they are validated) may have
// megabytes.
constexpr std::size_t kNameShownBytesMax = 253;
// Keys are only there to be recognised.
constexpr std::size_t kKeyShownBytesMax = 64;

// Bytes of the control character at the front of `text`: C0, DEL, C1, and the line ends of Unicode; 0 if it
// is none.
std::size_t control_bytes(std::string_view text) {
  const auto byte = [text](std::size_t at) {
    return static_cast<unsigned char>(at < text.size() ? text[at] : 0);
  };
  if (byte(0) < 0x20 || byte(0) == 0x7f) return 1;
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) return 2;
  if (byte(0) == 0xE2 && byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9)) return 3;
  return 0;
}

std::string without_controls(std::string_view text, char substitute) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto control = control_bytes(text);
    result += control > 0 ? substitute : text.front();
    text.remove_prefix(std::max<std::size_t>(control, 1));
  }
  return result;
}

std::string shown_name(std::string_view name, std::size_t bytes_max) {
  return without_controls(base::truncate_utf8(name, bytes_max), '?');
}

std::string reference(const secret::Facts& object) {
  std::string name = shown_name(object.name, kNameShownBytesMax);
  if (name.empty()) name = shown_name(object.generate_name, kNameShownBytesMax) + "…";
  if (object.namespace_name.empty()) return name;
  return shown_name(object.namespace_name, kNameShownBytesMax) + "/" + name;
}

// "900Ki of data exceeds bytesPerSecret 768Ki".
std::string comparison(const Violation& violation) {
  const auto& rule = limit_rule(violation.limit);
  std::string measured;
  std::string allowed;
  if (rule.unit == Unit::bytes) {
    measured = base::format_bytes(violation.measured);
    allowed = base::format_bytes(violation.allowed);
    // One byte too many must not read as "768Ki exceeds 768Ki".
    if (measured == allowed) {
      measured = std::to_string(violation.measured) + " bytes";
      allowed = std::to_string(violation.allowed) + " bytes";
    }
    measured.append(" of ").append(rule.noun).append(" exceeds ");
  } else {
    measured = std::to_string(violation.measured);
    measured.append(" ").append(rule.noun).append(violation.measured == 1 ? " exceeds " : " exceed ");
    allowed = std::to_string(violation.allowed);
  }
  return measured.append(rule.name).append(" ").append(allowed);
}

bool is_about_data(LimitKind limit) {
  static constexpr std::array kAboutData{LimitKind::bytes_per_secret, LimitKind::bytes_per_object,
                                         LimitKind::bytes_per_key, LimitKind::keys_per_secret};
  return std::ranges::find(kAboutData, limit) != kAboutData.end();
}

std::string largest_keys(const secret::Facts& object) {
  if (object.largest_keys.empty()) return {};
  std::string text = " (largest keys: ";
  const auto shown = std::min(object.largest_keys.size(), kKeysShownMax);
  for (std::size_t index = 0; index < shown; ++index) {
    const auto& key = object.largest_keys[index];
    if (index > 0) text += ", ";
    text.append(shown_name(key.name, kKeyShownBytesMax)).append(" ").append(base::format_bytes(key.bytes));
  }
  return text.append(")");
}

}  // namespace

std::string describe(const Violation& violation, const Request& request) {
  std::string text = "policy \"" + violation.policy->name + "\": " + comparison(violation) + ": Secret " +
                     reference(*request.object);
  if (is_about_data(violation.limit)) text += largest_keys(*request.object);
  if (violation.policy->message.empty()) return text;
  return text.append(". ").append(without_controls(violation.policy->message, ' '));
}

std::string as_warning(std::string_view text) {
  return base::truncate_utf8(without_controls(text, ' '), kWarningBytesMax);
}

}  // namespace hygiene::policy
