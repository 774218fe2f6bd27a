#include "counting/name_arena.hpp"

#include <cstring>

#include "counting/populate.hpp"

namespace hygiene::counting {

char* NameArena::address(std::uint32_t at) const {
  constexpr std::size_t kStepsOfPage = kPageBytes / kStep;
  return pages_[at / kStepsOfPage].get() + (at % kStepsOfPage) * kStep;
}

std::uint32_t NameArena::add(std::string_view name) {
  const auto room = room_of(name.size());
  std::uint32_t at = 0;
  if (free_[room] != 0) {
    at = free_[room] - 1;
    std::memcpy(&free_[room], address(at), sizeof(std::uint32_t));
  } else {
    if (used_ + room > kPageBytes / kStep) {
      pages_.push_back(std::make_unique_for_overwrite<char[]>(kPageBytes));
      populate(pages_.back().get(), kPageBytes);
      used_ = 0;
    }
    at = static_cast<std::uint32_t>((pages_.size() - 1) * (kPageBytes / kStep) + used_);
    used_ += room;
  }
  char* to = address(at);
  *to = static_cast<char>(name.size());
  std::memcpy(to + 1, name.data(), name.size());
  return at;
}

void NameArena::remove(std::uint32_t at) {
  const auto room = room_of(name(at).size());
  std::memcpy(address(at), &free_[room], sizeof(std::uint32_t));
  free_[room] = at + 1;
}

std::string_view NameArena::name(std::uint32_t at) const {
  const char* from = address(at);
  return {from + 1, static_cast<unsigned char>(*from)};
}

}  // namespace hygiene::counting
