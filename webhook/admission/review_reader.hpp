// Reads an AdmissionReview as it arrives: chunks in, a Review out. No value of a Secret is kept.
// Reused for every request of a connection. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "admission/review.hpp"
#include "base/result.hpp"

namespace hygiene::admission {

class ReviewReader {
 public:
  ReviewReader();
  ~ReviewReader();

  void reset();
  // False once the body cannot become a Review; finish() says why. Further chunks are ignored.
  bool feed(std::string_view chunk);
  // The Review, which lives until reset(). Errors: the body is not one AdmissionReview of
  // admission.k8s.io/v1, with the offset. partial() holds what was read before the error: its uid makes an
  // answer possible.
  base::Result<const Review*> finish();
  const Review& partial() const;
  // Bytes of text held for the review now.
  std::size_t kept_bytes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hygiene::admission
