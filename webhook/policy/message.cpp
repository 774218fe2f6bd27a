#include "policy/message.hpp"

#include <algorithm>

#include "base/quantity.hpp"
#include "base/utf8.hpp"
#include "policy/displayed_text.hpp"
#include "policy/exception.hpp"
#include "policy/limits/limit.hpp"
#include "secret/helm.hpp"

namespace hygiene::policy {
namespace {

constexpr std::size_t kKeysShownMax = 3;
// Keys are only there to be recognised.
constexpr std::size_t kKeyShownBytesMax = 64;

std::string largest_keys(const secret::Facts& object) {
  if (object.largest_keys.empty()) return {};
  std::string text = " (largest keys: ";
  const auto count = std::min(object.largest_keys.size(), kKeysShownMax);
  for (std::size_t index = 0; index < count; ++index) {
    const auto& key = object.largest_keys[index];
    if (index > 0) text += ", ";
    text.append(shown(key.name, kKeyShownBytesMax)).append(" ").append(base::format_bytes(key.bytes));
  }
  return text.append(")");
}

// "namespace team-a", "release web in namespace team-a", "the cluster".
std::string scope_of(LimitKind limit, const secret::Facts& object) {
  const ScopeKind scope = limit_rule(limit).scope;
  if (scope == ScopeKind::cluster) return "the cluster";
  std::string in_namespace = "namespace " + shown(object.namespace_name);
  if (scope == ScopeKind::name_space) return in_namespace;
  return "release " + shown(secret::release_of(object.name).value_or(object.name)) + " in " + in_namespace;
}

std::string counted(const Violation& violation, std::uint64_t held) {
  const bool of_bytes = limit_rule(violation.limit).sums_bytes();
  const auto shown = [of_bytes](std::uint64_t number) {
    return of_bytes ? base::format_bytes(number) : std::to_string(number);
  };
  const bool revisions = limit_rule(violation.limit).scope == ScopeKind::release;
  std::string text = shown(held) + " of " + shown(violation.allowed);
  // One byte too many must not read as "64Mi of 64Mi".
  if (of_bytes && held != violation.allowed && shown(held) == shown(violation.allowed)) {
    text = std::to_string(held) + " of " + std::to_string(violation.allowed) + " bytes";
  }
  return text.append(of_bytes    ? " in Secrets"
                     : revisions ? " revisions"
                                 : " Secrets")
      .append(" that policy \"")
      .append(violation.policy->name)
      .append("\" counts");
}

std::string full(const Shortage& shortage, const Request& request) {
  const Violation& violation = shortage.violation;
  const bool of_bytes = limit_rule(violation.limit).sums_bytes();
  std::string text = scope_of(violation.limit, *request.object);
  if (of_bytes) {
    text.append(" would hold ").append(counted(violation, violation.measured));
    text.append(" with ").append(base::format_bytes(request.object->data_bytes)).append(" in Secret ");
    text.append(reference(*request.object));
  } else {
    text.append(" holds ").append(counted(violation, violation.measured - 1));
  }
  text.append("; delete some first");
  if (shortage.examples.empty()) return text;
  text.append(of_bytes ? " (the largest: " : " (the oldest: ");
  for (std::size_t index = 0; index < shortage.examples.size(); ++index) {
    if (index > 0) text.append(", ");
    text.append(shown(shortage.examples[index]));
  }
  return text.append(")");
}

std::string unknown(const Shortage& shortage, const Request& request) {
  const Violation& violation = shortage.violation;
  const bool counts = limit_rule(violation.limit).across_secrets();
  const bool denied = violation.outcome == Outcome::denied;
  return "policy \"" + violation.policy->name +
         (counts ? "\" cannot count " + scope_of(violation.limit, *request.object)
                 : "\" cannot be matched with Secret " + reference(*request.object)) +
         " now (" + shortage.why + "): " +
         (denied   ? "try again in a moment"
          : counts ? "allowed without a count"
                   : "allowed without its limits");
}

}  // namespace

std::string comparison(LimitKind limit, std::uint64_t measured, std::uint64_t allowed) {
  const auto& rule = limit_rule(limit);
  std::string found;
  std::string most;
  if (rule.unit == Unit::bytes) {
    found = base::format_bytes(measured);
    most = base::format_bytes(allowed);
    // One byte too many must not read as "768Ki exceeds 768Ki".
    if (found == most) {
      found = std::to_string(measured) + " bytes";
      most = std::to_string(allowed) + " bytes";
    }
    found.append(" of ").append(rule.noun).append(" exceeds ");
  } else {
    found = std::to_string(measured);
    found.append(" ").append(rule.noun).append(measured == 1 ? " exceeds " : " exceed ");
    most = std::to_string(allowed);
  }
  return found.append(rule.name).append(" ").append(most);
}

std::string describe(const std::vector<const Violation*>& broken, const Request& request) {
  std::string text = "policy \"" + broken.front()->policy->name + "\": ";
  bool of_keys = false;
  for (const Violation* violation : broken) {
    if (violation != broken.front()) text += ", ";
    text += comparison(violation->limit, violation->measured, violation->allowed);
    of_keys = of_keys || limit_rule(violation->limit).of_keys;
  }
  text += ": Secret " + reference(*request.object);
  return of_keys ? text + largest_keys(*request.object) : text;
}

std::string describe(const Shortage& shortage, const Request& request) {
  const Violation& violation = shortage.violation;
  switch (shortage.kind) {
    case Shortage::Kind::near:
      return scope_of(violation.limit, *request.object) + " holds " + counted(violation, violation.measured) +
             ", including this one";
    case Shortage::Kind::unknown:
      return unknown(shortage, request);
    case Shortage::Kind::full:
      break;
  }
  return full(shortage, request);
}

std::string about_ended_exception(const Policy& policy, const Request& request) {
  const Exception* ended = ended_exception(policy, request);
  if (ended == nullptr) return {};
  return ". The exception for " + secrets_of(*ended) + " ended on " + until_of(*ended) + ": " +
         without_controls(ended->reason, ' ');
}

std::string with_advice(std::string facts, const Policy& policy) {
  if (policy.message.empty()) return facts;
  return facts.append(facts.ends_with('.') ? " " : ". ").append(without_controls(policy.message, ' '));
}

std::string as_warning(std::string_view text) {
  return base::truncate_utf8(without_controls(text, ' '), kWarningBytesMax);
}

}  // namespace hygiene::policy
