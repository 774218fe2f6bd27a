#include "admission/json_patch.hpp"

#include <string_view>
#include <utility>
#include <vector>

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

// A reference token of JSON Pointer (RFC 6901).
std::string escaped(std::string_view key) {
  std::string token;
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

// The changes of one map of metadata: what is set and what is removed.
struct MapChanges {
  std::string_view path;
  bool exists = false;
  std::vector<std::pair<std::string_view, std::string_view>> sets;
  std::vector<std::string_view> removals;

  void write(Writer& writer) const {
    if (!exists && !sets.empty()) return write_whole(writer);
    for (const auto& [key, value] : sets) {
      begin(writer, "add", std::string(path) + "/" + escaped(key));
      writer.Key("value");
      text(writer, value);
      writer.EndObject();
    }
    for (const std::string_view key : removals) {
      begin(writer, "remove", std::string(path) + "/" + escaped(key));
      writer.EndObject();
    }
  }

 private:
  static void begin(Writer& writer, const char* op, std::string_view target) {
    writer.StartObject();
    writer.Key("op");
    writer.String(op);
    writer.Key("path");
    text(writer, target);
  }

  void write_whole(Writer& writer) const {
    begin(writer, "add", path);
    writer.Key("value");
    writer.StartObject();
    for (const auto& [key, value] : sets) {
      text(writer, key);
      text(writer, value);
    }
    writer.EndObject();
    writer.EndObject();
  }
};

void take(MapChanges& annotations, std::string_view key, const AnnotationChange& change) {
  if (change.kind == AnnotationChange::Kind::set) annotations.sets.emplace_back(key, change.value);
  if (change.kind == AnnotationChange::Kind::remove) annotations.removals.push_back(key);
}

}  // namespace

std::string to_json_patch(const policy::LabelPlan& plan, const secret::Facts& object) {
  if (plan.empty()) return {};
  MapChanges labels{"/metadata/labels", object.has_labels, {}, {}};
  for (const policy::LabelChange& change : plan.changes) {
    if (change.action == LabelAction::report) continue;
    if (change.action == LabelAction::remove) {
      labels.removals.push_back(change.key);
    } else {
      labels.sets.emplace_back(change.key, change.value);
    }
  }
  MapChanges annotations{"/metadata/annotations", object.has_annotations, {}, {}};
  take(annotations, secret::kOwnedLabelsAnnotation, plan.owned_labels);
  take(annotations, secret::kBytesAnnotation, plan.bytes);

  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartArray();
  labels.write(writer);
  annotations.write(writer);
  writer.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace hygiene::admission
