#include "commands/check/check_manifests.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"

namespace hygiene::commands {
namespace {

// No kind or apiVersion that matters here is as long; of a longer one the rest is dropped.
constexpr std::size_t kKindBytesMax = 256;

constexpr std::string_view kNotAnObject = "expected an object: a Secret, a List or an AdmissionReview";

constexpr std::string_view kReviewFields =
    "an AdmissionReview has only the fields kind, apiVersion, request and response";

constexpr const char* kNoKind = "the object has no kind, so it is not a Kubernetes manifest";

// Of a Secret. The API server tells upper case from lower.
constexpr std::array<std::string_view, 7> kFields{"apiVersion", "kind",       "metadata", "type",
                                                  "data",       "stringData", "immutable"};

bool equal_but_for_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, base::to_lower, base::to_lower);
}

// The field of a Secret that `name` is in wrong case; else nothing.
std::string_view field_meant(std::string_view name) {
  const auto* const meant =
      std::ranges::find_if(kFields, [&](std::string_view field) { return equal_but_for_case(field, name); });
  return meant == kFields.end() || *meant == name ? std::string_view() : *meant;
}

// `written` differs in case only: it is no value of the user's.
Error did_you_mean(const std::string& written, std::string_view meant, const base::Position& where) {
  return {Errc::invalid, written + ": did you mean " + std::string(meant) + "?", where};
}

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
  no_object_ = false;
}

void ManifestEvents::unread(const Error& error) {
  if (!levels_.empty() && !level().unread) level().unread = error;
}

void ManifestEvents::open_level() {
  if (levels_.size() == kLevelsMax) return refuse(Errc::limit, "a List in a List in a List is not read");
  levels_.emplace_back().where = *where_;
  secret_.reset();
  placeholders_.reset();
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
  if (level().field == Field::sops) level().encrypted = true;
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
                  : name == "sops"       ? Field::sops
                                         : Field::other;
  if (const std::string_view meant = field_meant(name); !meant.empty() && !level().misspelt) {
    level().misspelt = did_you_mean(std::string(name), meant, *where_);
  }
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
  if (levels_.empty()) {
    no_object_ = true;
    return refuse(Errc::invalid, std::string(kNotAnObject));
  }
  if (at_item() && level().nameless++ == 0) level().first_nameless = *where_;
}

void ManifestEvents::close_level() {
  const Level object = std::move(levels_.back());
  levels_.pop_back();
  as_secret_.reading = as_review_.reading = false;
  const bool list_kind = object.kind == "List" || object.kind == "SecretList";
  if (object.has_items || list_kind) return close_list(object);
  if (equal_but_for_case(object.kind, "Secret")) return close_secret(object);
  if (object.kind == "AdmissionReview" && levels_.empty()) return close_review(object);
  if (object.kind == "Namespace" && object.api_version == "v1") return close_namespace(object);
  if (object.kind.empty()) return close_nameless(object);
  // SOPS encrypts the kind too unless it is told what to encrypt.
  if (object.encrypted && object.kind.starts_with("ENC["))
    return handler_.unfinished(Unfinished::encrypted, object.where);
  handler_.other();
}

void ManifestEvents::close_secret(const Level& object) {
  if (!object.api_version.empty() && !equal_but_for_case(object.api_version, "v1")) return handler_.other();
  if (object.encrypted) return handler_.unfinished(Unfinished::encrypted, object.where);
  if (object.kind != "Secret")
    return handler_.fault(did_you_mean("kind " + object.kind, "Secret", object.where));
  if (object.misspelt) return handler_.fault(*object.misspelt);
  if (object.api_version.empty()) {
    return handler_.fault({Errc::missing, "a Secret without apiVersion; expected v1", object.where});
  }
  if (object.api_version != "v1")
    return handler_.fault(did_you_mean("apiVersion " + object.api_version, "v1", object.where));
  hand_out_secret(object);
}

// The reader of Secrets takes the metadata of any object. Nobody asked to judge one that it cannot read.
void ManifestEvents::close_namespace(const Level& object) {
  if (object.unread || as_secret_.refused) return handler_.other();
  handler_.name_space(secret_.facts());
}

void ManifestEvents::hand_out_secret(const Level& object) {
  if (object.unread) return handler_.fault(*object.unread);
  if (placeholders_.found()) return handler_.unfinished(Unfinished::placeholder, object.where);
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
  if (object.misspelt && levels_.empty()) return handler_.fault(*object.misspelt);
  if (levels_.empty()) return handler_.no_object({Errc::missing, kNoKind, object.where});
  Level& list = levels_.back();
  const bool typed =
      list.kind.empty() && !object.unread && !as_secret_.refused && !secret_.facts().type.empty();
  if (list.kind == "SecretList" || typed) return hand_out_secret(object);
  if (list.nameless++ == 0) list.first_nameless = object.where;
}

void ManifestEvents::close_list(const Level& list) {
  if (list.kind == "Secret") {
    return handler_.fault({Errc::invalid, "a Secret has no field `items`; remove it", list.where});
  }
  const bool maybe_secrets = list.kind == "List" || list.kind == "SecretList" || list.kind.empty();
  if (maybe_secrets && list.unread) return handler_.fault(*list.unread);
  if (list.kind.empty()) return handler_.no_object({Errc::missing, kNoKind, list.where});
  if (list.nameless == 0) return;
  if (maybe_secrets) {
    return handler_.fault({Errc::missing,
                           list.nameless == 1
                               ? std::string("an item of the list has no kind")
                               : std::to_string(list.nameless) + " items of the list have no kind",
                           list.first_nameless});
  }
  for (std::uint64_t i = 0; i < list.nameless; ++i) handler_.other();
}

}  // namespace hygiene::commands
