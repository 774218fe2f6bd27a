// The status page: one HTML document that asks for nothing from outside, made of files in
// webhook/runtime/status/status_html/. Its script only fetches it again. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "runtime/status/status_json.hpp"

namespace hygiene::runtime {

std::string_view status_skeleton();  // page.html
std::string_view status_style();     // style.css, after html::common_style()
std::string_view status_script();    // script.js

// Every name is escaped; long lists end with how many are left out.
std::string to_html(const Status& status);

// Header lines of every answer of the status port, each with its \r\n: a Content-Security-Policy that allows
// the page's own style and script, by their hashes, and to fetch from where it came; nothing is cached,
// framed or guessed. Sources: CSP level 3; Fetch, section 3.8 (Cross-Origin-Resource-Policy) and 3.7
// (nosniff).
std::string status_headers();

}  // namespace hygiene::runtime
