#include "secret/namespace_labels.hpp"

#include <algorithm>

#include "secret/label_selector.hpp"

namespace hygiene::secret {

const Labels& NamespaceLabels::of(const std::string& name) {
  const auto known = known_.find(name);
  if (known != known_.end()) return known->second;
  const auto [assumed, first] = assumed_.try_emplace(name);
  if (first) assumed->second = with_name(name, of_others_);
  return assumed->second;
}

Labels NamespaceLabels::with_name(const std::string& name, const Labels& labels) {
  Labels made;
  made.add(kNamespaceNameLabel).value = name;
  for (const Label& label : labels) {
    if (label.key != kNamespaceNameLabel) made.add(label.key).value = label.value;
  }
  return made;
}

Result<Labels> parse_labels(std::string_view text) {
  Labels labels;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    const std::string_view key = pair.substr(0, equals);
    const bool sound = equals != std::string_view::npos && is_label_key(key) &&
                       is_label_value(pair.substr(equals + 1)) && labels.find(key) == nullptr;
    if (!sound) return Error(Errc::invalid, "write KEY=VALUE,KEY=VALUE, not \"" + std::string(text) + '"');
    labels.add(key).value = pair.substr(equals + 1);
  }
  return labels;
}

}  // namespace hygiene::secret
