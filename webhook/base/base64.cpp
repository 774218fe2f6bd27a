#include "base/base64.hpp"

#include <array>

#include <openssl/evp.h>
#include <string.h>

namespace hygiene::base {
namespace {

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

void append_base64(WipingText& text, std::string_view bytes) {
  // A multiple of three, so that only the last part is padded; OpenSSL ends each with a NUL.
  constexpr std::size_t kPartBytes = 768;
  std::array<unsigned char, kPartBytes / 3 * 4 + 1> part;
  while (!bytes.empty()) {
    const std::string_view taken = bytes.substr(0, kPartBytes);
    const int size = EVP_EncodeBlock(part.data(), reinterpret_cast<const unsigned char*>(taken.data()),
                                     static_cast<int>(taken.size()));
    text += {reinterpret_cast<const char*>(part.data()), static_cast<std::size_t>(size)};
    bytes.remove_prefix(taken.size());
  }
  explicit_bzero(part.data(), part.size());
}

base::Result<base::WipingText> decode_base64(std::string_view text) {
  base::WipingText bytes;
  unsigned bits = 0;
  unsigned held = 0;  // characters of the group of four at hand
  unsigned padding = 0;
  for (const char c : text) {
    if (is_space(c)) continue;
    const int value = value_of(c);
    if (c == '=' ? held < 2 : (value < 0 || padding > 0)) return Error(Errc::encoding, "this is not base64");
    if (c == '=') ++padding;
    bits = (bits << 6U) | (c == '=' ? 0U : static_cast<unsigned>(value));
    if (++held < 4) continue;
    const std::array<char, 3> three{static_cast<char>(bits >> 16U & 0xFFU),
                                    static_cast<char>(bits >> 8U & 0xFFU), static_cast<char>(bits & 0xFFU)};
    bytes.append(std::string_view(three.data(), 3 - padding));
    bits = held = 0;
  }
  if (held != 0) return Error(Errc::encoding, "this is not base64");
  return bytes;
}

}  // namespace hygiene::base
