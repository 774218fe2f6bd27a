// What becomes of a request's target: the table of targets.txt, and what a table cannot say.
#include "proxy/target_rewriter.hpp"

#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "base/ascii.hpp"
#include "support/source_dir.hpp"

namespace hygiene::proxy {

using base::percent_encode;

namespace {

const Selectors kSelectors{"!secret-hygiene.io/ignore", "type!=helm.sh/release.v1"};

// As targets.txt writes it.
std::string shown(const Target& target) {
  if (target.passage == Passage::untouched) return "=";
  if (target.passage == Passage::refused) return "400";
  std::string text = target.text;
  for (const auto& [ours, letter] : {std::pair(kSelectors.label, "L"), std::pair(kSelectors.field, "F")}) {
    const std::string escaped = percent_encode(ours);
    const std::size_t at = text.find(escaped);
    if (at != std::string::npos) text.replace(at, escaped.size(), letter);
  }
  return text;
}

}  // namespace

TEST_CASE("every request of the table gets what the table says") {
  const TargetRewriter rewriter(kSelectors);
  std::ifstream table(hygiene::test::source_dir() + "/tests/proxy/targets.txt");
  std::size_t cases = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t space = line.find(' ');
    const std::size_t arrow = line.find(" -> ");
    REQUIRE(arrow != std::string::npos);
    INFO(line);
    const auto target = rewriter.rewrite(line.substr(0, space), line.substr(space + 1, arrow - space - 1));
    CHECK(shown(target) == line.substr(arrow + 4));
    ++cases;
  }
  CHECK(cases > 80);
}

TEST_CASE("without a selector nothing is changed, and one of the two may be left out") {
  const auto text = [](Selectors selectors, std::string_view target) {
    return TargetRewriter(selectors).rewrite("GET", target).text;
  };
  CHECK(TargetRewriter({}).rewrite("GET", "/api/v1/secrets?labelSelector=a").passage == Passage::untouched);
  CHECK(text({"a", ""}, "/api/v1/secrets?fieldSelector=b%3Dc") ==
        "/api/v1/secrets?labelSelector=a&fieldSelector=b%3Dc");
  CHECK(text({"", "a=b"}, "/api/v1/secrets?labelSelector=c") ==
        "/api/v1/secrets?labelSelector=c&fieldSelector=a%3Db");
  CHECK(text({"", "a=b"}, "/api/v1/secrets?labelSelector=") == "/api/v1/secrets?fieldSelector=a%3Db");
}

TEST_CASE("a watch is told from a list as an API server tells it") {
  const TargetRewriter rewriter(kSelectors);
  const auto is_watch = [&](std::string_view target) { return rewriter.rewrite("GET", target).watch; };
  CHECK(is_watch("/api/v1/secrets?watch=true"));
  CHECK(is_watch("/api/v1/secrets?watch"));
  CHECK(is_watch("/api/v1/secrets?limit=1&w%61tch=1"));
  CHECK(is_watch("/api/v1/watch/secrets"));
  CHECK_FALSE(is_watch("/api/v1/secrets"));
  CHECK_FALSE(is_watch("/api/v1/secrets?watch=FALSE"));
  CHECK_FALSE(is_watch("/api/v1/secrets?watch=0&watch=1"));
  CHECK_FALSE(is_watch("/api/v1/secrets?Watch=1"));
}

TEST_CASE("a query with more parameters than an API server may read is refused") {
  const TargetRewriter rewriter(kSelectors);
  std::string target = "/api/v1/secrets?a";
  for (std::size_t more = 1; more < kParametersMax; ++more) target += "&a";
  CHECK(rewriter.rewrite("GET", target).passage == Passage::rewritten);
  target += "&a";
  CHECK(rewriter.rewrite("GET", target).passage == Passage::refused);
  CHECK(rewriter.rewrite("GET", "/api/v1/configmaps" + target).passage == Passage::untouched);
}

}  // namespace hygiene::proxy
