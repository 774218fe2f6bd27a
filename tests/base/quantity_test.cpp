#include "base/quantity.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using hygiene::Errc;
using hygiene::base::format_bytes;
using hygiene::base::parse_quantity;
using hygiene::base::suggest_quantity;

TEST_CASE("A quantity is the number of bytes that Kubernetes reads in it") {
  const std::vector<std::pair<const char*, std::uint64_t>> cases{
      {"0", 0},
      {"1", 1},
      {"512", 512},
      {"+5", 5},
      {"007", 7},
      {"1k", 1000},
      {"3M", 3'000'000},
      {"2G", 2'000'000'000},
      {"1T", 1'000'000'000'000},
      {"1P", 1'000'000'000'000'000},
      {"1E", 1'000'000'000'000'000'000},
      {"1Ki", 1024},
      {"256Ki", 262'144},
      {"1Mi", 1'048'576},
      {"1Gi", 1'073'741'824},
      {"1Ti", 1'099'511'627'776},
      {"1Pi", 1'125'899'906'842'624},
      {"7Ei", 8'070'450'532'247'928'832},
      {"1.5Mi", 1'572'864},
      {"1.Ki", 1024},
      {".5Ki", 512},
      {"1e6", 1'000'000},
      {"1E3", 1000},
      {"2.5e1", 25},
      {"100e-2", 1},
      {"0.1", 1},  // a fraction of a byte is rounded up
      {"1.0000001", 2},
      {"1.1Ki", 1127},  // 1126.4
      {"1e-99", 1},
      {"1e-1000", 1},
      {"0e1000", 0},
      {"0.12345678901234567890", 1},  // what is behind the 19th digit is rounded up
      {"123456789012345678901e-19", 13},
      {"12345678901234567890e-2", 123'456'789'012'345'679},
      {"10000000000000000000e-1", 1'000'000'000'000'000'000},
      {"1.00000000000000000001", 2},
      {"1.00000000000000000000", 1},
      {"0e99", 0},
      {"9223372036854775807", 9'223'372'036'854'775'807},
  };
  for (const auto& [text, bytes] : cases) {
    INFO(text);
    const auto parsed = parse_quantity(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == bytes);
  }
}

TEST_CASE("What is no quantity is refused without being repeated") {
  for (const auto* text : {"",      " ",    "Ki",   ".",    "+",     "abc", "1kB",  "1KB",  "1K",   "1ki",
                           "1KiB",  "1 Ki", "1m",   "1..5", "1.2.3", "1e",  "1e+",  "1eKi", "0x10", "1_000",
                           "1,5Mi", "--1",  "1Ki ", "500m", "0.5u",  "1n",  "1M i", "١"}) {
    INFO(text);
    const auto parsed = parse_quantity(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code() == Errc::invalid);
  }
  CHECK(parse_quantity("500m").error().message() ==
        "the suffixes m, u and n are fractions of a byte; give whole bytes");
  CHECK(parse_quantity("-1").error().message() == "a quantity of bytes cannot be negative");
}

TEST_CASE("A quantity ends at what fits in 63 bits") {
  CHECK(*parse_quantity("8191Pi") == 8191ULL << 50U);
  CHECK(parse_quantity("8192Pi").error().code() == Errc::limit);
  CHECK(*parse_quantity("9.22E") == 9'220'000'000'000'000'000ULL);
  for (const auto* text : {"8Ei", "9.23E", "10E", "1e19", "1e999", "1e1000", "1e99999999999999999999",
                           "999999999999999999Ei", "9223372036854775808", "12345678901234567890",
                           "99999999999999999999", "9999999999999999999999999999999999999999Ei"}) {
    INFO(text);
    CHECK(parse_quantity(text).error().code() == Errc::limit);
    CHECK_THAT(parse_quantity(text).error().message(), Catch::StartsWith("too large"));
  }
  CHECK(parse_quantity(std::string(1'000'000, '9')).error().code() == Errc::limit);
}

TEST_CASE("For a slip of the hand there is a suggestion, and it is a quantity") {
  const std::vector<std::pair<const char*, std::string>> cases{
      {"500m", "500M or 500Mi"},
      {"1MB", "1M or 1Mi"},
      {"500K", "500k or 500Ki"},
      {"1kb", "1k or 1Ki"},
      {"1KB", "1k or 1Ki"},
      {"5 Mi", "5Mi"},
      {"5 MB", "5M or 5Mi"},
      {"1KiB", "1Ki"},
      {"1ki", "1Ki"},
      {"1.5mib", "1.5Mi"},
      {"2g", "2G or 2Gi"},
      {"2gi", "2Gi"},
      {"1t", "1T or 1Ti"},
      {"1p", "1P or 1Pi"},
      {"1eib", "1Ei"},
      {"64KBytes", "64k or 64Ki"},
      {"512B", "512"},
      {"512 bytes", "512"},
      {"512 ", "512"},
      {"1 byte", "1"},
      {"-0", "0"},
      {"-5Ki", "5Ki"},
      {"12E", "12e3"},
      {"", ""},
      {"Ki", ""},
      {"-", ""},
      {"1,5Mi", ""},
      {"1_000", ""},
      {"0x10", ""},
      {"5 kilobytes", ""},
      {"1Kii", ""},
      {"8Ei", ""},
      {"12345678901234567890", ""},
      {"9000000000 MB", "9000000000M or 9000000000Mi"},
      {"9000000000000 MB", ""},
      {"9999999999999999E", ""},
      {"1u", ""},
      {"1xi", ""},
      {"1/2", ""},
      {"1                                             Ki", ""},
  };
  for (const auto& [text, suggested] : cases) {
    INFO(text);
    const std::string suggestion = suggest_quantity(text);
    CHECK(suggestion == suggested);
    if (suggestion.empty()) continue;
    const auto first = suggestion.substr(0, suggestion.find(' '));
    CHECK(parse_quantity(first).has_value());
    CHECK(parse_quantity(suggestion.substr(suggestion.rfind(' ') + 1)).has_value());
  }
}

TEST_CASE("Bytes are shown with at most one decimal and in the largest unit that fits") {
  const std::vector<std::pair<std::uint64_t, const char*>> cases{
      {0, "0 bytes"},     {1, "1 byte"},           {2, "2 bytes"},       {1023, "1023 bytes"},
      {1024, "1Ki"},      {1025, "1Ki"},           {1536, "1.5Ki"},      {65'536, "64Ki"},
      {786'433, "768Ki"}, {1'048'524, "1023.9Ki"}, {1'048'525, "1Mi"},  // 1023.95Ki: rounds to the next unit
      {1'048'576, "1Mi"}, {1'572'864, "1.5Mi"},    {1ULL << 30U, "1Gi"}, {1ULL << 60U, "1Ei"},
      {~0ULL, "16Ei"},
  };
  for (const auto& [bytes, text] : cases) CHECK(format_bytes(bytes) == text);
}
