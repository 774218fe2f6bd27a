// The head of an HTTP/1.1 request, read strictly: where this and an API server could see another end of the
// head or of the body, the request is refused. Beast's basic_parser, on which the webhook's server stands,
// takes folded lines and a length that is given twice: tests/support/request_heads.hpp holds the two beside
// each other, tests/fuzz/fuzz_request.cpp where they see a request end. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hygiene::proxy {

// An API server takes 1 MiB; client-go sends some hundred bytes, and a token of many groups some thousand.
inline constexpr std::size_t kHeadBytesMax = 64 * 1024;

// How the end of a body is known.
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
  bool authorized = false;  // an Authorization header is there, whatever it holds
  bool upgrade = false;     // Connection: upgrade, and Upgrade
  Framing framing;
};

// Nothing of both: the head is not whole yet, and no longer than kHeadBytesMax.
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

// What is put in place of what came. A view that is empty changes nothing.
struct HeadChanges {
  std::string_view base_path;  // goes before the target
  std::string_view target;
  std::string_view host;
  std::string_view bearer_token;  // adds an Authorization header
};

// The head as it goes on. `input` is what `head` was read from. The caller wipes the text if a token is in
// it.
std::string changed_head(std::string_view input, const RequestHead& head, const HeadChanges& changes);

}  // namespace hygiene::proxy
