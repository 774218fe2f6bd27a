#include "commands/cli/results_json.hpp"

namespace hygiene::commands {

ResultsJson::ResultsJson(std::ostream& out, std::string_view kind) : out_(out) {
  json_.begin_object();
  json_.type_meta("secret-hygiene.io/v1alpha1", kind);
  json_.key("results");
  json_.begin_array();
}

void write_label_changes(json::Writer& json, const std::vector<policy::LabelChange>& changes) {
  json.objects("labels", changes, [&json](const policy::LabelChange& change) {
    json.field("action", to_string(change.action));
    json.field("key", change.key);
    if (change.action != policy::LabelAction::remove) json.field("value", change.value);
    if (change.policy != nullptr) json.field("policy", change.policy->name);
  });
}

}  // namespace hygiene::commands
