#include "commands/check/check_manifests.hpp"

#include <algorithm>
#include <utility>

namespace hygiene::commands {
namespace {

using base::Errc;
using base::Error;

// No kind or apiVersion that matters here is as long; of a longer one the rest is dropped.
constexpr std::size_t kKindBytesMax = 256;

constexpr std::string_view kNotAnObject = "expected an object: a Secret, a List or an AdmissionReview";

constexpr std::string_view kReviewFields =
    "an AdmissionReview has only the fields kind, apiVersion, request and response";

}  // namespace

void ManifestEvents::begin_document(const base::Position& where) {
  clear_refusal();
  where_ = &where;
  levels_.clear();
  depth_ = 0;
  reading_secret_ = reading_review_ = false;
  review_refused_.reset();
}

void ManifestEvents::unread(const Error& error) {
  if (!levels_.empty() && !level().unread) level().unread = error;
}

// Gives a token to whoever may still make something of the object. What they refuse matters only if it turns
// out to be theirs: a ConfigMap's data is no base64.
template <class Hand>
void ManifestEvents::hand_on(Hand hand) {
  if (reading_secret_) {
    hand(secret_);
    if (secret_.refused()) {
      reading_secret_ = false;
      level().refused.emplace(secret_.refusal().code(), secret_.refusal().message(), *where_);
    }
  }
  if (reading_review_) {
    hand(review_);
    if (review_.refused()) {
      reading_review_ = false;
      review_refused_.emplace(review_.refusal().code(), review_.refusal().message(), *where_);
    }
  }
}

void ManifestEvents::open_level() {
  if (levels_.size() == kLevelsMax) return refuse(Errc::limit, "a List in a List in a List is not read");
  levels_.emplace_back().where = *where_;
  secret_.reset();
  reading_secret_ = true;
  reading_review_ = levels_.size() == 1;
  if (reading_review_) review_.reset();
  hand_on([](json::Events& to) { to.begin_object(); });
}

void ManifestEvents::begin_object() {
  if (levels_.empty() || at_item()) return open_level();
  ++depth_;
  hand_on([](json::Events& to) { to.begin_object(); });
}

void ManifestEvents::end_object() {
  hand_on([](json::Events& to) { to.end_object(); });
  if (depth_ > 0) {
    --depth_;
    return;
  }
  close_level();
}

void ManifestEvents::begin_array() {
  if (levels_.empty()) return refuse(Errc::invalid, std::string(kNotAnObject));
  if (depth_ == 0 && !level().in_items && level().field == Field::items) {
    level().has_items = level().in_items = true;
    reading_secret_ = reading_review_ = false;
    return;
  }
  take_other();
  ++depth_;
  hand_on([](json::Events& to) { to.begin_array(); });
}

void ManifestEvents::end_array() {
  if (at_item()) {
    level().in_items = false;
    return;
  }
  --depth_;
  hand_on([](json::Events& to) { to.end_array(); });
}

void ManifestEvents::key(std::string_view name) {
  if (depth_ == 0) {
    level().field = name == "kind"         ? Field::kind
                    : name == "apiVersion" ? Field::api_version
                    : name == "items"      ? Field::items
                                           : Field::other;
    // A review has no other fields; this spares a List and a Secret the second reader.
    if (reading_review_ && level().field == Field::other && name != "request" && name != "response") {
      reading_review_ = false;
      review_refused_.emplace(Errc::invalid, std::string(kReviewFields), *where_);
    }
  }
  hand_on([name](json::Events& to) { to.key(name); });
}

void ManifestEvents::string(std::string_view part, bool last) {
  if (depth_ == 0 && !levels_.empty() && !at_item()) {
    Level& top = level();
    std::string* text = top.field == Field::kind          ? &top.kind
                        : top.field == Field::api_version ? &top.api_version
                                                          : nullptr;
    if (text != nullptr) text->append(part.substr(0, kKindBytesMax - std::min(kKindBytesMax, text->size())));
  }
  if (last) take_other();
  hand_on([part, last](json::Events& to) { to.string(part, last); });
}

void ManifestEvents::number() {
  take_other();
  hand_on([](json::Events& to) { to.number(); });
}

void ManifestEvents::boolean(bool value) {
  take_other();
  hand_on([value](json::Events& to) { to.boolean(value); });
}

void ManifestEvents::null() {
  // An empty YAML document is null.
  if (!levels_.empty()) take_other();
  hand_on([](json::Events& to) { to.null(); });
}

void ManifestEvents::take_other() {
  if (levels_.empty()) return refuse(Errc::invalid, std::string(kNotAnObject));
  if (at_item() && level().nameless++ == 0) level().first_nameless = *where_;
}

void ManifestEvents::close_level() {
  const Level object = std::move(levels_.back());
  levels_.pop_back();
  reading_secret_ = reading_review_ = false;
  const bool list_kind = object.kind == "List" || object.kind == "SecretList";
  if (object.has_items || list_kind) return close_list(object);
  if (object.kind == "Secret") return close_secret(object);
  if (object.kind == "AdmissionReview" && levels_.empty()) return close_review(object);
  if (object.kind.empty()) return close_nameless(object);
  handler_.other();
}

void ManifestEvents::close_secret(const Level& object) {
  if (object.api_version.empty()) {
    return handler_.fault({Errc::missing, "a Secret without apiVersion; expected v1", object.where});
  }
  if (object.api_version != "v1") return handler_.other();
  if (object.unread) return handler_.fault(*object.unread);
  if (object.refused) return handler_.fault(*object.refused);
  handler_.secret(secret_.facts(), object.where);
}

void ManifestEvents::close_review(const Level& object) {
  if (object.unread) return handler_.fault(*object.unread);
  if (!review_refused_) {
    review_.complete();
    if (review_.refused()) {
      review_refused_.emplace(review_.refusal().code(), review_.refusal().message(), object.where);
    }
  }
  if (review_refused_) return handler_.fault(*review_refused_);
  handler_.review(review_.review(), object.where);
}

// A SecretList as the API server sends it: its items give neither kind nor apiVersion, but always a type.
// Where the list's own kind is still to come, the type is what tells.
void ManifestEvents::close_nameless(const Level& object) {
  if (levels_.empty()) {
    return handler_.fault(
        {Errc::missing, "the object gives no kind: it is no Kubernetes manifest", object.where});
  }
  Level& list = levels_.back();
  const bool readable = !object.unread && !object.refused;
  if (list.kind == "SecretList" && !readable) {
    return handler_.fault(object.unread ? *object.unread : *object.refused);
  }
  const bool typed = list.kind.empty() && readable && !secret_.facts().type.empty();
  if (list.kind == "SecretList" || typed) return handler_.secret(secret_.facts(), object.where);
  if (list.nameless++ == 0) list.first_nameless = object.where;
}

void ManifestEvents::close_list(const Level& list) {
  if (list.kind == "Secret") {
    return handler_.fault({Errc::invalid, "a Secret has no field `items`; remove it", list.where});
  }
  const bool maybe_secrets = list.kind == "List" || list.kind == "SecretList" || list.kind.empty();
  if (maybe_secrets && list.unread) return handler_.fault(*list.unread);
  if (list.kind.empty()) {
    return handler_.fault(
        {Errc::missing, "the object gives no kind: it is no Kubernetes manifest", list.where});
  }
  if (list.nameless == 0) return;
  if (maybe_secrets) {
    return handler_.fault({Errc::missing,
                           list.nameless == 1
                               ? std::string("an item of the list gives no kind")
                               : std::to_string(list.nameless) + " items of the list give no kind",
                           list.first_nameless});
  }
  for (std::uint64_t i = 0; i < list.nameless; ++i) handler_.other();
}

}  // namespace hygiene::commands
