#include "base/base64_length.hpp"

#include <string>

#include <catch2/catch.hpp>

using hygiene::base::Base64Length;

namespace {

std::optional<std::uint64_t> length_of(std::string_view text, std::size_t part_size) {
  Base64Length length;
  for (std::size_t i = 0; i < text.size(); i += part_size) {
    if (!length.feed(text.substr(i, part_size))) return std::nullopt;
  }
  return length.finish();
}

}  // namespace

TEST_CASE("the decoded length of base64 is known without decoding it") {
  struct Case {
    std::string text;
    std::uint64_t bytes;
  };
  const Case cases[] = {
      {"", 0},
      {"TQ==", 1},
      {"TWE=", 2},
      {"TWFu", 3},
      {"TWFuTQ==", 4},
      {"TWFu\nTWFu", 6},
      {"TWFu\r\nTQ==", 4},
      {"TWE\n=", 2},
      {"TQ=\n=", 1},
      {"+/+/", 3},
      {std::string(64, 'A'), 48},
      {std::string(68, 'z'), 51},
      {std::string(1398100, '9'), 1048575},
      {std::string(63, 'A') + "=", 47},
      {std::string(126, 'A') + "==", 94},
  };
  for (const Case& c : cases) {
    for (const std::size_t part : {std::size_t{1}, std::size_t{3}, std::size_t{64}, std::size_t{2'000'000}}) {
      INFO(c.text.substr(0, 20) << " of " << c.text.size() << " in parts of " << part);
      CHECK(length_of(c.text, part) == c.bytes);
    }
  }
}

TEST_CASE("what is not base64 is refused, wherever the fault stands") {
  const std::string long_run(200, 'A');
  const std::string cases[] = {"A",
                               "AA",
                               "AAA",
                               "AAAAA",
                               "=",
                               "====",
                               "A===",
                               "AA=A",
                               "TQ==TQ==",
                               "TWE-",
                               "TWE_",
                               "TW u",
                               "TWF\t",
                               "TWE*",
                               "TWFu=",
                               "\x80",
                               "TWF\xc3",
                               long_run + "!" + long_run,
                               std::string(63, 'A') + "@",
                               "@" + std::string(63, 'A'),
                               std::string(63, 'A') + "[",
                               std::string(63, 'A') + "`",
                               std::string(63, 'A') + "{",
                               std::string(63, 'A') + ":",
                               std::string(63, 'A') + "."};
  for (const std::string& text : cases) {
    for (const std::size_t part : {std::size_t{1}, std::size_t{1000}}) {
      INFO(text.substr(0, 80) << " in parts of " << part);
      CHECK_FALSE(length_of(text, part).has_value());
    }
  }
}

TEST_CASE("a length is ready for the next text after an error and after a result") {
  Base64Length length;
  CHECK_FALSE(length.feed("not base64!"));
  CHECK_FALSE(length.finish().has_value());
  CHECK(length.feed("TWFu"));
  CHECK(length.finish() == 3U);
  CHECK(length.finish() == 0U);
}
