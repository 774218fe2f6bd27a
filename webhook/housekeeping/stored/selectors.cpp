#include "housekeeping/stored/selectors.hpp"

#include <algorithm>
#include <utility>

namespace hygiene::housekeeping {
namespace {

using secret::LabelOperator;
using secret::LabelRequirement;

// True if a selector takes what carries no label of its own.
bool excludes(const ControllerSelector& selector) {
  const std::string& labels = selector.label_selector;
  return labels.empty() || labels.front() == '!' || labels.find("!=") != std::string::npos;
}

std::vector<ControllerSelector> make_selectors() {
  std::vector<ControllerSelector> made;
  for (const KnownController& controller : known_controllers()) {
    if (controller.caches == Caches::metadata || controller.caches == Caches::without_data) continue;
    const bool both = controller.caches == Caches::both;
    for (const KnownSelector& selector : controller.selectors) {
      const auto same = std::ranges::find_if(made, [&](const ControllerSelector& each) {
        return each.label_selector == selector.labels && each.field_selector == selector.fields &&
               each.at == controller.filtered_at && each.metadata_of_others == both;
      });
      if (same != made.end()) {
        same->controllers += ", " + controller.name;
      } else {
        made.push_back({controller.name, selector.labels, selector.fields, controller.filtered_at, both});
      }
    }
  }
  std::ranges::stable_partition(made, excludes);
  return made;
}

// The part before the next comma, which is taken off `text`.
std::string_view next_term(std::string_view& text) {
  const std::size_t comma = std::min(text.find(','), text.size());
  const std::string_view term = text.substr(0, comma);
  text.remove_prefix(std::min(comma + 1, text.size()));
  return term;
}

struct Comparison {
  std::string_view key;
  std::string_view value;
  bool equal = true;
};

// KEY=VALUE or KEY!=VALUE; false for neither.
bool split(std::string_view term, Comparison& into) {
  const std::size_t equals = term.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  into.equal = term[equals - 1] != '!';
  into.key = term.substr(0, into.equal ? equals : equals - 1);
  into.value = term.substr(equals + 1);
  return true;
}

Result<LabelRequirement> parse_label(std::string_view term) {
  LabelRequirement made;
  Comparison comparison;
  if (split(term, comparison)) {
    made.key = comparison.key;
    made.op = comparison.equal ? LabelOperator::in : LabelOperator::not_in;
    made.values.emplace_back(comparison.value);
  } else {
    const bool absent = term.starts_with('!');
    made.key = term.substr(absent ? 1 : 0);
    made.op = absent ? LabelOperator::does_not_exist : LabelOperator::exists;
  }
  if (!secret::is_label_key(made.key) ||
      (!made.values.empty() && !secret::is_label_value(made.values.front())))
    return Error(Errc::invalid, "not a label selector: " + std::string(term));
  return made;
}

}  // namespace

std::span<const ControllerSelector> controller_selectors() {
  static const std::vector<ControllerSelector> all = make_selectors();
  return all;
}

Result<StoredSelector> StoredSelector::parse(std::string_view labels, std::string_view fields) {
  StoredSelector made;
  while (!labels.empty()) {
    auto requirement = parse_label(next_term(labels));
    if (!requirement) return requirement.error();
    made.labels_.requirements.push_back(std::move(*requirement));
  }
  while (!fields.empty()) {
    const std::string_view term = next_term(fields);
    Comparison comparison;
    if (!split(term, comparison) || comparison.key != "type")
      return Error(Errc::invalid, "not a field selector on type: " + std::string(term));
    made.types_.push_back({std::string(comparison.value), comparison.equal});
  }
  return made;
}

bool StoredSelector::takes(const std::string& type, const secret::Labels& labels) const {
  return labels_.matches(labels) && std::ranges::all_of(types_, [&type](const auto& required) {
           return (type == required.type) == required.equal;
         });
}

}  // namespace hygiene::housekeeping
