#include "housekeeping/merge_patch.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "secret/facts.hpp"

namespace hygiene::housekeeping {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;
using policy::AnnotationChange;
using policy::LabelAction;

void key(Writer& writer, std::string_view name) {
  writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
}

void field(Writer& writer, std::string_view name, std::string_view value) {
  key(writer, name);
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

// A merge patch removes what it gives as null.
void removal(Writer& writer, std::string_view name) {
  key(writer, name);
  writer.Null();
}

void labels(Writer& writer, const policy::LabelPlan& plan) {
  key(writer, "labels");
  writer.StartObject();
  for (const policy::LabelChange& change : plan.changes) {
    if (change.action == LabelAction::add || change.action == LabelAction::replace) {
      field(writer, change.key, change.value);
    } else if (change.action == LabelAction::remove) {
      removal(writer, change.key);
    }
  }
  writer.EndObject();
}

void annotation(Writer& writer, std::string_view name, const AnnotationChange& change) {
  if (change.kind == AnnotationChange::Kind::set) field(writer, name, change.value);
  if (change.kind == AnnotationChange::Kind::remove) removal(writer, name);
}

}  // namespace

std::string to_merge_patch(const policy::LabelPlan& plan, std::string_view resource_version) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  key(writer, "metadata");
  writer.StartObject();
  field(writer, "resourceVersion", resource_version);
  labels(writer, plan);
  key(writer, "annotations");
  writer.StartObject();
  annotation(writer, secret::kOwnedLabelsAnnotation, plan.owned_labels);
  annotation(writer, secret::kBytesAnnotation, plan.bytes);
  writer.EndObject();
  writer.EndObject();
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace hygiene::housekeeping
