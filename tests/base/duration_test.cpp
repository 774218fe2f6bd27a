#include "base/duration.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace hygiene::base;
using namespace std::chrono_literals;

TEST_CASE("durations are read as Go and Kubernetes write them") {
  struct Case {
    const char* text;
    std::chrono::milliseconds value;
  };
  for (const Case& c : {Case{"0s", 0ms},
                        {"500ms", 500ms},
                        {"5s", 5s},
                        {"1m", 1min},
                        {"24h", 24h},
                        {"1d", 24h},
                        {"1h30m", 90min},
                        {"1d12h", 36h},
                        {"1m0s", 1min},
                        {"1s500ms", 1500ms},
                        {"007s", 7s},
                        {"36500d", kDurationMax}}) {
    INFO(c.text);
    CHECK(parse_duration(c.text) == c.value);
  }
}

TEST_CASE("any other text is no duration, nor is more than a hundred years") {
  for (const char* text :
       {"",     "5",   "0",      "s",           "soon",   "5 s",       " 5s",
        "5s ",  "-5s", "+5s",    "1.5h",        "5S",     "5sec",      "5us",
        "1h30", "1hm", "1h,30m", "4294967296s", "36501d", "36500d1ms", "4294967295d4294967295d"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
  CHECK_FALSE(parse_duration(std::string_view("5s\0", 3)));
}
