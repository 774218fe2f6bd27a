// Answers as bytes. Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "server/request_handler.hpp"

namespace hygiene::server {

struct ResponseOptions {
  std::chrono::system_clock::time_point now;  // for the Date header (RFC 9110, section 6.6.1)
  bool close = false;                         // the connection ends with this answer
  bool head_only = false;                     // an answer to HEAD: the length of the body, but no body
};

// Replaces `out` by head and body in one piece, so that a small answer is one TLS record and one packet.
// Writes no Retry-After: an API server must not be told to come again.
void render(const Answer& answer, ResponseOptions options, std::string& out);

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7).
std::string http_date(std::chrono::system_clock::time_point time);

// The sentence and a line end.
Answer plain_answer(unsigned status, std::string_view sentence);

}  // namespace hygiene::server
