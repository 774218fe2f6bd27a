// The label plan, the facts after it and what bytesPerObject measures against a reference that looks
// everything up one by one, over generated labels, records and policies.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "policy/evaluator.hpp"
#include "policy/facts_after.hpp"
#include "policy/owned_labels_record.hpp"
#include "secret/helm.hpp"
#include "support.hpp"

using namespace hygiene;
using namespace hygiene::policy;

namespace {

using LabelList = std::vector<secret::Label>;

// The first one with `key`, as secret::Labels::find; null: none.
const secret::Label* find(const LabelList& labels, const std::string& key) {
  const auto found = std::ranges::find(labels, key, &secret::Label::key);
  return found == labels.end() ? nullptr : &*found;
}

LabelList recorded_of(const secret::Facts& facts) {
  return facts.owned_labels_annotation ? parse_owned_labels(*facts.owned_labels_annotation) : LabelList();
}

class Reference {
 public:
  Reference(const PolicySet& policies, const secret::Facts& object)
      : policies_(policies),
        object_(object),
        labels_(object.labels.begin(), object.labels.end()),
        recorded_(recorded_of(object)) {
    const Request request{.object = &object};
    const Evaluation evaluation(policies, request);
    for (const Policy& policy : policies.policies) {
      if (evaluation.applies(policy)) matching_.push_back(&policy);
    }
  }

  std::uint64_t object_bytes_less_ours() const {
    std::uint64_t bytes = object_.object_bytes;
    if (object_.owned_labels_annotation)
      bytes -= secret::kOwnedLabelsAnnotation.size() + object_.owned_labels_annotation->size();
    for (const auto& label : labels_) {
      if (is_ours(label)) bytes -= label.key.size() + label.value.size();
    }
    return bytes;
  }

  LabelPlan plan() const {
    LabelPlan plan;
    LabelList owned;
    for (const auto& [key, wish] : wishes(false)) {
      const secret::Label* present = find(labels_, key);
      if (present != nullptr && !is_ours(*present)) continue;
      owned.push_back({key, wish.value});
      if (present == nullptr) {
        plan.changes.push_back({LabelAction::add, key, wish.value, wish.policy});
      } else if (present->value != wish.value) {
        plan.changes.push_back({LabelAction::replace, key, wish.value, wish.policy});
      }
    }
    for (const auto& label : labels_) {
      if (is_ours(label) && !wishes(false).contains(label.key)) {
        plan.changes.push_back({LabelAction::remove, label.key, "", nullptr});
      }
    }
    std::ranges::stable_sort(plan.changes, {}, &LabelChange::key);
    for (const auto& [key, wish] : wishes(true)) {
      const auto in_force = wishes(false);
      const auto winner = in_force.find(key);
      if (winner != in_force.end() && winner->second.policy->name < wish.policy->name) continue;
      const secret::Label* present = find(labels_, key);
      if (present != nullptr && (present->value == wish.value || !is_ours(*present))) continue;
      plan.changes.push_back({LabelAction::report, key, wish.value, wish.policy});
    }
    const auto record = owned.empty() ? std::nullopt : std::optional(render_owned_labels(owned));
    plan.owned_labels = change(object_.owned_labels_annotation, record);
    return plan;
  }

 private:
  struct Wish {
    std::string value;
    const Policy* policy;
  };

  std::map<std::string, Wish> wishes(bool audit) const {
    std::map<std::string, Wish> wishes;
    for (const Policy* policy : matching_) {
      if ((policy->mode == Mode::audit) != audit) continue;
      for (const auto& [key, value] : policy->labels) wishes.try_emplace(key, Wish{value, policy});
    }
    return wishes;
  }

  bool is_ours(const secret::Label& label) const {
    if (label.key.starts_with(secret::kOwnPrefix)) return true;
    if (std::ranges::find(recorded_, label) != recorded_.end()) return true;
    return secret::helm_revision(object_) &&
           std::ranges::any_of(policies_.policies, [&](const Policy& policy) {
             return policy.mode != Mode::audit && find(policy.labels, label.key) != nullptr;
           });
  }

  static AnnotationChange change(const std::optional<std::string>& present,
                                 const std::optional<std::string>& wanted) {
    if (present == wanted) return {};
    if (!wanted) return {AnnotationChange::Kind::remove, {}};
    return {AnnotationChange::Kind::set, *wanted};
  }

