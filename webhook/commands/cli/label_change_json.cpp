#include "commands/cli/label_change_json.hpp"

namespace hygiene::commands {

void write_label_changes(json::Writer& json, const std::vector<policy::LabelChange>& changes) {
  json.objects("labels", changes, [&json](const policy::LabelChange& change) {
    json.field("action", to_string(change.action));
    json.field("key", change.key);
    if (change.action != policy::LabelAction::remove) json.field("value", change.value);
    if (change.policy != nullptr) json.field("policy", change.policy->name);
  });
}

}  // namespace hygiene::commands
