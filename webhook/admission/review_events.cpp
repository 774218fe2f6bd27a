#include "admission/review_events.hpp"

#include "base/clear_and_shrink.hpp"
#include "base/utf8.hpp"

namespace hygiene::admission {
namespace {

using base::Errc;
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
  clear_refusal();
  review_.clear();
  for (std::string* text : {&kind_, &api_version_, &operation_, &field_}) base::clear_and_shrink(*text);
  object_.reset();
  stored_.reset();
  place_ = Place::outside;
  slot_ = Slot::review;
  skip_depth_ = secret_depth_ = 0;
  secret_ = nullptr;
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

void ReviewEvents::begin_object() {
  if (inside_secret()) {
    ++secret_depth_;
    secret_->begin_object();
    return handed_on();
  }
  if (skip_depth_ > 0) {
    ++skip_depth_;
    return;
  }
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
    case Slot::resource:
      place_ = Place::resource;
      return;
    case Slot::user_info:
      place_ = Place::user_info;
      return;
    case Slot::object:
      review_.has_object = in_object_ = true;
      return enter_secret(object_);
    case Slot::stored:
      review_.has_stored = true;
      in_object_ = false;
      return enter_secret(stored_);
    case Slot::ignored:
      skip_depth_ = 1;
      return;
    case Slot::dry_run:
      return refuse_type("true or false");
    case Slot::groups:
      return refuse_type("an array of strings");
    case Slot::text:
      return refuse_type("a string");
  }
}

void ReviewEvents::enter_secret(secret::Reader& reader) {
  // Of another kind than ours nothing is known; `kind` stands before the objects.
  if (!review_.kind.empty() && other_kind()) {
    skip_depth_ = 1;
    return;
  }
  secret_ = &reader;
  secret_depth_ = 1;
  reader.begin_object();
}

void ReviewEvents::handed_on() {
  if (secret_->refused()) {
    const base::Error& error = secret_->refusal();
    return refuse(error.code(), (in_object_ ? "request.object." : "request.oldObject.") + error.message());
  }
  if (secret_depth_ == 0) secret_ = nullptr;
}

void ReviewEvents::end_object() {
  if (inside_secret()) {
    --secret_depth_;
    secret_->end_object();
    return handed_on();
  }
  if (skip_depth_ > 0) {
    --skip_depth_;
    return;
  }
  switch (place_) {
    case Place::kind:
    case Place::resource:
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

void ReviewEvents::begin_array() {
  if (inside_secret()) {
    ++secret_depth_;
    secret_->begin_array();
    return handed_on();
  }
  if (skip_depth_ > 0 || slot_ == Slot::ignored) {
    ++skip_depth_;
  } else if (slot_ == Slot::groups && place_ == Place::user_info) {
    place_ = Place::groups;
  } else {
    take_other();
  }
}

void ReviewEvents::end_array() {
  if (inside_secret()) {
    --secret_depth_;
    secret_->end_array();
    return handed_on();
  }
  if (skip_depth_ > 0) {
    --skip_depth_;
  } else {
    place_ = Place::user_info;
  }
}

void ReviewEvents::key(std::string_view name) {
  if (inside_secret()) {
    secret_->key(name);
    return handed_on();
  }
  if (skip_depth_ > 0) return;
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
    case Place::resource:
      if (name == "resource") expect_text(review_.resource);
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
  } else if (name == "resource") {
    slot_ = Slot::resource;
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

void ReviewEvents::string(std::string_view part, bool last) {
  if (inside_secret()) {
    secret_->string(part, last);
    return handed_on();
  }
  if (skip_depth_ > 0 || slot_ == Slot::ignored) return;
  if (place_ == Place::groups) {
    if (slot_ == Slot::groups) target_ = &review_.requester.groups.emplace_back();
    slot_ = last ? Slot::groups : Slot::text;
  } else if (slot_ != Slot::text) {
    return take_other();
  }
  const std::size_t bytes = part.size() + (place_ == Place::groups && last ? sizeof(std::string) : 0);
  if (kept_bytes_ + bytes > kEnvelopeBytesMax) {
    return refuse(Errc::limit, "names, user and groups of the review take more than " +
                                   std::to_string(kEnvelopeBytesMax) + " bytes");
  }
  kept_bytes_ += bytes;
  target_->append(part);
}

void ReviewEvents::number() {
  if (inside_secret()) {
    secret_->number();
    return handed_on();
  }
  take_other();
}

void ReviewEvents::boolean(bool value) {
  if (inside_secret()) {
    secret_->boolean(value);
    return handed_on();
  }
  if (skip_depth_ == 0 && slot_ == Slot::dry_run) {
    review_.dry_run = value;
    return;
  }
  take_other();
}

void ReviewEvents::null() {
  if (inside_secret()) {
    secret_->null();
    return handed_on();
  }
  // An absent object, oldObject or groups is sent as null.
  if (skip_depth_ == 0 && slot_ == Slot::review) refuse_type("an object");
}

// A value where an object, a string or something else was expected.
void ReviewEvents::take_other() {
  if (skip_depth_ > 0) return;
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
