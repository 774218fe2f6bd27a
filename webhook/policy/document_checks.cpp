#include "policy/document_checks.hpp"

#include <algorithm>
#include <array>
#include <ranges>

#include "policy/limits/limit.hpp"

namespace hygiene::policy {
namespace {

// What Helm 3 and 4 write on a release's Secrets, and query by.
constexpr std::array<std::string_view, 6> kHelmLabels{"name",    "owner",     "status",
                                                      "version", "createdAt", "modifiedAt"};

// What a counting policy may select by: no UPDATE of a Secret changes it, so nothing can slip into a count.
constexpr std::array<std::string_view, 4> kImmutableFields{"types", "names", "namespaces",
                                                           "namespaceSelector"};

class Rules {
 public:
  Rules(const Policy& policy, const yaml::Node& spec, FieldReader& reader)
      : policy_(policy), spec_(spec), reader_(reader), root_(Path().field("spec")) {}

  void check() {
    const auto* limits = spec_.find("limits");
    if (limits == nullptr && spec_.find("labels") == nullptr) {
      reader_.error(spec_.where, root_, "the policy does nothing: give labels, limits or both");
    }
    if (limits != nullptr && spec_.find("mode") == nullptr) {
      reader_.error(spec_.where, root_.field("mode"),
                    "required where there are limits: Enforce, Warn or Audit");
    }
    check_enforce_on(limits != nullptr);
    check_exceptions(limits != nullptr);
    check_sizes("match", policy_.match);
    check_sizes("exclude", policy_.exclude);
    if (names_a_count()) {
      check_immutable("match");
      check_immutable("exclude");
      check_cluster_limits();
    }
    check_counting_options(limits != nullptr && limits->kind != yaml::Node::Kind::mapping);
  }

 private:
  void check_enforce_on(bool has_limits) {
    const auto* entry = spec_.find_entry("enforceOn");
    if (entry == nullptr || (has_limits && policy_.mode == Mode::enforce)) return;
    reader_.error(entry->where, root_.field("enforceOn"),
                  "needs limits and mode Enforce: without them the policy denies nothing");
  }

  void check_exceptions(bool has_limits) {
    const auto* entry = spec_.find_entry("exceptions");
    if (entry == nullptr || has_limits) return;
    reader_.error(entry->where, root_.field("exceptions"), "needs limits: without them nothing is denied");
  }

  void check_sizes(std::string_view field, const Selector& selector) {
    if (!selector.size_over || !selector.size_up_to || *selector.size_over < *selector.size_up_to) return;
    reader_.error(spec_.find(field)->find("sizeUpTo")->where, root_.field(field).field("sizeUpTo"),
                  "no Secret can match: sizeUpTo must be larger than sizeOver");
  }

  void check_immutable(std::string_view field) {
    const auto* selector = spec_.find(field);
    if (selector == nullptr) return;
    for (const auto& entry : selector->entries) {
      const auto known = fields_of("spec.match");
      if (std::ranges::find(kImmutableFields, entry.key) != kImmutableFields.end()) continue;
      if (std::ranges::find(known, entry.key) == known.end()) continue;
      reader_.error(
          entry.where, root_.field(field).field(entry.key),
          "a policy with a limit across Secrets may select only by " + join(kImmutableFields) +
              ", which no UPDATE of a Secret changes; put limits of one Secret into another policy");
    }
  }

  void check_cluster_limits() {
    if (policy_.mode != Mode::enforce) return;
    const auto limited = [this](ScopeKind scope) {
      return [this, scope](const LimitRule& rule) { return rule.scope == scope && policy_.limit(rule.kind); };
    };
    if (std::ranges::any_of(limit_rules(), limited(ScopeKind::name_space))) return;
    for (const auto& rule : limit_rules() | std::views::filter(limited(ScopeKind::cluster))) {
      reader_.error(spec_.find("limits")->find_entry(rule.name)->where,
                    root_.field("limits").field(rule.name),
                    "mode Enforce also needs secretsPerNamespace or bytesPerNamespace: otherwise one "
                    "namespace could use it up for all others");
    }
  }

  // Both options have no effect on limits of one Secret; an option without effect is a mistake.
  void check_counting_options(bool limits_unreadable) {
    if (limits_unreadable) return;
    if (const auto* entry = spec_.find_entry("allowGrowth"); entry != nullptr && !names_a_sum()) {
      reader_.error(entry->where, root_.field("allowGrowth"),
                    "needs a limit on a sum: bytesPerNamespace or bytesPerCluster");
    }
    if (const auto* entry = spec_.find_entry("warnAt"); entry != nullptr && !names_a_count()) {
      reader_.error(
          entry->where, root_.field("warnAt"),
          "needs a limit across Secrets: secretsPerNamespace, secretsPerRelease, bytesPerNamespace, "
          "secretsPerCluster or bytesPerCluster");
    }
  }

  // A limit that is given but wrong has its own error; it still is what the option needs.
  bool names_a_sum() const { return gives(&LimitRule::sums_bytes); }
  bool names_a_count() const { return gives(&LimitRule::across_secrets); }
  bool gives(bool (LimitRule::*wanted)() const) const {
    const auto* limits = spec_.find("limits");
    return limits != nullptr && std::ranges::any_of(limit_rules(), [&](const LimitRule& rule) {
             return (rule.*wanted)() && limits->find(rule.name) != nullptr;
           });
  }

  const Policy& policy_;
  const yaml::Node& spec_;
  FieldReader& reader_;
  Path root_;
};

}  // namespace

void check_rules(const Policy& policy, const yaml::Node& spec, FieldReader& reader) {
  Rules(policy, spec, reader).check();
}

bool is_reserved_label(std::string_view key) {
  if (std::ranges::find(kHelmLabels, key) != kHelmLabels.end()) return true;
  const auto prefix = key.substr(0, key.find('/'));
  if (prefix.size() == key.size()) return false;
  return prefix == "kubernetes.io" || prefix == "k8s.io" || prefix.ends_with(".kubernetes.io") ||
         prefix.ends_with(".k8s.io");
}

}  // namespace hygiene::policy
