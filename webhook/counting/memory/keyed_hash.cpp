#include "counting/memory/keyed_hash.hpp"

#include <bit>
#include <cstring>

namespace hygiene::counting {
namespace {

static_assert(std::endian::native == std::endian::little);  // eight bytes are taken as a word

class SipHash {
 public:
  explicit SipHash(const HashKey& key)
      : v0_(key.first ^ 0x736f6d6570736575U),
        v1_(key.second ^ 0x646f72616e646f6dU),
        v2_(key.first ^ 0x6c7967656e657261U),
        v3_(key.second ^ 0x7465646279746573U) {}

  void add(std::uint64_t word) {
    v3_ ^= word;
    round();
    v0_ ^= word;
  }

  [[gnu::always_inline]] void add(std::string_view text) {
    for (; text.size() >= 8; text.remove_prefix(8)) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data(), 8);
      add_bytes(word, 8);
    }
    for (const char c : text) add_bytes(static_cast<unsigned char>(c), 1);
  }

  std::uint64_t finish() {
    add(pending_ | (bytes_ << 56));
    v2_ ^= 0xff;
    for (int i = 0; i < 3; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  // The lower `count` bytes of `word`; the others are 0. Each eight bytes of all texts make a word.
  void add_bytes(std::uint64_t word, std::size_t count) {
    const std::size_t before = bytes_ % 8;
    bytes_ += count;
    pending_ |= word << (8 * before);
    if (before + count < 8) return;
    add(pending_);
    pending_ = before == 0 ? 0 : word >> (64 - 8 * before);
  }

  void round() {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_, v1_, v2_, v3_;
  std::uint64_t pending_ = 0;  // bytes since the last whole word
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::uint64_t keyed_hash(const HashKey& key, std::uint64_t number, std::string_view text,
                         std::string_view more) {
  SipHash hash(key);
  hash.add(number);
  hash.add(text);
  hash.add("/");
  hash.add(more);
  return hash.finish();
}

}  // namespace hygiene::counting