  const PolicySet& policies_;
  const secret::Facts& object_;
  std::vector<const Policy*> matching_;
  LabelList labels_;
  LabelList recorded_;
};

LabelList labels_after(const LabelPlan& plan, const secret::Labels& labels) {
  LabelList after;
  for (const auto& label : labels) {
    const auto change = std::ranges::find_if(plan.changes, [&](const LabelChange& each) {
      return each.key == label.key && each.action != LabelAction::report;
    });
    if (change == plan.changes.end()) {
      after.push_back(label);
    } else if (change->action == LabelAction::replace) {
      after.push_back({label.key, change->value});
    }
  }
  for (const auto& change : plan.changes) {
    if (change.action == LabelAction::add) after.push_back({change.key, change.value});
  }
  return after;
}

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string policies() {
    std::string text;
    for (std::size_t number = 0; number <= below(6); ++number) {
      std::string labels;
      for (const auto& label : distinct(1 + below(8))) labels += label.key + ": \"" + label.value + "\", ";
      const std::string mode = std::vector<std::string>{"Enforce", "Warn", "Audit"}[below(3)];
      text += test::document("p" + std::to_string(number),
                             "  mode: " + mode + (chance(3) ? "\n  match: {names: [none]}" : "") +
                                 "\n  labels: {" + labels + "}");
    }
    return text;
  }

  secret::Facts secret() {
    secret::Facts facts = chance(2) ? test::secret_of(10) : test::helm_secret(10);
    for (std::size_t count = below(40); count > 0; --count) test::label(facts, key(), value());
    if (chance(4)) return facts;
    facts.owned_labels_annotation = record();
    const auto bytes = secret::kOwnedLabelsAnnotation.size() + facts.owned_labels_annotation->size();
    facts.annotation_bytes += bytes;
    facts.object_bytes += bytes;
    return facts;
  }

 private:
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  bool chance(std::size_t of) { return below(of) == 0; }
  std::string key() {
    static const std::vector<std::string> kPrefixes{"", "secret-hygiene.io/", "example.com/", "z."};
    return kPrefixes[below(kPrefixes.size())] + "k" + std::to_string(below(12));
  }
  std::string value() { return std::vector<std::string>{"", "a", "b"}[below(3)]; }
  // Sorted, each key once.
  LabelList distinct(std::size_t count) {
    std::map<std::string, std::string> made;
    for (; count > 0; --count) made[key()] = value();
    LabelList labels;
    for (const auto& [key, value] : made) labels.push_back({key, value});
    return labels;
  }
  std::string record() {
    LabelList recorded = distinct(below(30));
    if (chance(10)) std::ranges::reverse(recorded);
    std::string text = render_owned_labels(recorded);
    if (!chance(20)) return text;
    // More than any policies give.
    for (std::size_t number = 0; number < kOwnedLabelsMax; ++number) {
      text += (text.empty() ? "zz" : ",zz") + std::to_string(1000 + number) + "=";
    }
    return text;
  }

  std::mt19937 random_;
};

void check_same(const LabelPlan& plan, const LabelPlan& expected) {
  REQUIRE(plan.changes.size() == expected.changes.size());
  for (std::size_t at = 0; at < plan.changes.size(); ++at) {
    CHECK(plan.changes[at].action == expected.changes[at].action);
    CHECK(plan.changes[at].key == expected.changes[at].key);
    CHECK(plan.changes[at].value == expected.changes[at].value);
    CHECK(plan.changes[at].policy == expected.changes[at].policy);
  }
  CHECK(plan.owned_labels.kind == expected.owned_labels.kind);
  CHECK(plan.owned_labels.value == expected.owned_labels.value);
  CHECK(plan.bytes.kind == expected.bytes.kind);
  CHECK_FALSE(plan.no_room);
}

}  // namespace

TEST_CASE("plans, facts after them and sizes are those of a reference that looks up one by one") {
  Generator generator(7);
  std::map<LabelAction, std::size_t> actions;
  for (int round = 0; round < 200; ++round) {
    const std::string text = generator.policies();
    const auto policies = test::load(text);
    for (int number = 0; number < 20; ++number) {
      const secret::Facts facts = generator.secret();
      INFO(text << "record: " << facts.owned_labels_annotation.value_or("none"));
      const LabelPlan plan = plan_labels(*policies, facts);
      check_same(plan, Reference(*policies, facts).plan());
      const secret::Facts after = facts_after(plan, facts);
      CHECK(LabelList(after.labels.begin(), after.labels.end()) == labels_after(plan, facts.labels));
      CHECK(Ownership(*policies, facts).users_part().object_bytes ==
            Reference(*policies, facts).object_bytes_less_ours());
      CHECK(Ownership(*policies, after).users_part().object_bytes ==
            Reference(*policies, after).object_bytes_less_ours());
      for (const auto& change : plan.changes) ++actions[change.action];
    }
  }
  for (const auto action :
       {LabelAction::add, LabelAction::replace, LabelAction::remove, LabelAction::report}) {
    INFO(to_string(action));
    CHECK(actions[action] > 500);
  }
}
