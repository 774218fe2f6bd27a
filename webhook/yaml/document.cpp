#include "yaml/document.hpp"

#include <algorithm>
#include <string_view>

namespace hygiene::yaml {
namespace {

bool is_marker(std::string_view line, std::string_view marker) {
  if (!line.starts_with(marker)) return false;
  return line.size() == marker.size() ||
         std::string_view(" \t\r\n").find(line[marker.size()]) != std::string_view::npos;
}

// Control characters, and bytes that no UTF-8 text holds. yaml-cpp takes byte 4 for the end of its input and
// bytes 0, FE and FF for a sign of UTF-16, and would pass over what follows without a word.
bool is_forbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20) return c != '\t' && c != '\n' && c != '\r';
  return byte == 0x7F || byte == 0xC0 || byte == 0xC1 || byte >= 0xF5;
}

}  // namespace

bool Document::ends_here() {
  if (last_line_) return true;
  const std::string_view line = source_.ahead(4);
  if (is_marker(line, "---") && !first_line_) return true;
  last_line_ = is_marker(line, "...");
  first_line_ = false;
  return false;
}

std::size_t Document::fill() {
  std::size_t filled = 0;
  while (filled < window_.size()) {
    if (ended_ || (line_begins_ && ends_here())) {
      ended_ = true;
      break;
    }
    std::string_view piece = source_.ahead().substr(0, window_.size() - filled);
    if (piece.empty()) {
      ended_ = true;
      break;
    }
    const std::size_t newline = piece.find('\n');
    line_begins_ = newline != std::string_view::npos;
    if (line_begins_) piece = piece.substr(0, newline + 1);
    const auto bad = forbidden_byte_ ? piece.end() : std::find_if(piece.begin(), piece.end(), is_forbidden);
    const bool cut = bad != piece.end();
    if (cut) {
      line_begins_ = false;
      piece = piece.substr(0, static_cast<std::size_t>(bad - piece.begin()));
    }
    std::copy(piece.begin(), piece.end(), window_.begin() + static_cast<std::ptrdiff_t>(filled));
    filled += piece.size();
    source_.consume(piece.size());
    if (cut) {
      forbidden_byte_ = source_.where();
      break;
    }
  }
  return filled;
}

Document::int_type Document::underflow() {
  if (forbidden_byte_) return traits_type::eof();
  std::size_t filled = fill();
  if (filled > 0) {
    last_byte_ = window_[filled - 1];
  } else if (!forbidden_byte_ && !closed_) {
    filled = close();
  }
  if (filled == 0) return traits_type::eof();
  setg(window_.data(), window_.data(), window_.data() + filled);
  return traits_type::to_int_type(window_[0]);
}

// yaml-cpp takes a quoted scalar that the input's end cuts for a whole one; within it the end of a document
// is an error. kubectl too ends a last line that has no end.
std::size_t Document::close() {
  closed_ = true;
  const std::string_view end = last_byte_ == '\n' ? "...\n" : "\n...\n";
  std::copy(end.begin(), end.end(), window_.begin());
  return end.size();
}

void Document::skip_rest() {
  while (!ended_) fill();
}

}  // namespace hygiene::yaml
