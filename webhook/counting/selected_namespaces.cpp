#include "counting/selected_namespaces.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "policy/matcher.hpp"

namespace hygiene::counting {

SelectedNamespaces::SelectedNamespaces(std::shared_ptr<const policy::PolicySet> policies,
                                       const std::map<std::string, NamespaceLabels>& shown)
    : policies_(std::move(policies)) {
  for (std::uint32_t i = 0; i < policies_->policies.size(); ++i) {
    const policy::Policy& policy = policies_->policies[i];
    if (policy.counts() && policy.selects_namespaces()) selecting_.push_back(i);
  }
  for (const auto& [name, labels] : shown) show(name, labels);
}

bool SelectedNamespaces::selects(std::uint32_t policy, std::string_view namespace_name) const {
  if (!std::ranges::binary_search(selecting_, policy)) return true;
  const auto found = selected_by_.find(namespace_name);
  return found != selected_by_.end() && std::ranges::binary_search(found->second, policy);
}

std::vector<std::uint32_t> SelectedNamespaces::selected_by(const NamespaceLabels& labels) const {
  std::vector<std::uint32_t> policies;
  for (const std::uint32_t policy : selecting_) {
    if (labels && policy::takes_namespace_labels(policies_->policies[policy], *labels))
      policies.push_back(policy);
  }
  return policies;
}

bool SelectedNamespaces::changes(const std::string& namespace_name, const NamespaceLabels& labels) const {
  const auto found = selected_by_.find(namespace_name);
  const auto now = selected_by(labels);
  return found == selected_by_.end() ? !now.empty() : found->second != now;
}

std::vector<std::uint32_t> SelectedNamespaces::show(const std::string& namespace_name,
                                                    const NamespaceLabels& labels) {
  auto now = selected_by(labels);
  std::vector<std::uint32_t> before;
  if (const auto found = selected_by_.find(namespace_name); found != selected_by_.end())
    before = std::move(found->second);
  std::vector<std::uint32_t> changed;
  std::ranges::set_symmetric_difference(before, now, std::back_inserter(changed));
  if (now.empty()) {
    selected_by_.erase(namespace_name);
  } else {
    selected_by_[namespace_name] = std::move(now);
  }
  return changed;
}

}  // namespace hygiene::counting
