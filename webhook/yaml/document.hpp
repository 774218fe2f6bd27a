// One YAML document of a stream as a streambuf of its own, for a parser that knows no bounds of documents.
// Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <optional>
#include <streambuf>

#include "base/error.hpp"
#include "json/byte_source.hpp"

namespace hygiene::yaml {

class Document final : public std::streambuf {
 public:
  // Begins where `source` stands.
  explicit Document(json::ByteSource& source) : source_(source) {}

  // Passes over what was not read of the document.
  void skip_rest();
  // True if `{{` stood in what was read: the mark of a template of Helm and others.
  bool has_template_mark() const { return template_mark_; }
  // Where a byte stands that no YAML text may hold (YAML 1.2 section 5.1); the document ends there.
  const std::optional<base::Position>& forbidden_byte() const { return forbidden_byte_; }

 protected:
  int_type underflow() override;

 private:
  // True if the document ends before the line that begins here.
  bool ends_here();
  // Passes over a byte order mark where one may stand: at the start of the document.
  void skip_byte_order_mark();
  // Moves the next bytes of the document into the window; how many.
  std::size_t fill();
  // Adds the end of the document to `filled` bytes of the window; how many there are then.
  std::size_t close(std::size_t filled);

  json::ByteSource& source_;
  std::array<char, 4096> window_{};
  bool first_line_ = true;
  bool begins_ = true;  // nothing but a line `---` was read
  bool line_begins_ = true;
  bool last_line_ = false;
  bool ended_ = false;
  bool closed_ = false;
  bool template_mark_ = false;
  char last_byte_ = '\n';
  std::optional<base::Position> forbidden_byte_;
};

}  // namespace hygiene::yaml
