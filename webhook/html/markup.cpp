#include "html/markup.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace hygiene::html {
namespace {

// U+FFFE or U+FFFF, which no XML may hold.
bool is_noncharacter(std::string_view text, std::size_t at) {
  return text[at] == '\xEF' && text[at + 1] == '\xBF' && static_cast<unsigned char>(text[at + 2]) >= 0xBE;
}

// The second byte of a control character of U+0080 to U+009F, whose first is C2.
bool is_c1(std::string_view text, std::size_t at) {
  return text[at] == '\xC2' && static_cast<unsigned char>(text[at + 1]) < 0xA0;
}

}  // namespace

void Markup::text(std::string_view text) {
  const std::string valid = base::to_utf8(text);
  for (std::size_t at = 0; at < valid.size(); ++at) {
    const char c = valid[at];
    if (c == '&') {
      out_ << "&amp;";
    } else if (c == '<') {
      out_ << "&lt;";
    } else if (c == '>') {
      out_ << "&gt;";
    } else if (c == '"') {
      out_ << "&quot;";
    } else if (c == '\'') {
      out_ << "&#39;";
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out_ << ' ';
    } else if (base::is_control(c)) {
      out_ << base::kReplacement;
    } else if (is_c1(valid, at)) {
      out_ << base::kReplacement;
      ++at;
    } else if (is_noncharacter(valid, at)) {
      out_ << base::kReplacement;
      at += 2;
    } else {
      out_ << c;
    }
  }
}

void Markup::single(std::string_view name, Attributes attributes) {
  begin(name, attributes);
  out_ << "/>";
}

void Markup::begin(std::string_view name, Attributes attributes) {
  out_ << '<' << name;
  for (const Attribute& attribute : attributes) {
    out_ << ' ' << attribute.name << "=\"";
    text(attribute.value);
    out_ << '"';
  }
}

void Markup::open(std::string_view name, Attributes attributes) {
  begin(name, attributes);
  out_ << '>';
}

void Markup::close(std::string_view name) {
  out_ << "</" << name << '>';
}

}  // namespace hygiene::html
