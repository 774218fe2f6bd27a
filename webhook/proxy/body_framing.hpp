// Finds where the body of a request or an answer ends, as it passes; keeps none of it. Thread-safety: one
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/request_head.hpp"

namespace hygiene::proxy {

class BodyFraming {
 public:
  BodyFraming() = default;  // no body: done
  explicit BodyFraming(Framing framing);

  // Returns how many bytes at the front of `input` belong to the body: all, unless the body ends there or is
  // malformed. A chunk begins with up to 15 hex digits, perhaps an extension, and CR LF (RFC 9112, section
  // 7.1); trailers are passed over.
  std::size_t take(std::string_view input);
  bool done() const { return state_ == State::done; }
  bool malformed() const { return state_ == State::malformed; }
  bool until_close() const { return state_ == State::until_close; }

 private:
  enum class State {
    done,
    malformed,
    until_close,
    data,         // left_ bytes more
    data_end,     // CR after a chunk
    data_end_lf,  // LF after it
    size,         // a hex digit, a semicolon or CR
    extension,
    size_lf,
    line_start,  // of a trailer, or CR of the empty line
    trailer,
    trailer_lf,
    last_lf,
  };
  State after(char c);
  State after_size(char c);
  State after_line(char c);

  State state_ = State::done;
  bool chunked_ = false;
  std::uint64_t left_ = 0;
  unsigned digits_ = 0;
  std::size_t line_bytes_ = 0;  // of extensions and trailers since the last chunk
};

}  // namespace hygiene::proxy
