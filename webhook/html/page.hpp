// What the pages of this program have in common: one style, and how what is written comes into a skeleton.
// Thread-safety: pure functions.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <string_view>

namespace hygiene::html {

// style.css beside this file: light, dark, printed, and on a phone.
std::string_view common_style();

// Writes `page` to `out`, with what `fill` writes in the place of each {{name}}.
void fill_page(std::string_view page, std::ostream& out,
               const std::function<void(std::string_view name)>& fill);

// What a Content-Security-Policy takes for a style or script element that holds `text`: 'sha256-…'. Source:
// CSP level 3, section 2.3.1.
std::string source_of(std::string_view text);

}  // namespace hygiene::html
