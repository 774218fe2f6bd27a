#include "counting/memory/interner.hpp"

#include "base/invariant.hpp"

namespace hygiene::counting {

std::optional<std::uint32_t> Interner::acquire(std::string_view text) {
  if (const auto known = find(text)) {
    ++entries_[*known].users;
    return known;
  }
  if (free_.empty()) {
    if (entries_.size() >= texts_max_) return std::nullopt;
    free_.push_back(static_cast<std::uint32_t>(entries_.size()));
    entries_.emplace_back();
  }
  const auto number = free_.back();
  free_.pop_back();
  entries_[number] = {std::string(text), 1};
  numbers_.emplace(entries_[number].text, number);
  bytes_ += kEntryBytes + text.size();
  return number;
}

void Interner::release(std::uint32_t number) {
  auto& entry = entries_[number];
  base::invariant(entry.users != 0, "a text is released as often as it was acquired");
  if (--entry.users != 0) return;
  bytes_ -= kEntryBytes + entry.text.size();
  numbers_.erase(entry.text);
  entry.text = std::string();
  free_.push_back(number);
}

std::optional<std::uint32_t> Interner::find(std::string_view text) const {
  const auto known = numbers_.find(text);
  return known == numbers_.end() ? std::nullopt : std::optional(known->second);
}

}  // namespace hygiene::counting
