#include "admission/review_reader.hpp"

namespace hygiene::admission {

static_assert(ReviewReader::kKeptBytesMax == 2 * secret::ReadOptions().kept_bytes_max +
                                                 ReviewEvents::kEnvelopeBytesMax +
                                                 json::ReaderLimits().key_bytes_max +
                                                 json::ReaderLimits().open_keys_max * sizeof(std::size_t));

void ReviewReader::reset() {
  events_.reset();
  reader_.reset();
  offset_ = 0;
  error_.reset();
}

bool ReviewReader::feed(std::string_view chunk) {
  if (error_) return false;
  const auto read = reader_.feed(chunk);
  if (!read) {
    error_ = read.error();
  } else {
    offset_ += *read;
    if (*read < chunk.size())
      error_.emplace(Errc::syntax, "text follows the end of the review", base::Position{offset_});
  }
  return !error_;
}

Result<const Review*> ReviewReader::finish() {
  if (!error_) {
    if (const auto ended = reader_.finish(); !ended) error_ = ended.error();
  }
  // Also after an error: what is known by then, the uid above all, makes an answer possible.
  events_.complete();
  if (!error_ && events_.refused())
    error_.emplace(events_.refusal().code(), events_.refusal().message(), base::Position{offset_});
  if (error_) return *error_;
  return &events_.review();
}

}  // namespace hygiene::admission
