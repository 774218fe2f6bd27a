// Sums by name, of at most so many names; what comes under further names is summed as one.
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "housekeeping/survey/survey.hpp"

namespace hygiene::housekeeping {

class GroupTallies {
 public:
  explicit GroupTallies(std::size_t names_max) : names_max_(names_max) {}

  // False if the name is one too many.
  bool add(std::string_view name, const Tally& tally);
  // In no order.
  const auto& by_name() const { return by_name_; }
  const Tally& beyond() const { return beyond_; }
  // The largest, and all others as one.
  Groups groups() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  std::size_t names_max_;
  std::unordered_map<std::string, Tally, Hash, std::equal_to<>> by_name_;
  Tally beyond_;
};

}  // namespace hygiene::housekeeping
