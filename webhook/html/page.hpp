// What the pages of this program share: one style, and skeletons with slots that are filled.
// Thread-safety: pure functions.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace hygiene::html {

// style.css beside this file: light, dark, printed, and on a phone.
std::string_view common_style();

// What stands in a page in the place of {{name}}.
struct Slot {
  std::string_view name;
  std::function<void()> write;  // to the output of the page
};

// Writes `page` to `out` with its slots filled. A {{name}} without a slot becomes nothing.
void fill_page(std::string_view page, std::ostream& out, const std::vector<Slot>& slots);

// What a Content-Security-Policy takes for a style or script element that holds `text`: 'sha256-…'. Source:
// CSP level 3, section 2.3.1.
std::string source_of(std::string_view text);

}  // namespace hygiene::html
