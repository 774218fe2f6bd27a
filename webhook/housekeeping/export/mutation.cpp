#include "housekeeping/export/mutation.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <boost/algorithm/string/replace.hpp>

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

std::string pointer_of(const std::string& key) {
  return "/metadata/labels/" + boost::algorithm::replace_all_copy(key, "/", "~1");
}

// True where `key` is to be set, whatever is there now.
std::string is_wanted(const std::string& key, const std::vector<Giver>& of_key) {
  std::vector<std::string> applies;
  for (const Giver& giver : of_key) applies.push_back(giver.first);
  return all_of({any_of(applies), "!(" + cel_string(key) + " in variables.unmanaged)"});
}

std::string value_of(const std::vector<Giver>& of_key) {
  std::string text;
  for (const Giver& giver : of_key) {
    if (&giver == &of_key.back()) return text + cel_string(giver.second);
    text += giver.first + " ? " + cel_string(giver.second) + " : ";
  }
  return text;
}

// What is there already is left: it has the value, or it is its user's.
std::string is_settled(const std::string& key, const std::string& value) {
  const std::string present = cel_string(key) + " in variables.labels";
  const std::string same = "variables.labels[" + cel_string(key) + "] == " + value;
  if (policy::is_own_key(key)) return all_of({present, same});
  return all_of({present, any_of({"!variables.helm", same})});
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
  std::string added;
  std::string wanted;
  std::size_t number = 0;
  for (const auto& [key, of_key] : by_key) {
    const std::string suffix = std::to_string(number++);
    variables.push_back({"wanted_" + suffix, is_wanted(key, of_key)});
    variables.push_back({"value_" + suffix, value_of(of_key)});
    added += " + (variables.wanted_" + suffix + " && !" + is_settled(key, "variables.value_" + suffix) +
             " ? [JSONPatch{op: 'add', path: " + cel_string(pointer_of(key)) + ", value: variables.value_" +
             suffix + "}] : [])";
    wanted += (wanted.empty() ? "" : ", ") + std::string("variables.wanted_") + suffix + " ? " +
              cel_string(key) + " : ''";
  }
  variables.push_back({"wanted", "[" + wanted + "].filter(k, k != '')"});
  made.expression =
      "(has(object.metadata.labels) || size(variables.wanted) == 0 ? [] : [JSONPatch{op: 'add', path: "
      "'/metadata/labels', value: {}}])" +
      added +
      " + variables.own_labels.filter(k, !(k in variables.wanted)).map(k, JSONPatch{op: 'remove', path: "
      "'/metadata/labels/' + jsonpatch.escapeKey(k)})";
  made.variables = used_variables(variables, {made.expression});
  return made;
}

}  // namespace hygiene::housekeeping
