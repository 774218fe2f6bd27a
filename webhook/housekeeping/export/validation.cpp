#include "housekeeping/export/validation.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/invariant.hpp"
#include "base/quantity.hpp"
#include "housekeeping/export/cel_secret.hpp"
#include "policy/displayed_text.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::housekeeping {
namespace {

using policy::LimitKind;
using policy::LimitRule;
using policy::Mode;
using policy::Operation;
using policy::Policy;

// The variable that measures a limit of one Secret.
std::string_view measure_of(LimitKind kind) {
  switch (kind) {
    case LimitKind::bytes_per_object:
      return "object_bytes";
    case LimitKind::annotation_bytes:
      return "annotation_bytes";
    case LimitKind::bytes_per_key:
      return "largest_key_bytes";
    case LimitKind::keys_per_secret:
      return "key_count";
    default:
      base::invariant(kind == LimitKind::bytes_per_secret, "a limit of one Secret is measured");
      return "data_bytes";
  }
}

// base::format_bytes, of sizes that an object may have: below 1 Gi.
std::string format_bytes(const std::string& bytes) {
  const auto tenths = [&bytes](std::uint64_t unit) {
    return "(" + bytes + " * 10 + " + std::to_string(unit / 2) + ") / " + std::to_string(unit);
  };
  const auto shown = [](const std::string& number, const std::string& unit) {
    return "string((" + number + ") / 10) + ((" + number + ") % 10 == 0 ? '' : '.' + string((" + number +
           ") % 10)) + '" + unit + "'";
  };
  const std::string ki = tenths(1024);
  return bytes + " < 1024 ? string(" + bytes + ") + (" + bytes + " == 1 ? ' byte' : ' bytes') : " + ki +
         " < 10240 ? " + shown(ki, "Ki") + " : " + shown(tenths(1024 * 1024), "Mi");
}

// policy::comparison, of a measure in `variables`.
std::string comparison(const LimitRule& rule, const std::string& measured, const std::string& formatted,
                       std::uint64_t allowed) {
  const std::string name(rule.name);
  const std::string noun(rule.noun);
  if (rule.unit == policy::Unit::count)
    return "string(" + measured + ") + (" + measured + " == 1 ? ' " + noun + " exceeds ' : ' " + noun +
           " exceed ') + '" + name + " " + std::to_string(allowed) + "'";
  const std::string most = base::format_bytes(allowed);
  const std::string exceeds = " of " + noun + " exceeds " + name + " ";
  return "(" + formatted + " == '" + most + "' ? string(" + measured + ") + ' bytes" + exceeds +
         std::to_string(allowed) + " bytes' : " + formatted + " + '" + exceeds + most + "')";
}

// An UPDATE that does not grow what breaks the limit.
std::string no_worse(const LimitRule& rule, const std::string& measure, std::uint64_t allowed) {
  const std::string before = "variables.stored_" + measure;
  std::string text = "variables." + measure + " <= " + before;
  if (rule.growth == nullptr) return text;
  base::invariant(rule.kind == LimitKind::bytes_per_object, "the growth of an object is that of its data");
  return "(" + text + " || (" + before + " > " + std::to_string(allowed) +
         " && variables.key_bytes + variables.data_bytes <= variables.stored_key_bytes + "
         "variables.stored_data_bytes))";
}

std::string spared_condition(const Policy& policy) {
  return any_of(
      {"(request.operation == 'UPDATE' && (variables.type == 'kubernetes.io/service-account-token' || "
       "variables.helm))",
       exempt_condition(policy.exempt), exceptions_condition(policy.exceptions)});
}

// Which writes that break a limit have this action.
std::string action_condition(const Policy& policy, ValidationAction action, const std::string& no_worse) {
  const std::string update = "request.operation == 'UPDATE'";
  if (action == ValidationAction::deny) return "!(" + update + " && " + no_worse + ")";
  if (policy.mode != Mode::enforce) return "true";
  if (!policy.enforces(Operation::update)) return "true";
  const std::string warned = update + " && !variables.spared && " + no_worse;
  return policy.enforces(Operation::create) ? warned : "(request.operation == 'CREATE' || " + warned + ")";
}

// Adds the variables of a limit; the sentence about it, empty where it is not broken with this action.
std::string add_limit(std::vector<CelVariable>& variables, const Policy& policy, const LimitRule& rule,
                      ValidationAction action) {
  const std::uint64_t allowed = *policy.limit(rule.kind);
  const std::string measure(measure_of(rule.kind));
  const std::string measured = "variables." + measure;
  if (rule.kind == LimitKind::bytes_per_key) {
    for (const CelSide side : {CelSide::object, CelSide::stored}) {
      for (CelVariable& each : largest_key_variables(side, allowed)) variables.push_back(std::move(each));
    }
  }
  const std::string name(rule.name);
  variables.push_back({name + "_shown", format_bytes(measured)});
  variables.push_back({name, measured + " > " + std::to_string(allowed) + " && (" +
                                 action_condition(policy, action, no_worse(rule, measure, allowed)) + ") ? " +
                                 comparison(rule, measured, "variables." + name + "_shown", allowed) +
                                 " : ''"});
  return "variables." + name;
}

std::string_view word_of(ValidationAction action) {
  return action == ValidationAction::deny ? "Deny" : action == ValidationAction::warn ? "Warn" : "Audit";
}

}  // namespace

