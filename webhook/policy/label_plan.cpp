#include "policy/label_plan.hpp"

#include <algorithm>
#include <string_view>

#include "base/enum_names.hpp"
#include "policy/facts_after.hpp"
#include "policy/owned_labels_record.hpp"

namespace hygiene::policy {
namespace {

// Source: the API server's ValidateAnnotationsSize, over keys and values of all annotations.
constexpr std::uint64_t kAnnotationBytesMax = 256 * 1024;

struct Wanted {
  const secret::Label* label;
  const Policy* policy;
  const std::string* present = nullptr;  // the object's value; null: it lacks the label

  std::string_view key() const { return label->key; }
};

// The one that gives `key` of `wanted`, which are sorted by key; null: none.
template <class Wants>
auto find_wanted(Wants& wanted, std::string_view key) {
  const auto found = std::ranges::lower_bound(wanted, key, {}, &Wanted::key);
  return found != wanted.end() && found->key() == key ? &*found : nullptr;
}

// The labels that `matching` give, one for each key (the first policy wins), by key.
std::vector<Wanted> wanted_labels(const std::vector<const Policy*>& matching, bool audit,
                                  const secret::Labels& present) {
  std::vector<Wanted> wanted;
  for (const auto* policy : matching) {
    if ((policy->mode == Mode::audit) != audit) continue;
    for (const auto& label : policy->labels) wanted.push_back({&label, policy});
  }
  std::ranges::stable_sort(wanted, {}, &Wanted::key);
  const auto repeated = std::ranges::unique(wanted, {}, &Wanted::key);
  wanted.erase(repeated.begin(), repeated.end());
  if (wanted.empty()) return wanted;
  for (const auto& label : present) {
    auto* each = find_wanted(wanted, label.key);
    if (each != nullptr && each->present == nullptr) each->present = &label.value;
  }
  return wanted;
}

// A Secret may have 26,500 labels. Each is looked up in sorted lists, whose lengths the policies bound.
class Planner {
 public:
  Planner(const Ownership& ownership, const std::vector<const Policy*>& matching)
      : ownership_(ownership),
        object_(ownership.object()),
        wanted_(wanted_labels(matching, false, object_.labels)) {}

  LabelPlan plan(const std::vector<const Policy*>& matching) {
    put_wanted();
    remove_unwanted();
    std::ranges::sort(plan_.changes, {}, &LabelChange::key);
    report(wanted_labels(matching, true, object_.labels));
    plan_.owned_labels =
        change_of(object_.owned_labels_annotation,
                  owned_.empty() ? std::nullopt : std::optional(render_owned_labels(owned_)));
    plan_.bytes =
        change_of(object_.bytes_annotation,
                  std::ranges::any_of(matching, [](const Policy* policy) { return records_size(*policy); })
                      ? std::optional(std::to_string(object_.data_bytes))
                      : std::nullopt);
    if (!fits()) return plan_without_room();
    return std::move(plan_);
  }

 private:
  // A size that somebody else wrote, and that is not the true one, goes in any case: filling up the
  // annotations must not be a way to have it summed. Without it the Secret is measured.
  LabelPlan plan_without_room() const {
    LabelPlan plan;
    plan.no_room = true;
    if (object_.bytes_annotation && plan_.bytes.kind != AnnotationChange::Kind::none)
      plan.bytes.kind = AnnotationChange::Kind::remove;
    return plan;
  }

  // The user has claimed the key, or owns the label that is there.
  bool is_users(const Wanted& wanted) const {
    if (wanted.present == nullptr) return ownership_.is_unmanaged(wanted.key());
    return !ownership_.is_ours(wanted.key(), *wanted.present);
  }

  void put_wanted() {
    for (const Wanted& wanted : wanted_) {
      if (is_users(wanted)) continue;
      const auto& [label, policy, present] = wanted;
      owned_.push_back(*label);
      if (present == nullptr) {
        plan_.changes.push_back({LabelAction::add, label->key, label->value, policy});
      } else if (*present != label->value) {
        plan_.changes.push_back({LabelAction::replace, label->key, label->value, policy,
                                 ownership_.is_foreign(label->key, *present)});
      }
    }
  }

  void remove_unwanted() {
    for (const auto& [key, value] : object_.labels) {
      if (!ownership_.is_ours(key, value) || find_wanted(wanted_, key) != nullptr) continue;
      plan_.changes.push_back({LabelAction::remove, key, {}, nullptr, ownership_.is_foreign(key, value)});
    }
  }

  // What the policies in mode Audit would have changed, had they been in force.
  void report(const std::vector<Wanted>& audited) {
    for (const Wanted& wanted : audited) {
      const auto& [label, policy, present] = wanted;
      const auto* winner = find_wanted(wanted_, label->key);
      if (winner != nullptr && winner->policy->name < policy->name) continue;
      if (is_users(wanted) || (present != nullptr && *present == label->value)) continue;
      plan_.changes.push_back({LabelAction::report, label->key, label->value, policy});
    }
  }

  static AnnotationChange change_of(const std::optional<std::string>& present,
                                    std::optional<std::string> wanted) {
    using Kind = AnnotationChange::Kind;
    if (present == wanted) return {};
    if (!wanted) return {Kind::remove, {}};
    return {Kind::set, std::move(*wanted)};
  }

  bool fits() const {
    const SizeChange change = annotation_change(plan_, object_);
    return change.added == 0 || change.of(object_.annotation_bytes) <= kAnnotationBytesMax;
  }

  const Ownership& ownership_;
  const secret::Facts& object_;
  std::vector<Wanted> wanted_;        // by key
  std::vector<secret::Label> owned_;  // after the plan, by key
  LabelPlan plan_;
};

}  // namespace

std::string_view to_string(LabelAction action) {
  return base::name_of<LabelAction::report>(action, {"add", "replace", "remove", "report"});
}

bool LabelPlan::empty() const {
  const auto is_report = [](const LabelChange& change) { return change.action == LabelAction::report; };
  return std::ranges::all_of(changes, is_report) && owned_labels.kind == AnnotationChange::Kind::none &&
         bytes.kind == AnnotationChange::Kind::none;
}

std::string labels_of(const LabelPlan& plan) {
  std::string text;
  for (const LabelChange& change : plan.changes) {
    if (!text.empty()) text += ',';
    switch (change.action) {
      case LabelAction::add:
      case LabelAction::replace:
        text += change.key + "=" + change.value;
        break;
      case LabelAction::remove:
        text += change.key + "-";
        break;
      case LabelAction::report:
        text += "(" + change.key + "=" + change.value + ")";
    }
  }
  return text;
}

bool labels_by_size(const Policy& policy) {
  return !policy.labels.empty() && (policy.match.by_size() || policy.exclude.by_size());
}

bool records_size(const Policy& policy) {
  return policy.mode != Mode::audit && (policy.sums_bytes() || labels_by_size(policy));
}

LabelPlan make_label_plan(const Ownership& ownership, const std::vector<const Policy*>& matching) {
  return Planner(ownership, matching).plan(matching);
}

}  // namespace hygiene::policy
