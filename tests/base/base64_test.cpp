#include "base/base64.hpp"

#include <catch2/catch.hpp>

using namespace hygiene;

TEST_CASE("base64 is written and read as RFC 4648 has it") {
  const auto [bytes, text] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                       {"f", "Zg=="},
                                                                       {"fo", "Zm8="},
                                                                       {"foo", "Zm9v"},
                                                                       {"foob", "Zm9vYg=="},
                                                                       {"foobar", "Zm9vYmFy"},
                                                                       {"\xFB\xFF\xBF", "+/+/"}}));
  CHECK(base::encode_base64(bytes) == text);
  base::WipingText appended("before ");
  base::append_base64(appended, bytes);
  CHECK(appended.view().substr(7) == text);
  CHECK(base::decode_base64(text)->view() == bytes);
  CHECK(base::decode_base64(" \t\r\n" + text + "\n")->view() == bytes);
}

TEST_CASE("every byte survives base64, also a NUL and also across lines") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  std::string text = base::encode_base64(bytes);
  for (std::size_t at = 64; at < text.size(); at += 65) text.insert(at, 1, '\n');
  CHECK(base::decode_base64(text)->view() == bytes);
}

TEST_CASE("a long text is appended in parts as it is written whole") {
  for (std::size_t size = 760; size < 780; ++size) {
    const std::string bytes(2 * size, 'k');
    base::WipingText appended;
    base::append_base64(appended, bytes);
    CHECK(appended.view() == base::encode_base64(bytes));
  }
}

TEST_CASE("what is not base64 is refused, and is not repeated") {
  const std::string text =
      GENERATE(as<std::string>(), "Z", "Zg", "Zg=", "Zm8", "=", "====", "Z===", "Zg===", "Zg==Zg==", "Zg=v",
               "Zm9v=", "Zm9-", "Zm9_", "Zm9v!", "Zm9v\v");
  INFO(text);
  const auto decoded = base::decode_base64(text);
  REQUIRE(decoded.has_error());
  CHECK(decoded.error().code() == Errc::encoding);
  CHECK(decoded.error().message() == "this is not base64");
}
