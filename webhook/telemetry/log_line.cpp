#include "telemetry/log_line.hpp"

#include <array>
#include <iterator>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/rfc3339.hpp"
#include "base/utf8.hpp"
#include "json/writer.hpp"

namespace hygiene::telemetry {
namespace {

// `text` with control characters, and inside quotes also `"` and `\`, escaped.
std::string escape(std::string_view text, bool quoted) {
  std::string escaped;
  for (const char c : base::to_utf8(text)) {
    if (c == '\n') {
      escaped += "\\n";
    } else if (base::is_control(c)) {
      fmt::format_to(std::back_inserter(escaped), "\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      if (quoted && (c == '"' || c == '\\')) escaped += '\\';
      escaped += c;
    }
  }
  return escaped;
}

struct TextValue {
  std::string operator()(std::string_view text) const {
    const bool bare = !text.empty() && text.find_first_of(" =\"\\") == std::string_view::npos;
    return bare ? escape(text, false) : '"' + escape(text, true) + '"';
  }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  template <class Number>
  std::string operator()(Number number) const {
    return fmt::to_string(number);
  }
};

std::string_view padded(Level level) {
  static constexpr std::array<std::string_view, 4> kWords{"DEBUG", "INFO ", "WARN ", "ERROR"};
  return kWords[static_cast<std::size_t>(level)];
}

}  // namespace

std::string rfc3339(std::chrono::system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time - seconds).count();
  std::string text = base::to_rfc3339(seconds);
  text.pop_back();
  return text + fmt::format(".{:03}Z", milliseconds);
}

std::string json_line(const Entry& entry) {
  json::Writer json;
  json.object([&] {
    json.field("time", rfc3339(entry.time));
    json.field("level", to_string(entry.level));
    json.field("message", entry.message);
    for (const Field& field : entry.fields) {
      json.key(field.key);
      std::visit([&json](const auto& value) { json.value(value); }, field.value);
    }
  });
  return json.take();
}

std::string text_line(const Entry& entry) {
  std::string line =
      fmt::format("{} {} {}", rfc3339(entry.time), padded(entry.level), escape(entry.message, false));
  for (const Field& field : entry.fields) {
    line += ' ' + escape(field.key, false) + '=' + std::visit(TextValue{}, field.value);
  }
  return line;
}

}  // namespace hygiene::telemetry
