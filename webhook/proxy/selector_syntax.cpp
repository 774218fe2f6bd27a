#include "proxy/selector_syntax.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "secret/label_selector.hpp"

namespace hygiene::proxy {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kMarks = "=!(),<>";

bool is_mark(std::string_view lexeme) {
  return !lexeme.empty() && kMarks.find(lexeme.front()) != std::string_view::npos;
}

std::vector<std::string_view> lexemes_of(std::string_view text) {
  std::vector<std::string_view> lexemes;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    if (text.empty()) return lexemes;
    std::size_t size = 1;
    if (text.starts_with("==") || text.starts_with("!=")) {
      size = 2;
    } else if (!is_mark(text)) {
      size = std::min(text.find_first_of(" \t\r\n=!(),<>"), text.size());
    }
    lexemes.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
}

// The requirements of a label selector, one after the other.
class LabelSyntax {
 public:
  explicit LabelSyntax(std::string_view text) : text_(text), lexemes_(lexemes_of(text)) {}

  Result<void> check() {
    if (here().empty()) return {};
    for (;;) {
      if (auto read = requirement(); !read) return read;
      if (here().empty()) return {};
      if (!take(",")) return expected("a comma or the end");
    }
  }

 private:
  std::string_view here() const { return at_ < lexemes_.size() ? lexemes_[at_] : std::string_view(); }

  bool take(std::string_view lexeme) {
    if (here() != lexeme) return false;
    ++at_;
    return true;
  }

  bool take_any(std::initializer_list<std::string_view> lexemes) {
    return std::any_of(lexemes.begin(), lexemes.end(), [this](std::string_view each) { return take(each); });
  }

  Result<void> requirement() {
    const bool absent = take("!");
    if (!secret::is_label_key(here())) return expected("a label key");
    ++at_;
    if (absent || here().empty() || here() == ",") return {};
    if (take_any({"in", "notin"})) return value_set();
    if (take_any({"=", "==", "!="})) return here().empty() || here() == "," ? Result<void>() : value();
    if (take_any({"<", ">"})) return number();
    return expected("=, !=, in, notin, a comma or the end");
  }

  Result<void> value() {
    if (here().empty() || !secret::is_label_value(here())) return expected("a label's value");
    ++at_;
    return {};
  }

  Result<void> number() {
    std::int64_t number = 0;
    const std::string_view text = here();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return expected("a whole number");
    return value();
  }

  // A value that is left out is the empty one.
  Result<void> value_set() {
    if (!take("(")) return expected("values in brackets");
    while (!take(")")) {
      if (take(",")) continue;
      if (auto read = value(); !read) return read;
      if (here() != "," && here() != ")") return expected("a comma or a closing bracket");
    }
    return {};
  }

  Error expected(std::string_view what) const {
    const std::string place = here().empty() ? "at the end" : "at \"" + std::string(here()) + '"';
    return Error(Errc::invalid, "\"" + std::string(text_) + "\" is no label selector: " + place +
                                    " there must be " + std::string(what) +
                                    "; one is !secret-hygiene.io/ignore");
  }

  std::string_view text_;
  std::vector<std::string_view> lexemes_;
  std::size_t at_ = 0;
};

// A comma, an equals sign or a backslash in a value must have a backslash before it.
bool is_field_value(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '=' || text[at] == ',') return false;
    if (text[at] != '\\') continue;
    ++at;
    if (at == text.size() || std::string_view("\\,=").find(text[at]) == std::string_view::npos) return false;
  }
  return true;
}

bool is_field_term(std::string_view term) {
  static constexpr std::array<std::string_view, 3> kFields{"metadata.name", "metadata.namespace", "type"};
  const std::size_t mark = std::min(term.find_first_of("=!"), term.size());
  if (std::find(kFields.begin(), kFields.end(), term.substr(0, mark)) == kFields.end()) return false;
  term.remove_prefix(mark);
  const bool two = term.starts_with("!=") || term.starts_with("==");
  return (two || term.starts_with('=')) && is_field_value(term.substr(two ? 2 : 1));
}

}  // namespace

Result<void> check_label_selector(std::string_view selector) {
  return LabelSyntax(selector).check();
}

Result<void> check_field_selector(std::string_view selector) {
  for (const std::string_view term : field_terms(selector)) {
    if (term.empty() || is_field_term(term)) continue;
    return Error(Errc::invalid,
                 "\"" + std::string(term) +
                     "\" is no term of a field selector of Secrets: give type, metadata.name or "
                     "metadata.namespace, then = or !=, and a value; one is "
                     "type!=helm.sh/release.v1");
  }
  return {};
}

std::vector<std::string_view> field_terms(std::string_view selector) {
  std::vector<std::string_view> terms;
  std::size_t begin = 0;
  bool escaped = false;
  for (std::size_t at = 0; at < selector.size(); ++at) {
    if (escaped) {
      escaped = false;
    } else if (selector[at] == '\\') {
      escaped = true;
    } else if (selector[at] == ',') {
      terms.push_back(selector.substr(begin, at - begin));
      begin = at + 1;
    }
  }
  terms.push_back(selector.substr(begin));
  return terms;
}

}  // namespace hygiene::proxy
