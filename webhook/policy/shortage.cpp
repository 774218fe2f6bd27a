#include "policy/shortage.hpp"

#include "base/quantity.hpp"
#include "policy/displayed_text.hpp"
#include "policy/limits/limit.hpp"
#include "secret/helm.hpp"

namespace hygiene::policy {
namespace {

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

}  // namespace

std::string describe(const Shortage& shortage, const Request& request) {
  const Violation& violation = shortage.violation;
  switch (shortage.kind) {
    case Shortage::Kind::near:
      return scope_of(violation.limit, *request.object) + " holds " + counted(violation, violation.measured) +
             ", with this one";
    case Shortage::Kind::unknown:
      return "what " + scope_of(violation.limit, *request.object) + " holds of what policy \"" +
             violation.policy->name + "\" counts is not known now (" + shortage.why + "): " +
             (violation.outcome == Outcome::denied ? "try again in a moment" : "allowed without a count");
    case Shortage::Kind::full:
      break;
  }
  return full(shortage, request);
}

}  // namespace hygiene::policy
