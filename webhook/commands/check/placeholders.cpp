#include "commands/check/placeholders.hpp"

#include <algorithm>

namespace hygiene::commands {
namespace {

constexpr std::string_view kOpening = "<path:";

}  // namespace

void Placeholders::string(std::string_view part, bool last) {
  while (!found_ && !part.empty()) {
    if (matched_ == 0) part.remove_prefix(std::min(part.find(kOpening.front()), part.size()));
    if (part.empty()) break;
    match(part.front());
    part.remove_prefix(1);
  }
  if (last) matched_ = 0;
}

// The form is <path:PLACE#KEY>, on one line.
void Placeholders::match(char c) {
  if (matched_ < kOpening.size()) {
    matched_ = c == kOpening[matched_] ? matched_ + 1 : c == kOpening.front() ? 1 : 0;
  } else if (c == '#') {
    matched_ = kOpening.size() + 1;
  } else if (c == '>') {
    found_ = matched_ > kOpening.size();
    matched_ = 0;
  } else if (c == '\n') {
    matched_ = 0;
  }
}

}  // namespace hygiene::commands
