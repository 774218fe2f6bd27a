#include "housekeeping/survey/comparison.hpp"

#include <utility>

namespace hygiene::housekeeping {

void Changes::add(Change change) {
  ++count;
  if (first.size() < kKept) first.push_back(std::move(change));
}

}  // namespace hygiene::housekeeping
