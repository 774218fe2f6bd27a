#include "policy/pattern.hpp"

#include <algorithm>
#include <string>

#include "base/ascii.hpp"
#include "secret/label_selector.hpp"

namespace hygiene::policy {
namespace {

constexpr std::size_t kNamespaceBytesMax = 63;
constexpr std::string_view kServiceAccount = "system:serviceaccount:";
constexpr std::string_view kServiceAccounts = "system:serviceaccounts:";
constexpr std::string_view kWhatAGlobIs =
    "; a pattern is a glob, not a regular expression: * is any run of characters, ? is any one";

// The shortest text of DNS characters that `pattern` matches, legal if any is: each ? is a letter, and each
// run of * is one where - and . could not stand side by side or at an end, else nothing.
std::string shortest_match(std::string_view pattern) {
  std::string text;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '*') {
      text += pattern[at] == '?' ? 'a' : pattern[at];
      continue;
    }
    const char next = at + 1 < pattern.size() ? pattern[at + 1] : '\0';
    if (next == '*') continue;
    const bool fits =
        (!text.empty() && base::is_alphanumeric(text.back())) || next == '?' || base::is_alphanumeric(next);
    if (!fits) text += 'a';
  }
  return text;
}

bool can_be_name(std::string_view pattern) {
  return secret::is_dns_subdomain(shortest_match(pattern));
}

bool can_be_namespace(std::string_view pattern) {
  const std::string text = shortest_match(pattern);
  return secret::is_dns_subdomain(text) && text.find('.') == std::string::npos &&
         text.size() <= kNamespaceBytesMax;
}

// Whether `pattern` can match NAMESPACE:NAME. The colon is one of the pattern's, or is among what a * or ?
// matches.
bool can_be_service_account(std::string_view pattern) {
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (std::string_view(":*?").find(pattern[at]) == std::string_view::npos) continue;
    const std::string star(pattern[at] == '*' ? "*" : "");
    if (can_be_namespace(std::string(pattern.substr(0, at)) + star) &&
        can_be_name(star + std::string(pattern.substr(at + 1))))
      return true;
  }
  return false;
}

// What regular expressions hold and names hardly ever: ^ in front, (a|b), and .* or .+. A type such as
// helm.sh/release.v1 does match release.*: there a dot is a sign only where no letter or digit is before it.
bool looks_like_regex(std::string_view text, bool dots_are_common) {
  if (text.starts_with('^')) return true;
  const auto open = text.find('(');
  const auto bar = text.find('|', std::min(open, text.size()));
  if (text.find(')', std::min(bar, text.size())) != std::string_view::npos) return true;
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    if (text[at] != '.' || (text[at + 1] != '*' && text[at + 1] != '+')) continue;
    if (!dots_are_common || at == 0 || !base::is_alphanumeric(text[at - 1])) return true;
  }
  return false;
}

// Empty, or why no text of that kind matches.
std::string_view why_nothing_matches(PatternOf of, std::string_view text) {
  switch (of) {
    case PatternOf::names:
      if (can_be_name(text)) return {};
      return "no Secret can have such a name: at most 253 lower-case letters, digits, - and ., a letter or "
             "digit at both ends and beside each dot";
    case PatternOf::namespaces:
      if (can_be_namespace(text)) return {};
      return "no namespace can have such a name: at most 63 lower-case letters, digits and -, a letter or "
             "digit at both ends";
    case PatternOf::users:
      if (!text.starts_with(kServiceAccount)) break;
      if (can_be_service_account(text.substr(kServiceAccount.size()))) return {};
      return "no service account can have such a user name: it is system:serviceaccount:NAMESPACE:NAME, in "
             "lower case";
    case PatternOf::groups:
      if (!text.starts_with(kServiceAccounts)) break;
      if (can_be_namespace(text.substr(kServiceAccounts.size()))) return {};
      return "no service accounts can have such a group: it is system:serviceaccounts:NAMESPACE, in lower "
             "case";
    case PatternOf::types:
      break;
  }
  if (text.starts_with(' ') || text.ends_with(' ')) return "begins or ends with a blank";
  if (looks_like_regex(text, of == PatternOf::types))
    return "looks like a regular expression (for a dot with anything behind it write .?*)";
  return {};
}

}  // namespace

Result<base::Glob> parse_pattern(PatternOf of, std::string_view text) {
  auto glob = base::Glob::parse(text);
  if (!glob) return glob;
  const auto why = why_nothing_matches(of, text);
  if (why.empty()) return glob;
  return Error(Errc::invalid, std::string(why) + std::string(kWhatAGlobIs));
}

}  // namespace hygiene::policy
