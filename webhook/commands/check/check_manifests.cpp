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

void ManifestEvents::Candidate::begin() {
  reading = true;
  refused.reset();
}

void ManifestEvents::Candidate::refuse(Errc code, const std::string& message, const base::Position& where) {
  reading = false;
  refused.emplace(code, message, where);
}

void ManifestEvents::begin_document(const base::Position& where) {
  restart();
  where_ = &where;
  levels_.clear();
}

void ManifestEvents::unread(const Error& error) {
  if (!levels_.empty() && !level().unread) level().unread = error;
}

void ManifestEvents::open_level() {
  if (levels_.size() == kLevelsMax) return refuse(Errc::limit, "a List in a List in a List is not read");
  levels_.emplace_back().where = *where_;
  secret_.reset();
  as_secret_.begin();
  as_review_.reading = false;
  if (levels_.size() == 1) {
    review_.reset();
    as_review_.begin();
  }
  candidates_.begin_object();
}

void ManifestEvents::on_begin_object() {
  if (levels_.empty() || at_item()) return open_level();
  hand_over(candidates_);
}

void ManifestEvents::on_end_object() {
  candidates_.end_object();
  close_level();
}

void ManifestEvents::on_begin_array() {
  note_non_object();
  if (levels_.empty()) return;
  if (level().in_items || level().field != Field::items) return hand_over(candidates_);
  level().has_items = level().in_items = true;
  as_secret_.reading = as_review_.reading = false;
}

void ManifestEvents::on_key(std::string_view name) {
  level().field = name == "kind"         ? Field::kind
                  : name == "apiVersion" ? Field::api_version
                  : name == "items"      ? Field::items
                                         : Field::other;
  // A review has no other fields; this spares a List and a Secret the second reader.
  if (as_review_.reading && level().field == Field::other && name != "request" && name != "response") {
    as_review_.refuse(Errc::invalid, std::string(kReviewFields), *where_);
  }
  candidates_.key(name);
}

void ManifestEvents::on_string(std::string_view part, bool last) {
  if (!levels_.empty() && !at_item()) {
    Level& top = level();
    std::string* text = top.field == Field::kind          ? &top.kind
                        : top.field == Field::api_version ? &top.api_version
                                                          : nullptr;
    if (text != nullptr) text->append(part.substr(0, kKindBytesMax - std::min(kKindBytesMax, text->size())));
  }
  if (last) note_non_object();
  candidates_.string(part, last);
}

void ManifestEvents::on_number() {
  note_non_object();
  candidates_.number();
}

void ManifestEvents::on_boolean(bool value) {
  note_non_object();
  candidates_.boolean(value);
}

void ManifestEvents::on_null() {
  // An empty YAML document is null.
  if (!levels_.empty()) note_non_object();
  candidates_.null();
}

void ManifestEvents::note_non_object() {
  if (levels_.empty()) return refuse(Errc::invalid, std::string(kNotAnObject));
  if (at_item() && level().nameless++ == 0) level().first_nameless = *where_;
}

void ManifestEvents::close_level() {
  const Level object = std::move(levels_.back());
  levels_.pop_back();
  as_secret_.reading = as_review_.reading = false;
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
  if (as_secret_.refused) return handler_.fault(*as_secret_.refused);
  handler_.secret(secret_.facts(), object.where);
}

void ManifestEvents::close_review(const Level& object) {
  if (object.unread) return handler_.fault(*object.unread);
  if (!as_review_.refused) {
    review_.complete();
    if (review_.refused()) {
      as_review_.refuse(review_.refusal().code(), review_.refusal().message(), object.where);
    }
  }
  if (as_review_.refused) return handler_.fault(*as_review_.refused);
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
  const bool readable = !object.unread && !as_secret_.refused;
  if (list.kind == "SecretList" && !readable) {
    return handler_.fault(object.unread ? *object.unread : *as_secret_.refused);
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
