// The decoded length of base64 text that arrives in parts; nothing is decoded.
// Standard alphabet with padding (RFC 4648 section 4); CR and LF between characters are skipped, as Go's
// decoder, and so the API server, does. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hygiene::base {

class Base64Length {
 public:
  // False once the text can no longer be base64.
  bool feed(std::string_view part);
  // Bytes that the whole text decodes to; nothing if it is not base64. Ready for the next text afterwards.
  std::optional<std::uint64_t> finish();
  void reset() { *this = Base64Length(); }

 private:
  bool feed_slowly(std::string_view part);

  std::uint64_t characters_ = 0;  // of the alphabet, padding left out
  unsigned padding_ = 0;
  bool valid_ = true;
};

}  // namespace hygiene::base
