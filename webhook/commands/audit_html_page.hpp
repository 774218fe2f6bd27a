// The skeleton of the HTML report and its style, embedded from webhook/commands/audit_html/, and how what the
// program writes comes into it. Thread-safety: pure functions.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <string_view>

namespace hygiene::commands {

std::string_view audit_page();   // page.html
std::string_view audit_style();  // style.css

// Writes `page` to `out`, with what `fill` writes in the place of each {{name}}.
void fill_page(std::string_view page, std::ostream& out,
               const std::function<void(std::string_view name)>& fill);

// What a Content-Security-Policy takes for a style element that holds `style`: 'sha256-…'. Source: CSP level
// 3, section 2.3.1.
std::string style_source(std::string_view style);

}  // namespace hygiene::commands
