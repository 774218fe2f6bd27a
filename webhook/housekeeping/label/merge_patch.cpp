#include "housekeeping/label/merge_patch.hpp"

#include "json/writer.hpp"
#include "secret/facts.hpp"

namespace hygiene::housekeeping {

using policy::AnnotationChange;
using policy::LabelAction;

void write_annotation(json::Writer& json, std::string_view name, const AnnotationChange& change) {
  if (change.kind == AnnotationChange::Kind::set) json.field(name, change.value);
  if (change.kind == AnnotationChange::Kind::remove) json.null(name);
}

std::string to_merge_patch(const policy::LabelPlan& plan, std::string_view resource_version) {
  json::Writer json;
  json.object([&] {
    json.object("metadata", [&] {
      json.field("resourceVersion", resource_version);
      json.object("labels", [&] {
        for (const policy::LabelChange& change : plan.changes) {
          if (change.action == LabelAction::add || change.action == LabelAction::replace) {
            json.field(change.key, change.value);
          } else if (change.action == LabelAction::remove) {
            json.null(change.key);
          }
        }
      });
      json.object("annotations", [&] {
        write_annotation(json, secret::kOwnedLabelsAnnotation, plan.owned_labels);
        write_annotation(json, secret::kBytesAnnotation, plan.bytes);
      });
    });
  });
  return json.take();
}

}  // namespace hygiene::housekeeping
