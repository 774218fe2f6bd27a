// Reads an AdmissionReview as it arrives: chunks in, a Review out. No value of a Secret is kept.
// Reused for every request of a connection. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "admission/review.hpp"
#include "admission/review_events.hpp"
#include "base/result.hpp"
#include "json/push_reader.hpp"

namespace hygiene::admission {

class ReviewReader {
 public:
  // The most that kept_bytes() comes to, of a forged review: text and labels of the object and of the
  // oldObject 2 MiB each, the envelope 256 KiB, the key being read 2 MiB, eight bytes for each of 256 Ki open
  // keys. Buffers grow by doubling, so that up to twice as much may be allocated.
  static constexpr std::size_t kKeptBytesMax = (2048 + 2048 + 256 + 2048 + 2048) * std::size_t{1024};

  // Ready for the next review.
  void reset();
  // False once the body cannot become a Review; finish() says why. Further chunks are ignored.
  bool feed(std::string_view chunk);
  // The Review, which lives until reset(). Errors: the body is not one AdmissionReview of
  // admission.k8s.io/v1, with the offset. partial() holds what was read before the error: its uid makes an
  // answer possible.
  Result<const Review*> finish();
  const Review& partial() const { return events_.review(); }
  // Bytes of text held for the review now.
  std::size_t kept_bytes() const { return events_.kept_bytes() + reader_.kept_bytes(); }

 private:
  ReviewEvents events_;
  json::PushReader reader_{events_};
  std::size_t offset_ = 0;
  std::optional<Error> error_;
};

}  // namespace hygiene::admission
