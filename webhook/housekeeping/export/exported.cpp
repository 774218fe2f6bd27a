#include "housekeeping/export/exported.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "housekeeping/export/mutation.hpp"
#include "housekeeping/export/validation.hpp"
#include "json/writer.hpp"
#include "policy/exception.hpp"
#include "policy/label_plan.hpp"
#include "policy/limits/limit.hpp"
#include "policy/ownership.hpp"

namespace hygiene::housekeeping {
namespace {

using policy::Mode;
using policy::Policy;

// The keys of others that policies put on Secrets.
std::set<std::string> foreign_keys(const policy::PolicySet& policies) {
  std::set<std::string> keys;
  for (const std::string_view key : policy::keys_in_force(policies)) {
    if (!policy::is_own_key(key)) keys.emplace(key);
  }
  return keys;
}

bool has_question_mark(const std::vector<base::Glob>& globs) {
  return std::ranges::any_of(
      globs, [](const base::Glob& glob) { return glob.pattern().find('?') != std::string::npos; });
}

// What CEL says of `policy` in another way than the webhook.
std::vector<std::string> differences(const Policy& policy, const std::set<std::string>& foreign,
                                     const ExportOptions& options) {
  std::vector<std::string> found;
  std::string counted;
  for (const policy::LimitRule& rule : policy::limit_rules()) {
    if (rule.across_secrets() && policy.limit(rule.kind))
      counted += (counted.empty() ? "" : ", ") + std::string(rule.name);
  }
  if (!counted.empty()) found.push_back(counted + ": CEL sees one Secret at a time");
  if (policy::records_size(policy))
    found.push_back("the annotation " + std::string(secret::kBytesAnnotation) + ": the webhook writes it");
  for (const secret::Label& label : policy.labels) {
    if (policy.mode == Mode::audit || policy::is_own_key(label.key)) continue;
    found.push_back("label " + label.key +
                    (options.fallback
                         ? ": the webhook adds it, and records that it did"
                         : ": it is added and never removed, because CEL keeps no record of it"));
  }
  for (const policy::Selector* selector : {&policy.match, &policy.exclude}) {
    if (selector->labels) {
      for (const auto& requirement : selector->labels->requirements) {
        if (foreign.contains(requirement.key))
          found.push_back("labelSelector by " + requirement.key +
                          ": a policy sets that label, and CEL cannot tell it from one that a user set");
      }
    }
    if (has_question_mark(selector->types))
      found.push_back("types: a ? is one character, not one byte, of a type that is not ASCII");
  }
  if (has_question_mark(policy.exempt.users) || has_question_mark(policy.exempt.groups))
    found.push_back("exemptRequests: a ? is one character, not one byte, of a name that is not ASCII");
  for (const policy::Exception& each : policy.exceptions)
    found.push_back("exceptions: CEL has no clock, so " + policy::secrets_of(each) +
                    " stays spared until you export again after " + policy::until_of(each));
  if (policy.limit(policy::LimitKind::bytes_per_object) && !foreign.empty())
    found.push_back("bytesPerObject: labels outside " + std::string(secret::kOwnPrefix) +
                    " that policies set count");
  return found;
}

std::vector<ValidationAction> actions_of(const Policy& policy, bool fallback) {
  if (!limits_one_secret(policy)) return {};
  if (policy.mode == Mode::enforce)
    return fallback ? std::vector{ValidationAction::deny}
                    : std::vector{ValidationAction::deny, ValidationAction::warn};
  // The webhook warns and counts; once it is gone there is nothing to enforce.
  if (fallback) return {};
  return {policy.mode == Mode::warn ? ValidationAction::warn : ValidationAction::audit};
}

// Without exceptions that have ended.
policy::PolicySet at(policy::PolicySet policies, std::chrono::sys_seconds now) {
  for (Policy& policy : policies.policies) {
    std::erase_if(policy.exceptions, [now](const policy::Exception& each) {
      return policy::state_of(each, now) == policy::ExceptionState::ended;
    });
  }
  return policies;
}

class Exporter {
 public:
  Exporter(const policy::PolicySet& policies, const ExportOptions& options)
      : policies_(at(policies, options.now)), options_(options), foreign_(foreign_keys(policies)) {}

  Exported run() {
    json_.object([this] {
      json_.type_meta("v1", "List");
      json_.array("items", [this] {
        for (const Policy& policy : policies_.policies) add_limits(policy);
        add_labels();
      });
    });
    exported_.objects = json_.take() + "\n";
    return std::move(exported_);
  }

 private:
  void leave_out(const std::string& name, const std::string& sentence) {
    exported_.left_out.push_back(name + ": " + sentence);
  }

  void add_limits(const Policy& policy) {
    const std::vector<std::string> left_out = differences(policy, foreign_, options_);
    for (const std::string& sentence : left_out) leave_out(policy.name, sentence);
    for (const ValidationAction action : actions_of(policy, options_.fallback)) {
      AdmissionPolicy made = make_validation(policy, policies_, action);
      made.left_out = left_out;
      add(made);
    }
  }

  void add_labels() {
    std::optional<AdmissionPolicy> made = make_mutation(policies_, options_.fallback);
    if (!made) return;
    if (options_.minor < kMutatingSince) {
      return leave_out("labels", "Kubernetes 1." + std::to_string(options_.minor) +
                                     " has no MutatingAdmissionPolicy, which 1." +
                                     std::to_string(kMutatingSince) + " and later have");
    }
    for (const Policy& policy : policies_.policies) {
      if (policy.labels.empty() || policy.mode == Mode::audit) continue;
      for (const std::string& sentence : differences(policy, foreign_, options_))
        made->left_out.push_back(policy.name + ": " + sentence);
    }
    add(*made);
  }

  void add(AdmissionPolicy& made) {
    made.fallback = options_.fallback;
    if (!fits_cel(made)) {
      return leave_out(made.name, "it is left out: its patterns exceed what CEL evaluates (" +
                                      std::to_string(kCelCharactersMax) + " characters per expression)");
    }
    write_admission_policy(json_, made);
    ++exported_.policies;
  }

  const policy::PolicySet policies_;
  const ExportOptions& options_;
  const std::set<std::string> foreign_;
  json::Writer json_{2};
  Exported exported_;
};

}  // namespace

Exported export_policies(const policy::PolicySet& policies, const ExportOptions& options) {
  return Exporter(policies, options).run();
}

Result<unsigned> parse_kubernetes_version(std::string_view text) {
  const auto wrong = [] {
    return Error(Errc::invalid,
                 "expected a version of Kubernetes, 1." + std::to_string(kValidatingSince) +
                     " or later, such as 1.36: earlier ones have no ValidatingAdmissionPolicy");
  };
  if (text.starts_with('v')) text.remove_prefix(1);
  if (!text.starts_with("1.")) return wrong();
  text.remove_prefix(2);
  unsigned minor = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), minor);
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (ec != std::errc() || (!rest.empty() && !rest.starts_with('.')) || minor < kValidatingSince)
    return wrong();
  return minor;
}

}  // namespace hygiene::housekeeping
