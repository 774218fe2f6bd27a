#include "counting/keyed_hash.hpp"

#include <bit>
#include <cstring>

namespace hygiene::counting {
namespace {

static_assert(std::endian::native == std::endian::little);  // bytes are taken as words

class Sip {
 public:
  explicit Sip(const HashKey& key)
      : v0_(key.first ^ 0x736f6d6570736575U),
        v1_(key.second ^ 0x646f72616e646f6dU),
        v2_(key.first ^ 0x6c7967656e657261U),
        v3_(key.second ^ 0x7465646279746573U) {}

  void add(std::uint64_t word) {
    v3_ ^= word;
    round();
    v0_ ^= word;
  }

  void add(std::string_view text) {
    // Eight bytes at a time, shifted to where the last text ended.
    const std::size_t shift = 8 * (bytes_ % 8);
    for (; text.size() >= 8; text.remove_prefix(8), bytes_ += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data(), 8);
      add(pending_ | word << shift);
      pending_ = shift == 0 ? 0 : word >> (64 - shift);
    }
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
  }

  void add_byte(std::uint64_t byte) {
    pending_ |= byte << (8 * (bytes_ % 8));
    if (++bytes_ % 8 != 0) return;
    add(pending_);
    pending_ = 0;
  }

  std::uint64_t finish() {
    add(pending_ | (bytes_ << 56));
    v2_ ^= 0xff;
    for (int i = 0; i < 3; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
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
  std::uint64_t pending_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::uint64_t keyed_hash(const HashKey& key, std::uint64_t number, std::string_view text,
                         std::string_view more) {
  Sip sip(key);
  sip.add(number);
  sip.add(text);
  sip.add_byte('/');
  sip.add(more);
  return sip.finish();
}

}  // namespace hygiene::counting
