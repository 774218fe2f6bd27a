#include "counting/interner.hpp"

namespace hygiene::counting {

std::optional<std::uint32_t> Interner::acquire(std::string_view text) {
  if (last_ && last_->users != 0 && last_->text == text) {
    ++last_->users;
    return last_->number;
  }
  if (const auto known = numbers_.find(text); known != numbers_.end()) {
    last_ = &entries_[known->second];
    ++last_->users;
    return known->second;
  }
  std::uint32_t number = 0;
  if (!free_.empty()) {
    number = free_.back();
    free_.pop_back();
    entries_[number] = {std::string(text), number, 1};
  } else {
    if (entries_.size() >= texts_max_) return std::nullopt;
    number = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({std::string(text), number, 1});
  }
  last_ = &entries_[number];
  numbers_.emplace(last_->text, number);
  return number;
}

void Interner::release(std::uint32_t number) {
  auto& entry = entries_[number];
  if (--entry.users != 0) return;
  numbers_.erase(entry.text);
  entry.text = std::string();
  free_.push_back(number);
}

std::optional<std::uint32_t> Interner::find(std::string_view text) const {
  const auto known = numbers_.find(text);
  return known == numbers_.end() ? std::nullopt : std::optional(known->second);
}

}  // namespace hygiene::counting
