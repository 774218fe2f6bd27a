#include "runtime/serving/request_target.hpp"

#include <catch2/catch.hpp>

using namespace hygiene::runtime;
using std::chrono::milliseconds;

TEST_CASE("path and timeout are taken from a request's target") {
  struct Case {
    std::string_view target;
    std::string_view path;
    std::optional<milliseconds> timeout;
  };
  const Case cases[] = {{"/validate?timeout=10s", "/validate", milliseconds(10'000)},
                        {"/validate?timeout=2s", "/validate", milliseconds(2'000)},
                        {"/mutate?a=b&timeout=500ms&c", "/mutate", milliseconds(500)},
                        {"/validate", "/validate", std::nullopt},
                        {"/validate?", "/validate", std::nullopt},
                        {"/validate?timeout=", "/validate", std::nullopt},
                        {"/validate?timeout=0s", "/validate", std::nullopt},
                        {"/validate?timeout=-1s", "/validate", std::nullopt},
                        {"/validate?timeout=30s", "/validate", milliseconds(30'000)},
                        {"/validate?timeout=1s500ms", "/validate", milliseconds(1'500)},
                        {"/validate?timeout=30s1ms", "/validate", std::nullopt},
                        {"/validate?timeout=1h", "/validate", std::nullopt},
                        {"/validate?timeout=99999999999s", "/validate", std::nullopt},
                        {"/validate?xtimeout=1s", "/validate", std::nullopt},
                        {"", "", std::nullopt}};
  for (const Case& c : cases) {
    const RequestTarget parsed = parse_request_target(c.target);
    INFO(c.target);
    CHECK(parsed.path == c.path);
    CHECK(parsed.timeout == c.timeout);
  }
}

TEST_CASE("an answer must be ready a tenth before the caller gives up, at most half a second") {
  CHECK(within(milliseconds(1'000)) == milliseconds(900));
  CHECK(within(milliseconds(5'000)) == milliseconds(4'500));
  CHECK(within(milliseconds(30'000)) == milliseconds(29'500));
}
