#include "policy/displayed_text.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace hygiene::policy {
namespace {

// Bytes of the control character at the front of `text`: C0, DEL, C1, and the line ends of Unicode; 0 if it
// is none.
std::size_t control_bytes(std::string_view text) {
  const auto byte = [text](std::size_t at) {
    return static_cast<unsigned char>(at < text.size() ? text[at] : 0);
  };
  if (base::is_control(text.front())) return 1;
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) return 2;
  if (byte(0) == 0xE2 && byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9)) return 3;
  return 0;
}

}  // namespace

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

std::string shown(std::string_view text, std::size_t bytes_max) {
  return without_controls(base::truncate_utf8(text, bytes_max), '?');
}

std::string reference(const secret::Facts& object) {
  std::string name = shown(object.name);
  if (name.empty()) name = shown(object.generate_name) + "…";
  if (object.namespace_name.empty()) return name;
  return shown(object.namespace_name) + "/" + name;
}

}  // namespace hygiene::policy
