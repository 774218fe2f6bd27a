#include "housekeeping/export/cel_text.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace hygiene::housekeeping {
namespace {

std::string join(const std::vector<std::string>& terms, std::string_view operation, std::string_view none) {
  if (terms.empty()) return std::string(none);
  if (terms.size() == 1) return terms.front();
  std::string text = "(";
  for (const std::string& term : terms) {
    if (&term != &terms.front()) text.append(operation);
    text += term;
  }
  return text + ")";
}

// The pattern as an expression of RE2 for the whole text.
std::string regular_expression(std::string_view pattern) {
  std::string text = "(?s)^";
  for (const char c : pattern) {
    if (c == '*') {
      text += ".*";
    } else if (c == '?') {
      text += '.';
    } else {
      if (std::string_view(".+()|^$").find(c) != std::string_view::npos) text += '\\';
      text += c;
    }
  }
  return text + "$";
}

// True where `text` holds `variables.NAME`, and not a longer name.
bool uses(std::string_view text, const std::string& name) {
  const std::string reference = "variables." + name;
  for (auto at = text.find(reference); at != std::string_view::npos; at = text.find(reference, at + 1)) {
    const auto end = at + reference.size();
    if (end == text.size() || (!base::is_alphanumeric(text[end]) && text[end] != '_')) return true;
  }
  return false;
}

}  // namespace

std::string cel_string(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (base::is_control(c)) {
      const auto byte = static_cast<unsigned char>(c);
      quoted += "\\x" + base::to_hex({&byte, 1});
      continue;
    }
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string cel_list(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (&text != &texts.front()) list += ", ";
    list += cel_string(text);
  }
  return list + "]";
}

std::string any_of(const std::vector<std::string>& terms) {
  return join(terms, " || ", "false");
}

std::string all_of(const std::vector<std::string>& terms) {
  return join(terms, " && ", "true");
}

std::string matches_any_glob(const std::vector<base::Glob>& globs, const std::string& expression) {
  std::vector<std::string> literals;
  std::vector<std::string> terms;
  for (const base::Glob& glob : globs) {
    const std::string& pattern = glob.pattern();
    const auto wildcard = pattern.find_first_of("*?");
    if (wildcard == std::string::npos) {
      literals.push_back(pattern);
    } else if (pattern.find_first_not_of('*', wildcard) == std::string::npos) {
      const std::string prefix = pattern.substr(0, wildcard);
      terms.push_back(prefix.empty() ? "true" : expression + ".startsWith(" + cel_string(prefix) + ")");
    } else {
      terms.push_back("(size(" + expression + ") <= " + std::to_string(base::Glob::kTextBytesMax) + " && " +
                      expression + ".matches(" + cel_string(regular_expression(pattern)) + "))");
    }
  }
  if (!literals.empty()) terms.insert(terms.begin(), expression + " in " + cel_list(literals));
  return any_of(terms);
}

std::vector<CelVariable> used_variables(const std::vector<CelVariable>& variables,
                                        const std::vector<std::string>& expressions) {
  std::vector<CelVariable> used;
  // A variable uses only those before it.
  for (auto each = variables.rbegin(); each != variables.rend(); ++each) {
    const bool by_expression =
        std::ranges::any_of(expressions, [&each](const std::string& text) { return uses(text, each->name); });
    const bool by_variable = std::ranges::any_of(
        used, [&each](const CelVariable& later) { return uses(later.expression, each->name); });
    if (by_expression || by_variable) used.push_back(*each);
  }
  std::ranges::reverse(used);
  return used;
}

}  // namespace hygiene::housekeeping
