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

  [[gnu::always_inline]] void add(std::string_view text) {
    const std::size_t whole = text.size() / 8 * 8;
    if (bytes_ % 8 == 0) {
      for (std::size_t at = 0; at < whole; at += 8) add(load<std::uint64_t>(text.data() + at));
      bytes_ += whole;
    } else {
      for (std::size_t at = 0; at < whole; at += 8) add_bytes(load<std::uint64_t>(text.data() + at), 8);
    }
    const char* rest = text.data() + whole;
    // The rest without a loop: four, two, one.
    std::uint64_t word = 0;
    std::size_t bytes = 0;
    const auto take = [&]<class Part>(Part part) {
      word |= std::uint64_t{part} << (8 * bytes);
      bytes += sizeof part;
    };
    if ((text.size() & 4) != 0) take(load<std::uint32_t>(rest));
    if ((text.size() & 2) != 0) take(load<std::uint16_t>(rest + bytes));
    if ((text.size() & 1) != 0) take(load<std::uint8_t>(rest + bytes));
    if (bytes != 0) add_bytes(word, bytes);
  }

  // The lower `count` bytes of `word`, at least one; the others are 0. They are shifted to where the last
  // text ended.
  [[gnu::always_inline]] void add_bytes(std::uint64_t word, std::size_t count) {
    const std::size_t before = bytes_ % 8;
    bytes_ += count;
    pending_ |= word << (8 * before);
    if (before + count < 8) return;
    add(pending_);
    pending_ = before == 0 ? 0 : word >> (64 - 8 * before);
  }

  std::uint64_t finish() {
    add(pending_ | (bytes_ << 56));
    v2_ ^= 0xff;
    for (int i = 0; i < 3; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  template <class Part>
  static Part load(const char* from) {
    Part part = 0;
    std::memcpy(&part, from, sizeof part);
    return part;
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
  std::uint64_t pending_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::uint64_t keyed_hash(const HashKey& key, std::uint64_t number, std::string_view text,
                         std::string_view more) {
  Sip sip(key);
  sip.add(number);
  sip.add(text);
  sip.add_bytes('/', 1);
  sip.add(more);
  return sip.finish();
}

}  // namespace hygiene::counting
