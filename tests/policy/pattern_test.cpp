#include "policy/pattern.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "secret/label_selector.hpp"

using namespace hygiene;
using namespace hygiene::policy;

namespace {

// Every text over `alphabet` of 1 to `length` characters.
std::vector<std::string> all_texts(const std::string& alphabet, std::size_t length) {
  std::vector<std::string> texts{""};
  for (std::size_t begin = 0; length > 0; --length) {
    const std::size_t end = texts.size();
    for (; begin < end; ++begin)
      for (const char c : alphabet) texts.push_back(texts[begin] + c);
  }
  texts.erase(texts.begin());
  return texts;
}

// A pattern is to be accepted where, and only where, it matches one of `texts`.
void check_against(PatternOf of, const std::string& prefix, const std::vector<std::string>& patterns,
                   const std::vector<std::string>& texts) {
  std::vector<std::string> wrong;
  for (const auto& pattern : patterns) {
    const auto glob = base::Glob::parse(pattern);
    const bool matches =
        std::ranges::any_of(texts, [&](const std::string& text) { return glob->matches(text); });
    if (parse_pattern(of, prefix + pattern).has_value() != matches) wrong.push_back(pattern);
  }
  CHECK(wrong == std::vector<std::string>{});
}

}  // namespace

TEST_CASE("A pattern for names or namespaces is accepted exactly where a legal name matches it") {
  // A shortest match is no longer than its pattern.
  const auto patterns = all_texts("a.-*?A", 5);
  std::vector<std::string> names;
  std::vector<std::string> namespaces;
  for (const auto& text : all_texts("a.-", 5)) {
    if (!secret::is_dns_subdomain(text)) continue;
    names.push_back(text);
    if (text.find('.') == std::string::npos) namespaces.push_back(text);
  }
  check_against(PatternOf::names, "", patterns, names);
  check_against(PatternOf::namespaces, "", patterns, namespaces);
  check_against(PatternOf::groups, "system:serviceaccounts:", patterns, namespaces);
}

TEST_CASE("A pattern for a service account is accepted exactly where one's user name matches it") {
  // A * that holds the colon may need a letter on each side of it: two more than the pattern has.
  constexpr std::size_t kPatternLength = 4;
  std::vector<std::string> accounts;
  const auto texts = all_texts("a.-", kPatternLength);
  for (const auto& name_space : texts) {
    if (!secret::is_dns_subdomain(name_space) || name_space.find('.') != std::string::npos) continue;
    for (const auto& name : texts) {
      if (!secret::is_dns_subdomain(name) || name_space.size() + 1 + name.size() > kPatternLength + 2)
        continue;
      accounts.push_back(name_space + ":" + name);
    }
  }
  check_against(PatternOf::users, "system:serviceaccount:", all_texts("a.-:*?", kPatternLength), accounts);
}

