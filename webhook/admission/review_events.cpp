#include "admission/review_events.hpp"

#include "base/clear_and_shrink.hpp"
#include "base/utf8.hpp"

namespace hygiene::admission {
namespace {

using policy::Operation;

Operation parse_operation(std::string_view text) {
  for (const Operation operation :
       {Operation::create, Operation::update, Operation::remove, Operation::connect}) {
    if (text == to_string(operation)) return operation;
  }
  return Operation::unknown;
}

}  // namespace

void ReviewEvents::reset() {
  restart();
  review_.clear();
  for (std::string* text : {&kind_, &api_version_, &operation_, &field_}) base::clear_and_shrink(*text);
  object_.reset();
  stored_.reset();
  place_ = Place::outside;
  slot_ = Slot::review;
  kept_bytes_ = 0;
}

void ReviewEvents::complete() {
  review_.operation = parse_operation(operation_);
  if (kind_ != "AdmissionReview" || api_version_ != "admission.k8s.io/v1") {
    return refuse(Errc::unsupported, "expected kind AdmissionReview of apiVersion admission.k8s.io/v1");
  }
  if (review_.uid.empty()) return refuse(Errc::missing, "request.uid: missing");
  if (other_kind()) return;
  const bool writes = review_.operation == Operation::create || review_.operation == Operation::update;
  if (writes && !review_.has_object) return refuse(Errc::missing, "request.object: missing");
  if (review_.operation == Operation::update && !review_.has_stored) {
    return refuse(Errc::missing, "request.oldObject: missing");
  }
  if (review_.object.namespace_name.empty()) review_.object.namespace_name = review_.namespace_name;
  if (review_.object.name.empty()) review_.object.name = review_.name;
}

bool ReviewEvents::other_kind() const {
  return !review_.group.empty() || review_.kind != "Secret" || review_.version != "v1";
}

void ReviewEvents::on_begin_object() {
  switch (slot_) {
    case Slot::review:
      place_ = Place::top;
      return;
    case Slot::request:
      place_ = Place::request;
      return;
    case Slot::kind:
      place_ = Place::kind;
      return;
    case Slot::user_info:
      place_ = Place::user_info;
      return;
    case Slot::object:
      review_.has_object = true;
      return read_secret(object_);
    case Slot::stored:
      review_.has_stored = true;
      return read_secret(stored_);
    case Slot::ignored:
      return skip();
    case Slot::dry_run:
    case Slot::groups:
    case Slot::text:
      return refuse_unless_ignored();
  }
}

void ReviewEvents::read_secret(secret::Reader& reader) {
  // Nothing is known of other kinds; `kind` stands before the objects.
  if (!review_.kind.empty() && other_kind()) return skip();
  hand_over(reader);
}

void ReviewEvents::on_refusal(const Error& error) {
  refuse(error.code(), (object_.refused() ? "request.object." : "request.oldObject.") + error.message());
}

void ReviewEvents::on_end_object() {
  switch (place_) {
    case Place::kind:
    case Place::user_info:
      place_ = Place::request;
      return;
    case Place::request:
      place_ = Place::top;
      return;
    default:
      place_ = Place::outside;
  }
}

void ReviewEvents::on_begin_array() {
  if (slot_ == Slot::ignored) return skip();
  if (slot_ != Slot::groups || place_ != Place::user_info) return refuse_unless_ignored();
  place_ = Place::groups;
}

void ReviewEvents::on_end_array() {
  place_ = Place::user_info;
}

void ReviewEvents::on_key(std::string_view name) {
  slot_ = Slot::ignored;
  key_of_envelope(name);
  // For messages about its value; there are none about a field that is ignored.
  if (slot_ != Slot::ignored) field_.assign(name);
}

void ReviewEvents::key_of_envelope(std::string_view name) {
  switch (place_) {
    case Place::top:
      if (name == "request") slot_ = Slot::request;
      if (name == "kind") expect_text(kind_);
      if (name == "apiVersion") expect_text(api_version_);
      return;
    case Place::request:
      return key_of_request(name);
    case Place::kind:
      if (name == "group") expect_text(review_.group);
      if (name == "version") expect_text(review_.version);
      if (name == "kind") expect_text(review_.kind);
      return;
    case Place::user_info:
      if (name == "username") expect_text(review_.requester.username);
      if (name == "groups") slot_ = Slot::groups;
      return;
    case Place::outside:
    case Place::groups:
      return;
  }
}

void ReviewEvents::key_of_request(std::string_view name) {
  if (name == "uid") {
    expect_text(review_.uid);
  } else if (name == "kind") {
    slot_ = Slot::kind;
  } else if (name == "subResource") {
    expect_text(review_.subresource);
  } else if (name == "name") {
    expect_text(review_.name);
  } else if (name == "namespace") {
    expect_text(review_.namespace_name);
  } else if (name == "operation") {
    expect_text(operation_);
  } else if (name == "userInfo") {
    slot_ = Slot::user_info;
  } else if (name == "object") {
    slot_ = Slot::object;
  } else if (name == "oldObject") {
    slot_ = Slot::stored;
  } else if (name == "dryRun") {
    slot_ = Slot::dry_run;
  }
}

void ReviewEvents::on_string(std::string_view part, bool last) {
  if (slot_ == Slot::ignored) return;
  if (place_ == Place::groups) {
    if (slot_ == Slot::groups) target_ = &review_.requester.groups.emplace_back();
    slot_ = last ? Slot::groups : Slot::text;
  } else if (slot_ != Slot::text) {
    return refuse_unless_ignored();
  }
  const std::size_t bytes = part.size() + (place_ == Place::groups && last ? sizeof(std::string) : 0);
  if (kept_bytes_ + bytes > kEnvelopeBytesMax) {
    return refuse(Errc::limit, "names, user and groups of the review exceed " +
                                   std::to_string(kEnvelopeBytesMax) + " bytes");
  }
  kept_bytes_ += bytes;
  target_->append(part);
}

void ReviewEvents::on_boolean(bool value) {
  if (slot_ != Slot::dry_run) return refuse_unless_ignored();
  review_.dry_run = value;
}

void ReviewEvents::on_null() {
  // An absent object, oldObject or groups is sent as null.
  if (slot_ == Slot::review) refuse_type("an object");
}

void ReviewEvents::refuse_unless_ignored() {
  switch (slot_) {
    case Slot::ignored:
      return;
    case Slot::text:
      return refuse_type("a string");
    case Slot::dry_run:
      return refuse_type("true or false");
    case Slot::groups:
      return refuse_type("an array of strings");
    default:
      return refuse_type("an object");
  }
}

void ReviewEvents::expect_text(std::string& target) {
  slot_ = Slot::text;
  target.clear();  // given twice it is refused at the end of the object; the answer must hold one uid
  target_ = &target;
}

void ReviewEvents::refuse_type(const char* expected) {
  constexpr std::size_t kFieldInMessageMax = 64;
  const std::string field =
      place_ == Place::outside ? "the review" : base::truncate_utf8(field_, kFieldInMessageMax);
  refuse(Errc::invalid, field + ": expected " + expected);
}

}  // namespace hygiene::admission
