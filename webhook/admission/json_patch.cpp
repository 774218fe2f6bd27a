#include "admission/json_patch.hpp"

#include <string_view>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace hygiene::admission {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;
using policy::AnnotationChange;
using policy::LabelAction;

void text(Writer& writer, std::string_view value) {
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

// One map of metadata as the target of operations: absent maps are added whole.
class MapPatch {
 public:
  MapPatch(Writer& writer, std::string_view map, bool exists)
      : writer_(writer), path_(map), exists_(exists) {}

  void set(std::string_view key, std::string_view value) {
    if (exists_) {
      begin("add", key);
      writer_.Key("value");
      text(writer_, value);
      writer_.EndObject();
      return;
    }
    if (!open_) begin_whole();
    writer_.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    text(writer_, value);
  }

  void remove(std::string_view key) {
    end();
    begin("remove", key);
    writer_.EndObject();
  }

  // Closes a map that is being added. Nothing can be set in it afterwards.
  void end() {
    if (!open_) return;
    writer_.EndObject();
    writer_.EndObject();
    open_ = false;
    exists_ = true;
  }

 private:
  void begin(std::string_view op, std::string_view key) {
    const std::size_t map_size = path_.size();
    append_token(key);
    head(op);
    path_.resize(map_size);
  }

  void begin_whole() {
    head("add");
    writer_.Key("value");
    writer_.StartObject();
    open_ = true;
  }

  void head(std::string_view op) {
    writer_.StartObject();
    writer_.Key("op");
    text(writer_, op);
    writer_.Key("path");
    text(writer_, path_);
  }

  // A reference token of JSON Pointer (RFC 6901).
  void append_token(std::string_view key) {
    path_ += '/';
    for (const char c : key) {
      if (c == '~') {
        path_ += "~0";
      } else if (c == '/') {
        path_ += "~1";
      } else {
        path_ += c;
      }
    }
  }

  Writer& writer_;
  std::string path_;
  bool exists_;
  bool open_ = false;
};

void patch_labels(Writer& writer, const policy::LabelPlan& plan, bool exists) {
  MapPatch labels(writer, "/metadata/labels", exists);
  for (const policy::LabelChange& change : plan.changes) {
    if (change.action == LabelAction::add || change.action == LabelAction::replace) {
      labels.set(change.key, change.value);
    } else if (change.action == LabelAction::remove) {
      labels.remove(change.key);
    }
  }
  labels.end();
}

void patch_annotations(Writer& writer, const policy::LabelPlan& plan, bool exists) {
  MapPatch annotations(writer, "/metadata/annotations", exists);
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
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartArray();
  patch_labels(writer, plan, object.has_labels);
  patch_annotations(writer, plan, object.has_annotations);
  writer.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace hygiene::admission
