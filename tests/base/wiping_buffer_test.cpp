#include "base/wiping_buffer.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

using hygiene::base::WipingBuffer;

namespace {

void append(WipingBuffer& buffer, std::string_view text) {
  const auto room = buffer.prepare();
  REQUIRE(room.size() >= text.size());
  std::copy(text.begin(), text.end(), room.begin());
  buffer.commit(text.size());
}

// All of the memory, whatever is unread in it.
std::string memory_of(const WipingBuffer& buffer, const char* front) {
  return std::string(front, buffer.capacity());
}

}  // namespace

TEST_CASE("bytes come out of a wiping buffer in the order they went in") {
  WipingBuffer buffer(8);
  append(buffer, "abcdef");
  buffer.consume(4);
  append(buffer, "ghijkl");
  CHECK(buffer.data() == "efghijkl");
  CHECK(buffer.prepare().empty());
}

TEST_CASE("a wiping buffer offers all its room again once everything was consumed") {
  WipingBuffer buffer(8);
  append(buffer, "abcdefgh");
  CHECK(buffer.prepare().empty());
  buffer.consume(8);
  CHECK(buffer.prepare().size() == 8);
}

TEST_CASE("a wipe leaves no byte that was consumed") {
  WipingBuffer buffer(16);
  const char* front = buffer.prepare().data();
  append(buffer, "first-secret");
  buffer.consume(12);
  append(buffer, "ab");
  buffer.consume(2);
  buffer.wipe();
  // Nothing was ever written beyond the first 12 bytes.
  CHECK(memory_of(buffer, front).substr(0, 12) == std::string(12, '\0'));
}

TEST_CASE("a wipe keeps what is unread and zeroes what lies on both sides of it") {
  WipingBuffer buffer(16);
  const char* front = buffer.prepare().data();
  append(buffer, "0123456789abcdef");
  buffer.consume(10);
  append(buffer, "");  // moves abcdef to the front; its old place is dirty
  buffer.consume(2);
  buffer.wipe();
  CHECK(buffer.data() == "cdef");
  CHECK(memory_of(buffer, front) == std::string("\0\0cdef\0\0\0\0\0\0\0\0\0\0", 16));
}
