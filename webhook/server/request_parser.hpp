// Parses HTTP/1.1 requests, one after the other, in a read buffer. It copies nothing: every view that it
// hands out ends when the buffer moves. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "server/request_handler.hpp"

namespace hygiene::server {

// What the given bytes were.
enum class Parsed {
  need_more,  // no whole element yet: give the bytes again, with more
  header,     // the head ends here; a body may follow
  part,       // a part of the body, or what stands between two of a chunked one
  done,       // as `part`, and the request ends here
  header_too_large,
  body_too_large,
  // Not HTTP/1.0 or 1.1; not exactly one valid Host (HTTP/1.0: at most one); a target that is no path, URL or
  // `*`; an ambiguous length; another Transfer-Encoding than chunked.
  bad,
};

struct ParseStep {
  Parsed parsed = Parsed::need_more;
  std::size_t used = 0;   // bytes at the front
  std::string_view part;  // of the body; may be empty
};

enum class Expectation { none, proceed, other };

class RequestParser {
 public:
  RequestParser(std::size_t header_bytes_max, std::size_t body_bytes_max);
  ~RequestParser();

  // Call it before each request.
  void reset();
  // Until the head is whole, `input` begins with the request's first byte, and nothing of it is used; then it
  // begins with what was not used so far. Precondition: `input` is not empty, and the request is not done.
  ParseStep put(std::string_view input);

  // Valid once put() returned `header`.
  const RequestHead& head() const;  // its views: until the input's buffer moves
  bool has_body() const;
  bool keep_alive() const;          // HTTP/1.1 without `Connection: close`; HTTP/1.0 ends with its answer
  Expectation expectation() const;  // RFC 9110 section 10.1.1
  bool is_head_request() const;

 private:
  ParseStep put_header(std::string_view input);
  ParseStep put_body(std::string_view input);

  class Parser;
  std::size_t header_bytes_max_;
  std::size_t body_bytes_max_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace hygiene::server
