#include "housekeeping/export/cel_secret.hpp"

#include <algorithm>

#include "policy/ownership.hpp"

namespace hygiene::housekeeping {
namespace {

// On Helm's history they are ours, since Helm copies labels.
std::vector<std::string> helm_keys(const policy::PolicySet& policies) {
  const auto keys = policy::keys_in_force(policies);
  return {keys.begin(), keys.end()};
}

// The label `key` is ours, where it is there.
std::string is_ours(CelSide side, const std::string& key, const std::vector<std::string>& in_force) {
  const bool of_helm = std::ranges::binary_search(in_force, key);
  if (policy::is_own_key(key)) return "!(" + cel_string(key) + " in " + cel_variable(side, "unmanaged") + ")";
  if (!of_helm) return "false";
  return "(" + cel_variable(side, "helm") + " && !(" + cel_string(key) + " in " +
         cel_variable(side, "unmanaged") + "))";
}

// A requirement on a label in the map `labels`, where `present` says that the label is there.
std::string operator_condition(const secret::LabelRequirement& requirement, const std::string& labels,
                               const std::string& present) {
  using Operator = secret::LabelOperator;
  if (requirement.op == Operator::exists) return present;
  if (requirement.op == Operator::does_not_exist) return "!(" + present + ")";
  const std::string in =
      all_of({present, labels + "[" + cel_string(requirement.key) + "] in " + cel_list(requirement.values)});
  return requirement.op == Operator::in ? in : "!" + in;
}

// The API server puts a label on every namespace, so that the map is there.
std::string namespace_condition(const secret::LabelSelector& selector) {
  constexpr const char* kLabels = "namespaceObject.metadata.labels";
  std::vector<std::string> requirements;
  for (const auto& each : selector.requirements)
    requirements.push_back(
        operator_condition(each, kLabels, cel_string(each.key) + " in " + std::string(kLabels)));
  return all_of(requirements);
}

std::string requirement_condition(const secret::LabelRequirement& requirement,
                                  const std::vector<std::string>& in_force) {
  const std::string key = cel_string(requirement.key);
  const std::string ours = is_ours(CelSide::object, requirement.key, in_force);
  const std::string present =
      ours == "false" ? key + " in variables.labels" : all_of({key + " in variables.labels", "!" + ours});
  return operator_condition(requirement, "variables.labels", present);
}

// Each field of `selector` that is given.
std::vector<std::string> field_conditions(const policy::Selector& selector,
                                          const std::vector<std::string>& in_force) {
  std::vector<std::string> fields;
  if (!selector.namespaces.empty())
    fields.push_back(matches_any_glob(selector.namespaces, "request.namespace"));
  if (!selector.types.empty()) fields.push_back(matches_any_glob(selector.types, "variables.type"));
  if (!selector.names.empty()) fields.push_back(matches_any_glob(selector.names, "variables.name"));
  if (selector.labels) {
    std::vector<std::string> requirements;
    for (const auto& each : selector.labels->requirements)
      requirements.push_back(requirement_condition(each, in_force));
    fields.push_back(all_of(requirements));
  }
  if (selector.namespace_labels) fields.push_back(namespace_condition(*selector.namespace_labels));
  std::vector<std::string> sizes;
  if (selector.size_over) sizes.push_back("variables.data_bytes > " + std::to_string(*selector.size_over));
  if (selector.size_up_to) sizes.push_back("variables.data_bytes <= " + std::to_string(*selector.size_up_to));
  if (!sizes.empty()) fields.push_back(all_of(sizes));
  return fields;
}

// As secret::parse_helm_name: sh.helm.release.v1.NAME.vN, and .vN.M for a further part.
constexpr std::string_view kHelmName =
    R"(r'^sh\.helm\.release\.v1\.(?:.+)\.v0*[0-9]{1,19}(?:\.0*(?:[2-9]|[1-9][0-9]{1,18}))?$')";

std::string helm_condition(CelSide side) {
  const std::string type = cel_variable(side, "type");
  const std::string name = cel_variable(side, "name") + ".matches(" + std::string(kHelmName) + ")";
  const std::string labels = cel_variable(side, "labels");
  return "(" + type + " == 'helm.sh/release.v1' && 'owner' in " + labels + " && " + labels +
         "['owner'] == 'helm' && " + name + ") || (" + type + " == 'operatorframework.io/index.v1' && " +
         name + ") || (" + type + " == 'operatorframework.io/chunk.v1' && 'key' in " + labels + " && " +
         labels + "['key'].matches(" + std::string(kHelmName) + "))";
}

// NAME_bytes: the bytes of all strings in a list or map, keys and values, and what it uses. format() quotes
// them as Go's %q: what stands for one byte is \n or \x01, for two \u0085, for three \u200b, for four
// \U000e0001.
std::vector<CelVariable> string_bytes(CelSide side, const std::string& name, const std::string& value) {
  const auto of = [side, &name](std::string_view what) {
    return cel_variable(side, name + std::string(what));
  };
  const auto escapes = [&of](std::string_view pattern) {
    return "size(" + of("_escaped") + ".findAll('" + std::string(pattern) + "'))";
  };
  return {
      {name + "_strings", "'%s'.format([" + value + R"(]).findAll('"(\\\\.|[^"])*"'))"},
      {name + "_text", of("_strings") + ".join('')"},
      {name + "_escapes",
       of("_text") + R"(.contains('\\') ? )" + of("_text") + R"(.findAll('\\\\(x..|u.{4}|U.{8}|.)') : [])"},
      {name + "_escaped", of("_escapes") + ".join('')"},
      {name + "_bytes", "size(bytes(" + of("_text") + ")) - 2 * size(" + of("_strings") + ") - size(" +
                            of("_escapes") + ") - 2 * " + escapes(R"(\\\\[xu])") + " - " +
                            escapes(R"(\\\\u0[0-7])") + " - 5 * " + escapes(R"(\\\\U)")},
  };
}

// Keys and values of the annotations, without the two that are ours.
std::string annotation_bytes(CelSide side) {
  const std::string annotations = cel_variable(side, "annotations");
  std::string text = cel_variable(side, "all_annotation_bytes");
  for (const auto name : {secret::kOwnedLabelsAnnotation, secret::kBytesAnnotation}) {
    const std::string key = cel_string(name);
    text += " - (" + key + " in " + annotations + " ? " + std::to_string(name.size()) + " + size(bytes(" +
            annotations + "[" + key + "])) : 0)";
  }
  return text;
}

// Keys and values of the labels that are ours.
std::string owned_label_bytes(CelSide side, const std::vector<std::string>& in_force) {
  const std::string labels = cel_variable(side, "labels");
  const std::string size = ".map(k, size(k) + size(" + labels + "[k])).sum()";
  std::string text = cel_variable(side, "own_labels") + size;
  std::vector<std::string> others;
  for (const std::string& key : in_force) {
    if (!policy::is_own_key(key)) others.push_back(key);
  }
  if (others.empty()) return text;
  return text + " + (" + cel_variable(side, "helm") + " ? " + cel_list(others) + ".filter(k, k in " + labels +
         " && !(k in " + cel_variable(side, "unmanaged") + "))" + size + " : 0)";
}

// Every other string of the object: names and times, finalizers, owners, its type.
std::string rest_bytes(const std::string& root) {
  const std::string metadata = root + ".metadata";
  return "size(" + root + ".kind) + size(" + root + ".apiVersion) + (has(" + root + ".type) ? size(bytes(" +
         root +
         ".type)) : 0) + ['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'selfLink', "
         "'creationTimestamp', 'deletionTimestamp'].map(f, f in " +
         metadata + " && " + metadata + "[f] != null ? size(bytes(" + metadata + "[f])) : 0).sum() + (has(" +
         metadata + ".finalizers) ? " + metadata + ".finalizers.map(f, size(bytes(f))).sum() : 0) + (has(" +
         metadata + ".ownerReferences) ? " + metadata +
         ".ownerReferences.map(o, ['apiVersion', 'kind', 'name', 'uid'].map(f, "
         "size(bytes(o[f]))).sum()).sum() "
         ": 0)";
}

std::string map_or_empty(const std::string& path) {
  return "has(" + path + ") ? " + path + " : {}";
}

}  // namespace

std::string cel_variable(CelSide side, std::string_view name) {
  return (side == CelSide::object ? "variables." : "variables.stored_") + std::string(name);
}

std::vector<CelVariable> secret_variables(CelSide side, const policy::PolicySet& policies) {
  const std::string root = side == CelSide::object ? "object" : "oldObject";
  const std::string metadata = root + ".metadata";
  const std::string prefix = side == CelSide::object ? "" : "stored_";
  const auto of = [side](std::string_view name) { return cel_variable(side, name); };
  const std::string unmanaged = cel_string(secret::kUnmanagedLabelsAnnotation);
  std::vector<CelVariable> variables{
      {"labels", map_or_empty(metadata + ".labels")},
      {"annotations", map_or_empty(metadata + ".annotations")},
      {"unmanaged", unmanaged + " in " + of("annotations") + " ? " + of("annotations") + "[" + unmanaged +
                        R"(].replace(',', ' ').replace('\t', ' ').replace('\n', ' ').split(' ') : [])"},
      // The five characters to come of a generateName match * and ? only.
      {"name", "has(" + metadata + ".name) && " + metadata + ".name != '' ? " + metadata + ".name : has(" +
                   metadata + ".generateName) ? (size(" + metadata + ".generateName) > 58 ? " + metadata +
                   ".generateName.substring(0, 58) : " + metadata +
                   R"(.generateName) + '\x01\x01\x01\x01\x01' : '')"},
      // One character more than a glob looks at: that it is longer is all that matters.
      {"type", "!has(" + root + ".type) || " + root + ".type == '' ? 'Opaque' : size(" + root +
                   ".type) > 1024 ? " + root + ".type.substring(0, 1025) : " + root + ".type"},
      {"helm", helm_condition(side)},
      {"data", map_or_empty(root + ".data")},
      {"data_text", "'%s'.format([" + of("data") + "])"},
      {"keys", of("data_text") + R"(.findAll('"[^"]*":"'))"},
      {"key_count", "size(" + of("keys") + ")"},
      {"key_bytes", "size(" + of("keys") + ".join('')) - 4 * " + of("key_count")},
      // A key with null has no value.
      {"null_keys", "size(" + of("data") + ") == " + of("key_count") + " ? [] : " + of("data_text") +
                        R"(.findAll('"[^"]*":null'))"},
      // What keys, quotes, colons and commas leave of {"key":"value", "key":"value"}.
      {"base64_size", of("key_count") + " == 0 ? 0 : size(" + of("data_text") + ") - " + of("key_bytes") +
                          " - 5 * " + of("key_count") + " - 2 * size(" + of("data") + ") - size(" +
                          of("null_keys") + ".join(''))"},
      {"data_bytes", of("base64_size") + " / 4 * 3 - size(" + of("data_text") + ".findAll('='))"},
  };
  const std::string managed = metadata + ".managedFields";
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"all_annotation", of("annotations")},
                                    {"managed", "has(" + managed + ") ? " + managed + " : []"}}) {
    for (CelVariable& each : string_bytes(side, name, value)) variables.push_back(std::move(each));
  }
  const std::vector<CelVariable> sums{
      {"annotation_bytes", annotation_bytes(side)},
      {"label_text", "'%s'.format([" + of("labels") + "])"},
      {"label_strings", of("label_text") + R"(.findAll('"[^"]*"'))"},
      {"own_labels", of("label_text") +
                         R"(.findAll('"secret-hygiene\\.io/[^"]*":').map(k, k.substring(1, size(k) - 2)))" +
                         ".filter(k, !(k in " + of("unmanaged") + "))"},
      {"label_bytes", "size(" + of("label_strings") + ".join('')) - 2 * size(" + of("label_strings") +
                          ") - (" + owned_label_bytes(side, helm_keys(policies)) + ")"},
      {"object_bytes", of("data_bytes") + " + " + of("key_bytes") + " + " + of("annotation_bytes") + " + " +
                           of("label_bytes") + " + " + of("managed_bytes") + " + " + rest_bytes(root)},
  };
  variables.insert(variables.end(), sums.begin(), sums.end());
  for (CelVariable& variable : variables) variable.name.insert(0, prefix);
  return variables;
}

std::vector<CelVariable> largest_key_variables(CelSide side, std::uint64_t allowed) {
  // RE2 repeats at most 1000 times.
  constexpr std::uint64_t kRepeatsMax = 1000;
  constexpr std::uint64_t kKeyNameBytesMax = 253;
  const std::string prefix = side == CelSide::object ? "" : "stored_";
  const std::string large = cel_variable(side, "large_values");
  // In base64, the least that one byte over the limit takes.
  const std::uint64_t least = (std::min(allowed, kRepeatsMax) + 1 + 2) / 3 * 4;
  const std::string repeats = "\"[^\"]{" + std::to_string(std::min(least, kRepeatsMax)) + ",}";
  // What may be as short as the name of a key is told from it by what follows.
  const bool short_values = least <= kKeyNameBytesMax;
  const std::string around = short_values ? "3" : "1";
  return {{prefix + "large_values", cel_variable(side, "data_bytes") + " <= " + std::to_string(allowed) +
                                        " ? [] : " + cel_variable(side, "data_text") + ".findAll(" +
                                        cel_string(repeats + (short_values ? "\"[,}]" : "")) + ")"},
          {prefix + "largest_key_bytes",
           "size(" + large + ") == 0 ? 0 : " + large + ".map(v, (size(v) - " + around +
               ") / 4 * 3 - (v.contains('==') ? 2 : v.contains('=') ? 1 : 0)).max()"}};
}

std::string applies_condition(const policy::Policy& policy, const policy::PolicySet& policies) {
  const std::vector<std::string> in_force = helm_keys(policies);
  std::vector<std::string> terms = field_conditions(policy.match, in_force);
  const std::vector<std::string> excluded = field_conditions(policy.exclude, in_force);
  if (!excluded.empty()) terms.push_back("!(" + any_of(excluded) + ")");
  return all_of(terms);
}

std::string exempt_condition(const policy::ExemptRequests& exempt) {
  std::vector<std::string> terms;
  if (!exempt.users.empty())
    terms.push_back("(has(request.userInfo.username) && " +
                    matches_any_glob(exempt.users, "request.userInfo.username") + ")");
  if (!exempt.groups.empty())
    terms.push_back("(has(request.userInfo.groups) && request.userInfo.groups.exists(g, " +
                    matches_any_glob(exempt.groups, "g") + "))");
  return any_of(terms);
}

std::string exceptions_condition(const std::vector<policy::Exception>& exceptions) {
  std::vector<std::string> terms;
  for (const policy::Exception& each : exceptions)
    terms.push_back(all_of(field_conditions(each.secrets, {})));
  return any_of(terms);
}

}  // namespace hygiene::housekeeping
