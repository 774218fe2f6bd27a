#include "housekeeping/label/merge_patch.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "json/fields.hpp"
#include "secret/facts.hpp"

namespace hygiene::housekeeping {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;
using policy::AnnotationChange;
using policy::LabelAction;

// A merge patch removes what it gives as null.
void labels(Writer& writer, json::Fields<Writer>& fields, const policy::LabelPlan& plan) {
  fields.key("labels");
  writer.StartObject();
  for (const policy::LabelChange& change : plan.changes) {
    if (change.action == LabelAction::add || change.action == LabelAction::replace) {
      fields.field(change.key, change.value);
    } else if (change.action == LabelAction::remove) {
      fields.null(change.key);
    }
  }
  writer.EndObject();
}

void annotation(json::Fields<Writer>& fields, std::string_view name, const AnnotationChange& change) {
  if (change.kind == AnnotationChange::Kind::set) fields.field(name, change.value);
  if (change.kind == AnnotationChange::Kind::remove) fields.null(name);
}

}  // namespace

std::string to_merge_patch(const policy::LabelPlan& plan, std::string_view resource_version) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  json::Fields<Writer> fields(writer);
  writer.StartObject();
  fields.key("metadata");
  writer.StartObject();
  fields.field("resourceVersion", resource_version);
  labels(writer, fields, plan);
  fields.key("annotations");
  writer.StartObject();
  annotation(fields, secret::kOwnedLabelsAnnotation, plan.owned_labels);
  annotation(fields, secret::kBytesAnnotation, plan.bytes);
  writer.EndObject();
  writer.EndObject();
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace hygiene::housekeeping
