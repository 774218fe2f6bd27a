// A label change as the JSON reports of check and label give it.
#pragma once

#include "json/fields.hpp"
#include "policy/label_plan.hpp"

namespace hygiene::commands {

template <class Writer>
void write_label_changes(Writer& writer, const std::vector<policy::LabelChange>& changes) {
  json::Fields<Writer> fields(writer);
  fields.key("labels");
  writer.StartArray();
  for (const policy::LabelChange& change : changes) {
    writer.StartObject();
    fields.field("action", to_string(change.action));
    fields.field("key", change.key);
    if (change.action != policy::LabelAction::remove) fields.field("value", change.value);
    if (change.policy != nullptr) fields.field("policy", change.policy->name);
    writer.EndObject();
  }
  writer.EndArray();
}

}  // namespace hygiene::commands
