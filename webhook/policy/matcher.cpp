#include "policy/matcher.hpp"

#include <algorithm>
#include <array>

namespace hygiene::policy {
namespace {

// Source: the API server's name generator, which cuts generateName to 58 bytes and appends 5 random
// characters.
constexpr std::size_t kGeneratedBaseBytesMax = 58;
constexpr std::size_t kRandomBytes = 5;

bool types_hold(const Selector& selector, const secret::Facts& object) {
  // A manifest may leave the type out; the API server has filled it in before any webhook sees it.
  return any_matches(selector.types,
                     object.type.empty() ? secret::kTypeOpaque : std::string_view(object.type));
}

bool names_hold(const Selector& selector, const secret::Facts& object) {
  if (!object.name.empty() || object.generate_name.empty()) return any_matches(selector.names, object.name);
  // The name is not made yet. No pattern can hold \x01, so that only * and ? match the characters still to
  // come.
  std::array<char, kGeneratedBaseBytesMax + kRandomBytes> name{};
  const auto base_bytes = std::min(object.generate_name.size(), kGeneratedBaseBytesMax);
  std::copy_n(object.generate_name.begin(), base_bytes, name.begin());
  std::fill_n(name.begin() + base_bytes, kRandomBytes, '\x01');
  return any_matches(selector.names, {name.data(), base_bytes + kRandomBytes});
}

// What of sizeOver and sizeUpTo is given holds: a range of sizes is one field, in `exclude` too.
bool size_holds(const Selector& selector, const secret::Facts& object) {
  return (!selector.size_over || object.data_bytes > *selector.size_over) &&
         (!selector.size_up_to || object.data_bytes <= *selector.size_up_to);
}

bool namespace_labels_hold(const Selector& selector, const secret::Labels* labels) {
  static const secret::Labels kNone;
  return selector.namespace_labels->matches(labels != nullptr ? *labels : kNone);
}

}  // namespace

bool any_matches(const std::vector<base::Glob>& globs, std::string_view text) {
  return std::ranges::any_of(globs, [text](const base::Glob& glob) { return glob.matches(text); });
}

bool matches_all(const Selector& selector, const secret::Facts& object,
                 const secret::Labels* namespace_labels) {
  return size_holds(selector, object) && (selector.types.empty() || types_hold(selector, object)) &&
         (selector.namespaces.empty() || any_matches(selector.namespaces, object.namespace_name)) &&
         (selector.names.empty() || names_hold(selector, object)) &&
         (!selector.labels || selector.labels->matches(object.labels)) &&
         (!selector.namespace_labels || namespace_labels_hold(selector, namespace_labels));
}

bool matches_any(const Selector& selector, const secret::Facts& object,
                 const secret::Labels* namespace_labels) {
  return (selector.by_size() && size_holds(selector, object)) ||
         (!selector.types.empty() && types_hold(selector, object)) ||
         (!selector.namespaces.empty() && any_matches(selector.namespaces, object.namespace_name)) ||
         (!selector.names.empty() && names_hold(selector, object)) ||
         (selector.labels && selector.labels->matches(object.labels)) ||
         (selector.namespace_labels && namespace_labels_hold(selector, namespace_labels));
}

bool takes_namespace_labels(const Policy& policy, const secret::Labels& labels) {
  const auto& match = policy.match.namespace_labels;
  const auto& exclude = policy.exclude.namespace_labels;
  return (!match || match->matches(labels)) && (!exclude || !exclude->matches(labels));
}

bool takes_namespace(const Policy& policy, std::string_view namespace_name, const secret::Labels* labels) {
  const auto& match = policy.match.namespaces;
  return (match.empty() || any_matches(match, namespace_name)) &&
         !any_matches(policy.exclude.namespaces, namespace_name) &&
         (labels == nullptr || takes_namespace_labels(policy, *labels));
}

}  // namespace hygiene::policy
