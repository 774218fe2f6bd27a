#include "yaml/document.hpp"

#include <algorithm>
#include <string_view>

namespace hygiene::yaml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kDocumentStart = "---";
constexpr std::string_view kDocumentEnd = "...";

// How far a marker's line is looked at; blanks beyond it are taken for the rest of the line.
constexpr std::size_t kMarkerLineBytes = 256;

// yaml-cpp does not complain of a last line without a colon, a key that nothing proves to be one, unless a
// comment follows; nor of a quoted scalar that its input's end cuts, unless the document ends within it.
constexpr std::string_view kClosing = "\n#\n...\n";

bool is_marker(std::string_view line, std::string_view marker) {
  if (!line.starts_with(marker)) return false;
  return line.size() == marker.size() ||
         std::string_view(" \t\r\n").find(line[marker.size()]) != std::string_view::npos;
}

// `...` with nothing behind it but a comment: other text is for yaml-cpp to refuse.
bool is_end_marker(std::string_view line) {
  if (!is_marker(line, kDocumentEnd)) return false;
  const std::size_t behind = line.find_first_not_of(" \t", kDocumentEnd.size());
  return behind == std::string_view::npos ||
         std::string_view("#\r\n").find(line[behind]) != std::string_view::npos;
}

// Control characters, and bytes that no UTF-8 text holds. yaml-cpp takes byte 4 for the end of its input and
// bytes 0, FE and FF for a sign of UTF-16, and would pass over what follows without a word.
bool is_forbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20) return c != '\t' && c != '\n' && c != '\r';
  return byte == 0x7F || byte == 0xC0 || byte == 0xC1 || byte >= 0xF5;
}

}  // namespace

void Document::skip_byte_order_mark() {
  const std::string_view ahead = source_.ahead(kByteOrderMark.size() + kDocumentStart.size() + 1);
  if (!ahead.starts_with(kByteOrderMark)) return;
  if (begins_ || is_marker(ahead.substr(kByteOrderMark.size()), kDocumentStart))
    source_.consume(kByteOrderMark.size());
}

bool Document::ends_here() {
  if (last_line_) return true;
  skip_byte_order_mark();
  const std::string_view line = source_.ahead(kMarkerLineBytes);
  const bool starts = is_marker(line, kDocumentStart);
  if (starts && !first_line_) return true;
  begins_ = first_line_ && starts;
  first_line_ = false;
  last_line_ = is_end_marker(line);
  return false;
}

std::size_t Document::fill() {
  std::size_t filled = 0;
  // One byte is left for the comment in place of a marker.
  while (filled + 1 < window_.size()) {
    if (ended_ || (line_begins_ && ends_here())) {
      ended_ = true;
      break;
    }
    if (line_begins_ && last_line_) window_[filled++] = '#';  // a comment, as kClosing has it
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
  template_mark_ =
      template_mark_ || std::string_view(window_.data(), filled).find("{{") != std::string_view::npos;
  return filled;
}

Document::int_type Document::underflow() {
  if (forbidden_byte_) return traits_type::eof();
  std::size_t filled = fill();
  if (filled > 0) last_byte_ = window_[filled - 1];
  // In the same window where it has room: yaml-cpp puts the first bytes of a document back.
  if (ended_ && !forbidden_byte_ && !closed_ && window_.size() - filled >= kClosing.size()) {
    filled = close(filled);
  }
  if (filled == 0) return traits_type::eof();
  setg(window_.data(), window_.data(), window_.data() + filled);
  return traits_type::to_int_type(window_[0]);
}

// kubectl too ends a last line that has no end.
std::size_t Document::close(std::size_t filled) {
  closed_ = true;
  const std::string_view closing = last_byte_ == '\n' ? kClosing.substr(1) : kClosing;
  std::copy(closing.begin(), closing.end(), window_.begin() + static_cast<std::ptrdiff_t>(filled));
  return filled + closing.size();
}

void Document::skip_rest() {
  while (!ended_) fill();
}

}  // namespace hygiene::yaml
