#include "cluster/stream_readers.hpp"

namespace hygiene::cluster {
namespace {

// A continue token of a list of Secrets has about 150 bytes.
constexpr std::size_t kTextBytesMax = 16 * 1024;

}  // namespace

void PathReader::key(std::string_view name) {
  if (depth_ == 0 || depth_ > kDepthFollowed) return;
  path_.resize(starts_[depth_ - 1]);
  if (depth_ > 1) path_ += '/';
  path_ += name;
  starts_[depth_] = path_.size();
  into_ = nullptr;
}

void PathReader::string(std::string_view part, bool last) {
  if (depth_ == 0 || depth_ > kDepthFollowed) return;
  if (into_ == nullptr) {
    into_ = wanted(path_);
    if (into_ == nullptr) return;
    into_->clear();
  }
  if (into_->size() + part.size() > kTextBytesMax) {
    refuse(base::Errc::limit, "a field of the answer's metadata is too long");
  } else {
    *into_ += part;
  }
  if (last) into_ = nullptr;
}

void PathReader::restart() {
  path_.clear();
  depth_ = 0;
  into_ = nullptr;
}

void PathReader::descend() {
  ++depth_;
  if (depth_ <= kDepthFollowed) starts_[depth_] = path_.size();  // elements of an array have no key
}

void PathReader::ascend() {
  --depth_;
  // What follows belongs to the object around it, whose key is cut to its own depth by the next key().
  if (depth_ <= kDepthFollowed) path_.resize(starts_[depth_]);
}

void ListReader::end_object() {
  PathReader::end_object();
  whole = whole || (depth() == 1 && path() == "metadata");
}

std::string* ListReader::wanted(std::string_view path) {
  if (path == "metadata/resourceVersion") return &resource_version;
  if (path == "metadata/continue") return &next;
  return nullptr;
}

void ListTee::heed(const json::Events& reader) {
  if (reader.refused()) refuse(reader.refusal().code(), reader.refusal().message());
}

void ListTee::begin_object() {
  ++depth_;
  if (of_list()) meta_.begin_object();
  items_.begin_object();
  heed(items_);
}

void ListTee::end_object() {
  if (of_list()) meta_.end_object();
  --depth_;
  items_.end_object();
  heed(items_);
}

void ListTee::begin_array() {
  ++depth_;
  if (of_list()) meta_.begin_array();
  items_.begin_array();
  heed(items_);
}

void ListTee::end_array() {
  if (of_list()) meta_.end_array();
  --depth_;
  items_.end_array();
  heed(items_);
}

void ListTee::key(std::string_view name) {
  if (of_list()) meta_.key(name);
  items_.key(name);
  heed(items_);
}

void ListTee::string(std::string_view part, bool last) {
  if (of_list()) {
    meta_.string(part, last);
    heed(meta_);
  }
  items_.string(part, last);
  heed(items_);
}

void ListTee::number() {
  items_.number();
  heed(items_);
}

void ListTee::boolean(bool value) {
  items_.boolean(value);
  heed(items_);
}

void ListTee::null() {
  items_.null();
  heed(items_);
}

void WatchReader::next_event() {
  restart();
  type.clear();
  resource_version.clear();
  reason.clear();
  message.clear();
}

std::string* WatchReader::wanted(std::string_view path) {
  if (path == "type") return &type;
  if (path == "object/metadata/resourceVersion") return &resource_version;
  if (path == "object/reason") return &reason;
  if (path == "object/message") return &message;
  return nullptr;
}

}  // namespace hygiene::cluster
