#include "admission/json_patch.hpp"

#include <string_view>

#include <boost/algorithm/string/replace.hpp>

#include "json/writer.hpp"

namespace hygiene::admission {
namespace {

using policy::AnnotationChange;
using policy::LabelAction;

// A reference token of JSON Pointer (RFC 6901).
std::string token(std::string_view key) {
  return boost::replace_all_copy(boost::replace_all_copy(std::string(key), "~", "~0"), "/", "~1");
}

// One map of metadata as the target of operations. A map that is absent is added whole.
class MapPatch {
 public:
  MapPatch(json::Writer& json, std::string_view map, bool exists)
      : json_(json), path_(map), exists_(exists) {}

  void set(std::string_view key, std::string_view value) {
    if (exists_) {
      begin("add", path_ + '/' + token(key));
      json_.field("value", value);
      json_.end_object();
      return;
    }
    if (!open_) {
      begin("add", path_);
      json_.key("value");
      json_.begin_object();
      open_ = true;
    }
    json_.field(key, value);
  }

  void remove(std::string_view key) {
    end();
    begin("remove", path_ + '/' + token(key));
    json_.end_object();
  }

  // Closes a map that is being added. Nothing can be set in it afterwards.
  void end() {
    if (!open_) return;
    json_.end_object();
    json_.end_object();
    open_ = false;
    exists_ = true;
  }

 private:
  void begin(std::string_view op, std::string_view path) {
    json_.begin_object();
    json_.field("op", op);
    json_.field("path", path);
  }

  json::Writer& json_;
  std::string path_;
  bool exists_;
  bool open_ = false;
};

void patch_labels(json::Writer& json, const policy::LabelPlan& plan, bool exists) {
  MapPatch labels(json, "/metadata/labels", exists);
  for (const policy::LabelChange& change : plan.changes) {
    if (change.action == LabelAction::add || change.action == LabelAction::replace) {
      labels.set(change.key, change.value);
    } else if (change.action == LabelAction::remove) {
      labels.remove(change.key);
    }
  }
  labels.end();
}

void patch_annotations(json::Writer& json, const policy::LabelPlan& plan, bool exists) {
  MapPatch annotations(json, "/metadata/annotations", exists);
  const auto apply = [&annotations](std::string_view key, const AnnotationChange& change) {
    if (change.kind == AnnotationChange::Kind::set) annotations.set(key, change.value);
    if (change.kind == AnnotationChange::Kind::remove) annotations.remove(key);
  };
  apply(secret::kOwnedLabelsAnnotation, plan.owned_labels);
  apply(secret::kBytesAnnotation, plan.bytes);
  annotations.end();
}

}  // namespace

std::string to_json_patch(const policy::LabelPlan& plan, const secret::Facts& object) {
  if (plan.empty()) return {};
  json::Writer json;
  json.array([&] {
    patch_labels(json, plan, object.has_labels);
    patch_annotations(json, plan, object.has_annotations);
  });
  return json.take();
}

}  // namespace hygiene::admission
