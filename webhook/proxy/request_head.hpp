// Reads the head of an HTTP/1.1 request strictly: it refuses a request whose head or body an API server could
// see end elsewhere. Beast's basic_parser, under the webhook's server, takes folded lines and a repeated
// length: tests/support/request_heads.hpp compares the two, tests/fuzz/fuzz_request.cpp where they see a
// request end. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hygiene::proxy {

// An API server takes 1 MiB; client-go sends some hundred bytes, and a token of many groups some thousand.
inline constexpr std::size_t kHeadBytesMax = 64 * 1024;

// How the end of a body is found.
struct Framing {
  enum class Kind { none, length, chunked, until_close };
  Kind kind = Kind::none;
  std::uint64_t length = 0;
};

// Views into the input.
struct RequestHead {
  std::size_t size = 0;  // with the empty line
  std::string_view method;
  std::string_view target;
  std::string_view host;
  bool authorized = false;  // it has an Authorization header, whatever it holds
  bool upgrade = false;     // Connection: upgrade, and Upgrade
  Framing framing;
};

// Neither a head nor a refusal: the head is not whole yet, and no longer than kHeadBytesMax.
struct HeadReading {
  std::optional<RequestHead> head = {};
  unsigned status = 0;              // of the refusal; 0: none
  std::string_view complaint = {};  // a sentence of static storage
};

// `input` begins with the head's first byte. Refused: a line that does not end with CRLF, a folded line,
// white space before a colon, a control character, an absolute target (RFC 9112, section 3.2.2), CONNECT,
// other versions than HTTP/1.0 and 1.1, not exactly one valid Host, both Content-Length and Transfer-Encoding
// or one of them twice, a length that is not decimal digits alone, another coding than chunked.
HeadReading read_request_head(std::string_view input);

// What changes in a head that goes on. An empty view changes nothing.
struct HeadChanges {
  std::string_view base_path;  // goes before the target
  std::string_view target;
  std::string_view host;
  std::string_view bearer_token;  // adds an Authorization header
};

// The head to send. `head` was read from `input`. The caller wipes the text if it holds a token.
std::string changed_head(std::string_view input, const RequestHead& head, const HeadChanges& changes);

}  // namespace hygiene::proxy
