// An answer of the proxy's own, as an API server words a failure, so that kubectl and client-go show its
// sentence. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace hygiene::proxy {

// Status line, head and body; the connection ends with it.
std::string render_refusal(unsigned status, std::string_view sentence);

}  // namespace hygiene::proxy
