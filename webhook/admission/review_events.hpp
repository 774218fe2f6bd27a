// Turns the tokens of an AdmissionReview into a Review; the tokens of its two Secrets go to secret::Reader.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "admission/review.hpp"
#include "json/selective_events.hpp"
#include "secret/reader.hpp"

namespace hygiene::admission {

class ReviewEvents final : public json::SelectiveEvents {
 public:
  // Text of the envelope that is kept: uid, names, user and groups. Some identity providers send thousands of
  // groups.
  static constexpr std::size_t kEnvelopeBytesMax = 256 * 1024;

  // Ready for the next review.
  void reset();
  // Refuses what lacks a required field; moves the Secrets' facts into the review. Call once, after the last
  // token.
  void complete();
  const Review& review() const { return review_; }
  std::size_t kept_bytes() const { return kept_bytes_ + object_.kept_bytes() + stored_.kept_bytes(); }

 private:
  void on_begin_object() override;
  void on_end_object() override;
  void on_begin_array() override;
  void on_end_array() override;
  void on_key(std::string_view name) override;
  void on_string(std::string_view part, bool last) override;
  void on_number() override { refuse_unless_ignored(); }
  void on_boolean(bool value) override;
  void on_null() override;
  void on_refusal(const Error& error) override;

  enum class Place : std::uint8_t { outside, top, request, kind, user_info, groups };
  enum class Slot : std::uint8_t {
    review,
    ignored,
    text,
    request,
    kind,
    user_info,
    groups,
    dry_run,
    object,
    stored,
  };

  void key_of_envelope(std::string_view name);
  void key_of_request(std::string_view name);
  void expect_text(std::string& target);
  void refuse_type(const char* expected);
  void read_secret(secret::Reader& reader);
  // The review is of another resource than Secrets.
  bool other_kind() const;
  // A value of a type that only an ignored field may have.
  void refuse_unless_ignored();

  Review review_;
  std::string kind_, api_version_, operation_;
  secret::Reader object_{review_.object};
  secret::Reader stored_{review_.stored};

  Place place_ = Place::outside;
  Slot slot_ = Slot::review;
  std::string* target_ = nullptr;
  std::string field_;  // of the request, for messages
  std::size_t kept_bytes_ = 0;
};

}  // namespace hygiene::admission