bool limits_one_secret(const Policy& policy) {
  return std::ranges::any_of(policy::limit_rules(), [&policy](const LimitRule& rule) {
    return !rule.across_secrets() && policy.limit(rule.kind);
  });
}

AdmissionPolicy make_validation(const Policy& policy, const policy::PolicySet& policies,
                                ValidationAction action) {
  base::invariant(limits_one_secret(policy), "what is exported limits one Secret");
  const bool denies = action == ValidationAction::deny;
  AdmissionPolicy made;
  made.action = word_of(action);
  made.name = (denies                             ? "deny."
               : action == ValidationAction::warn ? "warn."
                                                  : "audit.") +
              policy.name + ".secret-hygiene.io";
  made.from = policy.name;
  made.create = denies ? policy.enforces(Operation::create)
                       : policy.mode != Mode::enforce || !policy.enforces(Operation::create);
  made.update = !denies || policy.enforces(Operation::update);
  std::vector<CelVariable> variables;
  for (const CelSide side : {CelSide::object, CelSide::stored}) {
    for (CelVariable& each : secret_variables(side, policies)) variables.push_back(std::move(each));
  }
  // What can be said without CEL spares the write its evaluation.
  policy::Policy there = policy;
  if (there.match.namespace_labels) made.namespaces = *std::exchange(there.match.namespace_labels, {});
  variables.push_back({"applies", applies_condition(there, policies)});
  variables.push_back({"spared", spared_condition(policy)});
  std::vector<std::string> sentences;
  for (const LimitRule& rule : policy::limit_rules()) {
    if (!rule.across_secrets() && policy.limit(rule.kind))
      sentences.push_back(add_limit(variables, policy, rule, action));
  }
  std::string list;
  std::vector<std::string> silent;
  for (const std::string& sentence : sentences) {
    list += (list.empty() ? "" : ", ") + sentence;
    silent.push_back(sentence + " == ''");
  }
  const std::string advice =
      policy.message.empty() ? "" : ". " + policy::without_controls(policy.message, ' ');
  std::vector<std::string> passes{"!variables.applies", all_of(silent)};
  if (denies) passes.insert(passes.begin(), "variables.spared");
  made.expression = any_of(passes);
  made.message_expression = cel_string("policy \"" + policy.name + "\": ") + " + [" + list +
                            "].filter(s, s != '').join(', ') + ': Secret ' + request.namespace + '/' + "
                            "variables.name" +
                            (advice.empty() ? "" : " + " + cel_string(advice));
  made.message = "policy \"" + policy.name + "\": the Secret exceeds a limit";
  made.variables = used_variables(variables, {made.expression, made.message_expression});
  return made;
}

}  // namespace hygiene::housekeeping
