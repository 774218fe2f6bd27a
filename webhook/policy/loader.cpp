#include "policy/loader.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <openssl/evp.h>

#include "base/ascii.hpp"
#include "policy/displayed_text.hpp"
#include "policy/document_reader.hpp"
#include "policy/exception.hpp"
#include "policy/field_reader.hpp"
#include "policy/limits/limit.hpp"
#include "policy/owned_labels_record.hpp"
#include "yaml/tree.hpp"

namespace hygiene::policy {
namespace {

constexpr std::size_t kHashBytes =
    8;  // 16 hex digits: enough to tell two sets apart, short enough for a metric

std::string_view base_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

struct Place {
  std::string file;
  base::Position where;
};
std::string to_string(const Place& place) {
  return place.file + ":" + std::to_string(place.where.line) + ":" + std::to_string(place.where.column);
}

class SetLoader {
 public:
  LoadOutcome load(const std::vector<SourceFile>& files, const std::vector<PassedOver>& passed_over,
                   std::optional<std::chrono::sys_seconds> now) {
    warn_of_passed_over(passed_over);
    for (const auto& file : files) load_file(file);
    if (documents_ == 0 && outcome_.errors.empty()) no_documents(files);
    std::ranges::stable_sort(outcome_.errors, {},
                             [](const Diagnostic& each) { return std::tie(each.file, each.line); });
    if (!outcome_.errors.empty()) return std::move(outcome_);
    auto set = std::make_shared<PolicySet>();
    set->policies = std::move(policies_);
    std::ranges::sort(set->policies, {}, &Policy::name);
    set->hash = hash_of(files);
    for (const auto& policy : set->policies) {
      if (policy.mode != Mode::audit) in_force_.push_back(&policy);  // in mode Audit it puts nothing on
    }
    warn_of_conflicts();
    for (const auto& policy : set->policies) {
      warn_of_selected_labels(policy, "match", policy.match);
      warn_of_selected_labels(policy, "exclude", policy.exclude);
      warn_of_cluster_limits(policy, *set);
      if (now) warn_of_exceptions(policy, *now);
    }
    outcome_.policies = std::move(set);
    return std::move(outcome_);
  }

 private:
  void load_file(const SourceFile& file) {
    if (file.text.size() > kPolicyFileBytesMax) {
      outcome_.errors.push_back({file.name, 0, 0, "", "too large: a policy file has at most 1 MiB"});
      return;
    }
    const auto tree = yaml::parse(file.text);
    FieldReader reader(file.name, outcome_.errors);
    for (const auto& error : tree.errors) reader.error(error.where(), {}, error.message());
    for (const auto& document : tree.documents) {
      ++documents_;
      if (auto policy = read_document(document, reader)) add(std::move(*policy), file.name, document, reader);
    }
  }

  void add(Policy policy, const std::string& file, const yaml::Node& document, FieldReader& reader) {
    const auto* name = document.find("metadata")->find("name");
    const auto [earlier, is_new] = places_.try_emplace(policy.name, Place{file, name->where});
    if (!is_new) {
      reader.error(
          name->where, Path().field("metadata").field("name"),
          "\"" + policy.name + "\" is already the name of the policy at " + to_string(earlier->second));
      return;
    }
    bound_label_keys(policy, document, reader);
    policies_.push_back(std::move(policy));
  }

  // All of them may come to be recorded on one Secret.
  void bound_label_keys(const Policy& policy, const yaml::Node& document, FieldReader& reader) {
    const bool within = label_keys_.size() <= kOwnedLabelsMax;
    for (const auto& label : policy.labels) label_keys_.insert(label.key);
    if (!within || label_keys_.size() <= kOwnedLabelsMax) return;
    reader.error(document.find("spec")->find("labels")->where, Path().field("spec").field("labels"),
                 "with these the policies set more than " + std::to_string(kOwnedLabelsMax) +
                     " different label keys, the most that the record on a Secret holds");
  }

  void no_documents(const std::vector<SourceFile>& files) {
    outcome_.errors.push_back({files.size() == 1 ? files.front().name : std::string(), 0, 0, "",
                               "no policy: give at least one document of kind SecretPolicy"});
  }

  void warn_of_passed_over(const std::vector<PassedOver>& passed_over) {
    const std::size_t named = std::min(passed_over.size(), kPassedOverMax);
    for (std::size_t index = 0; index < named; ++index) {
      const auto& [name, why] = passed_over[index];
      outcome_.warnings.push_back({shown(name), 0, 0, "", "skipped: " + std::string(why)});
    }
    if (named == passed_over.size()) return;
    outcome_.warnings.push_back(
        {"", 0, 0, "", std::to_string(passed_over.size() - named) + " more files are skipped"});
  }

  void warn(const Policy& policy, const Path& path, std::string message) {
    const auto& [file, where] = places_.at(policy.name);
    outcome_.warnings.push_back({file, where.line, where.column, path.text(), std::move(message)});
  }

  // "name" (file:line:column).
  std::string named(const Policy& policy) const {
    return "\"" + policy.name + "\" (" + to_string(places_.at(policy.name)) + ")";
  }

