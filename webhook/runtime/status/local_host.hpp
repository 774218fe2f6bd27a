// Whether a Host header is one that a browser sends to an address, not to a name that a web site has chosen:
// what DNS rebinding needs is a name. Thread-safety: pure functions.
#pragma once

#include <string_view>

namespace hygiene::runtime {

// True for localhost and for an IP address, each with or without a port, and where there is none: a browser
// always sends one. Source of the form: RFC 9112 section 3.2, RFC 3986 section 3.2.2.
bool is_local_host(std::string_view host);

}  // namespace hygiene::runtime
