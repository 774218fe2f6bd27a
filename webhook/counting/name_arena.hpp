// Names of Secrets, a byte of length each, in pages; the room of a name that was taken out is used again by
// one of about its length. Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace hygiene::counting {

class NameArena {
 public:
  // Source: a Secret's name is a DNS subdomain of at most 253 bytes.
  static constexpr std::size_t kNameBytesMax = 253;

  // Where the name is from now on. Precondition: at most kNameBytesMax bytes.
  std::uint32_t add(std::string_view name);
  void remove(std::uint32_t at);
  // Valid until the name is removed.
  std::string_view name(std::uint32_t at) const;

 private:
  static constexpr std::size_t kStep =
      4;  // room is a multiple of it, so that a number of 32 bits reaches 16 GiB
  static constexpr std::size_t kPageBytes = 64 * 1024;
  static constexpr std::size_t kRoomsMax = (kNameBytesMax + 1 + kStep - 1) / kStep;

  static std::size_t room_of(std::size_t name_bytes) { return (name_bytes + 1 + kStep - 1) / kStep; }
  char* address(std::uint32_t at) const;

  std::vector<std::unique_ptr<char[]>> pages_;
  std::size_t used_ = kPageBytes / kStep;  // of the last page, in steps
  // For each room the first free place plus one; a free place holds the next.
  std::array<std::uint32_t, kRoomsMax + 1> free_{};
};

}  // namespace hygiene::counting
