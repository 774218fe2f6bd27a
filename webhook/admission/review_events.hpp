// Turns the tokens of an AdmissionReview into a Review; the tokens of its two Secrets go to secret::Reader.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "admission/review.hpp"
#include "json/events.hpp"
#include "secret/reader.hpp"

namespace hygiene::admission {

class ReviewEvents final : public json::Events {
 public:
  // Text of the envelope that is kept: uid, names, user and groups. Some identity providers send thousands of
  // groups.
  static constexpr std::size_t kEnvelopeBytesMax = 256 * 1024;
  // Of an oldObject: kind, apiVersion, uid, resourceVersion and the names of the largest keys, some 1.5 KiB
  // of what an API server has stored.
  static constexpr std::size_t kStoredBytesMax = 64 * 1024;

  // Ready for the next review.
  void reset();
  // Refuses what lacks a required field; moves the Secrets' facts into the review. Call once, after the last
  // token.
  void complete();
  const Review& review() const { return review_; }
  std::size_t kept_bytes() const { return kept_bytes_ + object_.kept_bytes() + stored_.kept_bytes(); }

  void begin_object() override;
  void end_object() override;
  void begin_array() override;
  void end_array() override;
  void key(std::string_view name) override;
  void string(std::string_view part, bool last) override;
  void number() override;
  void boolean(bool value) override;
  void null() override;

 private:
  enum class Place : std::uint8_t { outside, top, request, kind, resource, user_info, groups };
  enum class Slot : std::uint8_t {
    review,
    ignored,
    text,
    request,
    kind,
    resource,
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
  // True if a token belongs to one of the two Secrets: hand it on, then call handed_on().
  bool inside_secret() const { return secret_ != nullptr; }
  void handed_on();
  void enter_secret(secret::Reader& reader);
  bool other_kind() const;
  void take_other();

  Review review_;
  std::string kind_, api_version_, operation_;
  secret::Reader object_{review_.object, {.keep_names = true}};
  secret::Reader stored_{review_.stored, {.keep_names = false, .kept_bytes_max = kStoredBytesMax}};

  Place place_ = Place::outside;
  Slot slot_ = Slot::review;
  std::uint32_t skip_depth_ = 0;    // open containers of a field that is ignored
  std::uint32_t secret_depth_ = 0;  // open containers of the Secret being read
  secret::Reader* secret_ = nullptr;
  bool in_object_ = false;  // the Secret being read is `object`, not `oldObject`
  std::string* target_ = nullptr;
  std::string field_;  // of the request, for messages
  std::size_t kept_bytes_ = 0;
};

}  // namespace hygiene::admission
