#include "housekeeping/export/mutation.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "housekeeping/export/cel_secret.hpp"
#include "policy/ownership.hpp"

namespace hygiene::housekeeping {
namespace {

using policy::Mode;
using policy::Policy;

// A label that a policy gives: the variable that says whether it applies, and the value.
using Giver = std::pair<std::string, std::string>;

// By key, in the order of the policies: the first that applies wins.
std::map<std::string, std::vector<Giver>> givers(const policy::PolicySet& policies, bool fallback) {
  std::map<std::string, std::vector<Giver>> found;
  for (std::size_t index = 0; index < policies.policies.size(); ++index) {
    const Policy& policy = policies.policies[index];
    if (policy.mode == Mode::audit) continue;
    for (const secret::Label& label : policy.labels) {
      if (fallback && !policy::is_own_key(label.key)) continue;
      found[label.key].emplace_back("variables.applies_" + std::to_string(index), label.value);
    }
  }
  return found;
}

// True where `key` is to be set, whatever is there now.
std::string is_wanted(const std::string& key, const std::vector<Giver>& of_key) {
  std::vector<std::string> applies;
  for (const Giver& giver : of_key) applies.push_back(giver.first);
  return all_of({any_of(applies), "!(" + cel_string(key) + " in variables.unmanaged)"});
}

// The value that `key` is to have where it is wanted. As a list: an API server reads at most 250 nested
// expressions.
std::string value_of(const std::vector<Giver>& of_key) {
  if (of_key.size() == 1) return cel_string(of_key.front().second);
  std::string values;
  for (const Giver& giver : of_key)
    values += giver.first + " ? " + cel_string("=" + giver.second) + " : '', ";
  return "[" + values + "'='].filter(v, v != '')[0].substring(1)";
}

}  // namespace

std::optional<AdmissionPolicy> make_mutation(const policy::PolicySet& policies, bool fallback) {
  const auto by_key = givers(policies, fallback);
  if (by_key.empty()) return std::nullopt;
  AdmissionPolicy made;
  made.kind = AdmissionPolicyKind::mutating;
  made.name = "labels.secret-hygiene.io";
  std::vector<CelVariable> variables = secret_variables(CelSide::object, policies);
  for (std::size_t index = 0; index < policies.policies.size(); ++index) {
    variables.push_back(
        {"applies_" + std::to_string(index), applies_condition(policies.policies[index], policies)});
  }
  std::string given;
  std::string wanted;
  for (const auto& [key, of_key] : by_key) {
    const std::string separator = given.empty() ? "" : ", ";
    given += separator + cel_string(key) + ": " + value_of(of_key);
    wanted += separator + is_wanted(key, of_key) + " ? " + cel_string(key) + " : ''";
  }
  variables.push_back({"given", "{" + given + "}"});
  variables.push_back({"wanted", "[" + wanted + "].filter(k, k != '')"});
  // What is there already is left: it has the value, or it is its user's.
  const std::string settled =
      "k in variables.labels && (variables.labels[k] == variables.given[k] || !(k.startsWith(" +
      cel_string(secret::kOwnPrefix) + ") || variables.helm))";
  made.expression =
      "(has(object.metadata.labels) || size(variables.wanted) == 0 ? [] : [JSONPatch{op: 'add', path: "
      "'/metadata/labels', value: {}}]) + variables.wanted.filter(k, !(" +
      settled +
      ")).map(k, JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey(k), value: "
      "variables.given[k]}) + variables.own_labels.filter(k, !(k in variables.wanted)).map(k, "
      "JSONPatch{op: 'remove', path: '/metadata/labels/' + jsonpatch.escapeKey(k)})";
  made.variables = used_variables(variables, {made.expression});
  return made;
}

}  // namespace hygiene::housekeeping