TEST_CASE("A pattern is refused where no text of its kind matches, and the message says what a glob is") {
  struct Case {
    PatternOf of;
    std::string pattern;
    std::string error;  // its beginning; empty: the pattern is good
  };
  const std::string label(63, 'a');
  const std::string name(253, 'a');
  const std::string no_name = "no Secret can have such a name: at most 253 lower-case letters";
  const std::string no_namespace = "no namespace can have such a name: at most 63 lower-case letters";
  const std::string regex = "looks like a regular expression (for a dot with anything behind it write .?*)";
  const std::string account = "no service account can have such a user name";
  const std::string blank = "begins or ends with a blank";
  const std::vector<Case> cases{
      {PatternOf::names, "sh.helm.release.v1.*", ""},
      {PatternOf::names, "tfstate-*", ""},
      {PatternOf::names, "*-tls", ""},
      {PatternOf::names, "job-?????", ""},
      {PatternOf::names, "*.*", ""},
      {PatternOf::names, "**", ""},
      {PatternOf::names, name, ""},
      {PatternOf::names, name + "*", ""},
      {PatternOf::names, name + "a", no_name},
      {PatternOf::names, name + "?", no_name},
      {PatternOf::names, std::string(252, 'a') + "-*", no_name},
      {PatternOf::names, std::string(300, 'a'), no_name},
      {PatternOf::names, "prod-.*", no_name},
      {PatternOf::names, ".*", no_name},
      {PatternOf::names, ".+", no_name},
      {PatternOf::names, "^a$", no_name},
      {PatternOf::names, "(a|b)", no_name},
      {PatternOf::names, "a|b", no_name},
      {PatternOf::names, "A*", no_name},
      {PatternOf::names, "my_secret", no_name},
      {PatternOf::names, "team-a/db", no_name},
      {PatternOf::names, " a", no_name},
      {PatternOf::names, "a ", no_name},
      {PatternOf::names, "a, b", no_name},
      {PatternOf::names, "-*", no_name},
      {PatternOf::names, "*-", no_name},
      {PatternOf::names, "!a", no_name},
      {PatternOf::names, "%", no_name},
      {PatternOf::names, "é*", no_name},
      {PatternOf::names, "a+", no_name},
      {PatternOf::namespaces, "team-*", ""},
      {PatternOf::namespaces, "*", ""},
      {PatternOf::namespaces, "sandbox-?", ""},
      {PatternOf::namespaces, label + "*", ""},
      {PatternOf::namespaces, label + "a", no_namespace},
      {PatternOf::namespaces, "prod-.*", no_namespace},
      {PatternOf::namespaces, "prod.*", no_namespace},
      {PatternOf::namespaces, "Team-*", no_namespace},
      {PatternOf::namespaces, "team-*,other", no_namespace},
      {PatternOf::namespaces, "!kube-system", no_namespace},
      {PatternOf::types, "Opaque", ""},
      {PatternOf::types, "helm.sh/release.v1", ""},
      {PatternOf::types, "helm.sh/release.*", ""},
      {PatternOf::types, "operatorframework.io/*", ""},
      {PatternOf::types, "My Type", ""},
      {PatternOf::types, std::string(512, 'A'), ""},
      {PatternOf::types, std::string(513, 'A'), "a pattern can have at most 512 bytes"},
      {PatternOf::types, ".*", regex},
      {PatternOf::types, "kubernetes.io/.*", regex},
      {PatternOf::types, "helm-.+", regex},
      {PatternOf::types, "^Opaque$", regex},
      {PatternOf::types, "(Opaque|kubernetes.io/tls)", regex},
      {PatternOf::types, " Opaque", blank},
      {PatternOf::types, "Opaque ", blank},
      {PatternOf::users, "system:serviceaccount:flux-system:*", ""},
      {PatternOf::users, "system:serviceaccount:*", ""},
      {PatternOf::users, "system:serviceaccount:*:builder.v?", ""},
      {PatternOf::users, "system:serviceaccount:" + label + ":" + name, ""},
      {PatternOf::users, "system:serviceaccount:" + label + "a:" + name, account},
      {PatternOf::users, "system:serviceaccount:" + label + ":" + name + "a", account},
      {PatternOf::users, "system:serviceaccount:flux-system", account},
      {PatternOf::users, "system:serviceaccount:flux-system:", account},
      {PatternOf::users, "system:serviceaccount:flux-.*", account},
      {PatternOf::users, "system:serviceaccount:flux-system:.*", account},
      {PatternOf::users, "system:serviceaccount:Flux:*", account},
      {PatternOf::users, "system:serviceaccount:a:b:c", account},
      {PatternOf::users, "system:node:*", ""},
      {PatternOf::users, "oidc:auth0|5f7c8ec7", ""},
      {PatternOf::users, "John Smith (ops)", ""},
      {PatternOf::users, "HOST$", ""},
      {PatternOf::users, "alice+ops@example.com", ""},
      {PatternOf::users, "*@example.?*", ""},
      {PatternOf::users, "admin.*", regex},
      {PatternOf::users, "^admin", regex},
      {PatternOf::users, "^admin$", regex},
      {PatternOf::users, "(alice|bob)@example.com", regex},
      {PatternOf::users, "alice\tbob", "a pattern cannot contain control characters"},
      {PatternOf::users, "alice ", blank},
      {PatternOf::groups, "platform-admins", ""},
      {PatternOf::groups, "CN=Domain Admins,DC=example", ""},
      {PatternOf::groups, "system:serviceaccounts", ""},
      {PatternOf::groups, "system:serviceaccounts:*", ""},
      {PatternOf::groups, "system:serviceaccounts:a:b", "no service accounts can have such a group"},
      {PatternOf::groups, "system:serviceaccounts:prod-.*", "no service accounts can have such a group"},
      {PatternOf::groups, "team-.*", regex},
      {PatternOf::groups, " team", blank},
      {PatternOf::groups, "", "an empty pattern matches nothing"},
  };
  for (const auto& [of, pattern, error] : cases) {
    INFO(static_cast<int>(of) << " " << pattern);
    const auto parsed = parse_pattern(of, pattern);
    REQUIRE(parsed.has_value() == error.empty());
    if (parsed) continue;
    CHECK_THAT(parsed.error().message(), Catch::StartsWith(error));
    if (base::Glob::parse(pattern))
      CHECK_THAT(parsed.error().message(), Catch::EndsWith("; a pattern is a glob, not a regular expression: "
                                                           "* is any run of characters, ? is any one"));
  }
}
