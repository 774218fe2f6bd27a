#include "base/ascii.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace hygiene::base;

TEST_CASE("each class of characters holds its own, and no byte of a longer UTF-8 sequence") {
  const std::string digits = "0123456789", lower = "abcdefghijklmnopqrstuvwxyz",
                    upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    INFO(byte);
    CHECK(is_digit(c) == (digits.find(c) != std::string::npos));
    CHECK(is_lower(c) == (lower.find(c) != std::string::npos));
    CHECK(is_upper(c) == (upper.find(c) != std::string::npos));
    CHECK(is_alphanumeric(c) == ((digits + lower + upper).find(c) != std::string::npos));
    CHECK(is_control(c) == (byte < 32 || byte == 127));
    CHECK(to_lower(c) == (is_upper(c) ? lower[upper.find(c)] : c));
  }
}

TEST_CASE("a hexadecimal digit of either case has a value, and no other character has") {
  const std::string lower = "0123456789abcdef", upper = "0123456789ABCDEF";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const std::size_t at = std::min(lower.find(c), upper.find(c));
    INFO(byte);
    CHECK(hex_value(c) == (at == std::string::npos ? -1 : static_cast<int>(at)));
  }
}

TEST_CASE("bytes are written as two hexadecimal digits each") {
  CHECK(to_hex({}).empty());
  CHECK(to_hex(std::vector<unsigned char>{0x00, 0x0f, 0xa5, 0xff}) == "000fa5ff");
}

TEST_CASE("all but unreserved characters are percent-encoded") {
  CHECK(percent_encode("Az09-._~") == "Az09-._~");
  CHECK(percent_encode("a/b c+%&=!,\n") == "a%2Fb%20c%2B%25%26%3D%21%2C%0A");
  CHECK(percent_encode("\xC3\xA9") == "%C3%A9");
}
