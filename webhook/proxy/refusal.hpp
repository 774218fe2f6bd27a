// The proxy's own error answers, worded as an API server's, so that kubectl and client-go show the sentence.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace hygiene::proxy {

// Status line, head and body; the connection ends after it.
std::string render_refusal(unsigned status, std::string_view sentence);

}  // namespace hygiene::proxy