  // Two policies in force that give one key different values: the first by name wins where both match.
  void warn_of_conflicts() {
    std::map<std::string_view, std::pair<const Policy*, std::string_view>> first;
    for (const auto* policy : in_force_) {
      for (const auto& [key, value] : policy->labels) {
        const auto [other, is_new] = first.try_emplace(key, policy, value);
        if (is_new || other->second.second == value) continue;
        const Policy& winner = *other->second.first;
        warn(*policy, Path().field("spec").field("labels").field(key),
             "policies " + named(winner) + " and \"" + policy->name +
                 "\" set this label to different values; where both match, \"" + winner.name +
                 "\" wins, because it is first by name");
      }
    }
  }

  // A selector sees a Secret without the labels that policies put on: by such a key it finds only what users
  // set. That is what a policy wants which leaves out what has its own label already.
  void warn_of_selected_labels(const Policy& policy, std::string_view field, const Selector& selector) {
    if (!selector.labels) return;
    std::set<std::string_view> seen;
    for (const auto& [key, op, values] : selector.labels->requirements) {
      if (!seen.insert(key).second) continue;
      const bool leaves_out = field == "exclude" || op == secret::LabelOperator::not_in ||
                              op == secret::LabelOperator::does_not_exist;
      const auto giver = std::ranges::find_if(in_force_, [&](const Policy* each) {
        return (each != &policy || !leaves_out) && gives(*each, key);
      });
      if (giver == in_force_.end()) continue;
      warn(policy, Path().field("spec").field(field).field("labelSelector"),
           "policy \"" + policy.name + "\" selects by the label " + in_quotes(key) + ", which policy " +
               named(**giver) +
               " adds; selectors see only labels that users set, not those that policies add");
    }
  }

  // A limit of the cluster is kept for many only if something keeps each from using it up.
  void warn_of_cluster_limits(const Policy& policy, const PolicySet& set) {
    const auto guards = [&policy](const Policy& other) {
      return has_limit_of(ScopeKind::name_space, other) && other.mode <= policy.mode && covers(other, policy);
    };
    if (!has_limit_of(ScopeKind::cluster, policy) || std::ranges::any_of(set.policies, guards)) return;
    warn(policy, Path().field("spec").field("limits"),
         "policy \"" + policy.name +
             "\" limits the cluster, and no policy limits a namespace for the same Secrets: one namespace "
             "could use it up for all others; add secretsPerNamespace or bytesPerNamespace");
  }

  static bool has_limit_of(ScopeKind scope, const Policy& policy) {
    return std::ranges::any_of(
        limit_rules(), [&](const LimitRule& rule) { return rule.scope == scope && policy.limit(rule.kind); });
  }

  // True if all that `other` selects `policy` selects too, as far as equal patterns show it. Both count:
  // beside them they select by the labels of namespaces only.
  static bool covers(const Policy& policy, const Policy& other) {
    if (&policy == &other) return true;
    if (policy.selects_namespaces()) return false;
    const auto same_or_absent = [](const auto& patterns, const auto& others) {
      return patterns.empty() ||
             std::ranges::equal(patterns, others, {}, &base::Glob::pattern, &base::Glob::pattern);
    };
    for (const auto field : {&Selector::types, &Selector::names, &Selector::namespaces}) {
      if (!same_or_absent(policy.match.*field, other.match.*field) ||
          !same_or_absent(policy.exclude.*field, other.exclude.*field))
        return false;
    }
    return true;
  }

  // A date in the past is no error: the policies that hold it go on loading.
  void warn_of_exceptions(const Policy& policy, std::chrono::sys_seconds now) {
    for (std::size_t i = 0; i < policy.exceptions.size(); ++i) {
      const Exception& each = policy.exceptions[i];
      const ExceptionState state = state_of(each, now);
      if (state == ExceptionState::in_force) continue;
      const bool ended = state == ExceptionState::ended;
      warn(policy, Path().field("spec").field("exceptions").item(i),
           "the exception of policy \"" + policy.name + "\" for " + secrets_of(each) +
               (ended ? " ended on " : " ends on ") + until_of(each) + (ended ? ": remove it" : ""));
    }
  }

  static bool gives(const Policy& policy, std::string_view key) {
    return std::ranges::find(policy.labels, key, &secret::Label::key) != policy.labels.end();
  }

  // Over names and texts, each behind its length, so that no two sets of files run together to the same
  // bytes. The directory is left out: a set is the same wherever it is mounted.
  static std::string hash_of(const std::vector<SourceFile>& files) {
    std::vector<std::pair<std::string_view, std::string_view>> sorted;
    for (const auto& file : files) sorted.emplace_back(base_name(file.name), file.text);
    std::ranges::sort(sorted);
    std::string bytes;
    for (const auto& [name, text] : sorted) {
      for (const auto part : {name, text}) bytes.append(std::to_string(part.size())).append(":").append(part);
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) return {};
    return base::to_hex(std::span(digest).first(kHashBytes));
  }

  LoadOutcome outcome_;
  std::vector<Policy> policies_;
  std::vector<const Policy*> in_force_;  // of the set
  std::map<std::string, Place> places_;
  std::set<std::string> label_keys_;  // of all policies
  std::size_t documents_ = 0;
};

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
  std::string text = diagnostic.file;
  if (diagnostic.line > 0) {
    text += ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column);
  }
  if (!text.empty()) text += ": ";
  if (!diagnostic.path.empty()) text += diagnostic.path + ": ";
  return text + diagnostic.message;
}

LoadOutcome load_policies(const std::vector<SourceFile>& files, const std::vector<PassedOver>& passed_over,
                          std::optional<std::chrono::sys_seconds> now) {
  return SetLoader().load(files, passed_over, now);
}

}  // namespace hygiene::policy
