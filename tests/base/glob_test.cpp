#include "base/glob.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using hygiene::Errc;
using hygiene::base::Glob;

TEST_CASE("A pattern matches the whole text, with * as any run and ? as any one byte") {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  const std::vector<Case> cases{
      {"a", "a", true},
      {"a", "b", false},
      {"a", "ab", false},
      {"a", "", false},
      {"*", "", true},
      {"*", "anything", true},
      {"**", "x", true},
      {"?", "x", true},
      {"?", "", false},
      {"?", "xy", false},
      {"team-*", "team-", true},
      {"team-*", "team-a", true},
      {"team-*", "team", false},
      {"*-system", "kube-system", true},
      {"*-system", "kube-systems", false},
      {"a*b*c", "aXbYc", true},
      {"a*b*c", "abc", true},
      {"a*b*c", "acb", false},
      {"*ab", "aab", true},  // the * must give a byte back
      {"*a?b", "aaaxb", true},
      {"a*?", "a", false},
      {"a*?", "ab", true},
      {"sh.helm.release.v1.*", "sh.helm.release.v1.app.v3", true},
      {"sh.helm.release.v1.*", "shXhelm.release.v1.app.v3", false},  // a dot is a dot
      {"A", "a", false},
  };
  for (const auto& [pattern, text, matches] : cases) {
    INFO(pattern << " on " << text);
    CHECK(Glob::parse(pattern)->matches(text) == matches);
  }
}

TEST_CASE("A pattern of many stars costs no more than text times pattern") {
  std::string pattern;
  for (int i = 0; i < 250; ++i) pattern += "*a";
  // Exponential matching would not end.
  CHECK_FALSE(Glob::parse(pattern + "b")->matches(std::string(Glob::kTextBytesMax, 'a')));
}

TEST_CASE("A text that is longer than any name matches by its beginning alone") {
  const std::string name(Glob::kTextBytesMax, 'a');
  for (const auto* pattern : {"*", "**", "a*", "aaa*", "*a", "a*a", "?*", "a?*", "*?"}) {
    INFO(pattern);
    CHECK(Glob::parse(pattern)->matches(name));
    const bool prefix = pattern[std::string_view(pattern).find_first_not_of('a')] == '*' &&
                        std::string_view(pattern).ends_with('*');
    CHECK(Glob::parse(pattern)->matches(name + "a") == prefix);
  }
  CHECK_FALSE(Glob::parse("b*")->matches(name + "a"));
  CHECK_FALSE(Glob::parse(std::string(512, 'a'))->matches(name + "a"));
}

TEST_CASE("What other dialects of patterns use is refused, with its place") {
  CHECK(Glob::parse("").error().code() == Errc::invalid);
  CHECK(Glob::parse(std::string(512, 'a')).has_value());
  CHECK(Glob::parse(std::string(513, 'a')).error().code() == Errc::limit);
  for (const auto* pattern : {"a[bc]", "a]", "a{b", "a}", "a\\*", "a\tb", "a\x7f", "a\x01"}) {
    INFO(pattern);
    const auto glob = Glob::parse(pattern);
    REQUIRE_FALSE(glob.has_value());
    CHECK(glob.error().code() == Errc::invalid);
    CHECK(glob.error().where().column == 2);
  }
}
