#include "housekeeping/survey/survey_builder.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/utf8.hpp"
#include "policy/evaluator.hpp"
#include "policy/facts_after.hpp"
#include "secret/helm.hpp"

namespace hygiene::housekeeping {
namespace {

using policy::LabelAction;
using policy::Violation;

Tally tally_of(const secret::Facts& facts) {
  return {1, facts.data_bytes, facts.object_bytes};
}

// Policies give every label that they would put on; what none gives is ours no longer.
void count_work(const policy::LabelPlan& plan, LabelWork& work) {
  if (!plan.empty()) ++work.to_change;
  if (plan.no_room) ++work.no_room;
  bool stale = false;
  for (const policy::LabelChange& change : plan.changes) {
    stale = stale || change.action == LabelAction::remove;
    for (MissingLabel& label : work.missing) {
      if (change.policy != nullptr && label.policy == change.policy->name && label.key == change.key)
        ++label.secrets;
    }
  }
  if (stale) ++work.stale;
}

void add_kept(const ControllerSelector& selector, bool takes, const Tally& tally, Tally& kept) {
  if (takes) {
    kept += tally;
  } else if (selector.metadata_of_others) {
    kept.object_bytes += tally.object_bytes - tally.bytes;
  }
}

}  // namespace

bool SurveyBuilder::LargerSecret::operator()(const LargeSecret& a, const LargeSecret& b) const {
  if (a.object_bytes != b.object_bytes) return a.object_bytes > b.object_bytes;
  return std::tie(a.namespace_name, a.name) < std::tie(b.namespace_name, b.name);
}

bool SurveyBuilder::MoreRevisions::operator()(const Release& a, const Release& b) const {
  if (a.tally.secrets != b.tally.secrets) return a.tally.secrets > b.tally.secrets;
  if (a.tally.object_bytes != b.tally.object_bytes) return a.tally.object_bytes > b.tally.object_bytes;
  return std::tie(a.namespace_name, a.name) < std::tie(b.namespace_name, b.name);
}

SurveyBuilder::SurveyBuilder(std::shared_ptr<const policy::PolicySet> policies,
                             std::shared_ptr<secret::NamespaceLabels> namespaces)
    : policies_(std::move(policies)), namespace_labels_(std::move(namespaces)) {
  for (const policy::Policy& policy : policies_->policies) {
    judged_.emplace_back(policy);
    for (const secret::Label& label : policy.labels) {
      labels_.missing.push_back({policy.name, label.key, label.value, policy.mode == policy::Mode::audit, 0});
      if (policy.mode != policy::Mode::audit) carried_.try_emplace(label, 0);
    }
  }
  std::size_t number = 0;
  for (auto& [label, place] : carried_) {
    place = std::min(number++, CarriedLabel::kKept);
    if (place == labels_.carried.size())
      labels_.carried.push_back(
          {place == CarriedLabel::kKept ? "other" : label.key + "=" + label.value, {}, 0});
  }
  for (const ControllerSelector& selector : controller_selectors()) {
    auto parsed = StoredSelector::parse(selector.label_selector, selector.field_selector);
    if (parsed) selecting_.push_back({std::move(*parsed), {selector, {}, {}}});
  }
}

void SurveyBuilder::add(const StoredSecret& stored) {
  const secret::Facts& facts = stored.facts;
  const Tally tally = tally_of(facts);
  total_ += tally;
  if (facts.deleting) ++deleting_;
  if (!stored.measured) ++(stored.sized() ? annotated_ : unsized_);
  const std::string type = base::truncate_utf8(facts.type, kNameBytesMax);
  namespaces_.add(facts.namespace_name, tally);
  types_.add(type, tally);
  largest_.offer({facts.namespace_name, facts.name, type, facts.data_bytes, facts.object_bytes});
  add_helm(facts, tally);
  // As a new Secret, written by nobody whom a policy exempts.
  const secret::Labels* labels = namespace_labels_ ? &namespace_labels_->of(facts.namespace_name) : nullptr;
  const policy::Evaluation evaluation(*policies_, {.object = &facts, .namespace_labels = labels});
  const policy::LabelPlan plan = evaluation.label_plan();
  count_work(plan, labels_);
  count_carried(facts.labels, tally);
  if (facts.unmanaged_labels_annotation) ++labels_.unmanaged;
  judge(evaluation, tally);
  select(facts, policy::facts_after(plan, facts).labels, tally);
}

void SurveyBuilder::count_carried(const secret::Labels& labels, const Tally& tally) {
  for (const auto& [label, place] : carried_) {
    const std::string* value = labels.find(label.key);
    if (value != nullptr && *value == label.value) labels_.carried[place].tally += tally;
  }
}

void SurveyBuilder::add_helm(const secret::Facts& facts, const Tally& tally) {
  if (!secret::is_helm_type(facts.type)) return;
  const auto revision = secret::helm_revision(facts);
  if (!revision) {
    foreign_ += tally;
    return;
  }
  releases_.add(facts.namespace_name + '/' + std::string(revision->release), tally);
}

void SurveyBuilder::judge(const policy::Evaluation& evaluation, const Tally& tally) {
  const secret::Facts& facts = evaluation.users_part();
  // One that is being deleted is past judging.
  const auto violations = facts.deleting ? std::vector<Violation>() : evaluation.violations();
  bool judged = false;
  for (std::size_t i = 0; i < judged_.size(); ++i) {
    const policy::Policy& policy = policies_->policies[i];
    if (!evaluation.applies(policy)) continue;
    const auto of_policy = [&policy](const Violation& violation) { return violation.policy == &policy; };
    const auto first = std::ranges::find_if(violations, of_policy);
    const auto last = std::find_if_not(first, violations.end(), of_policy);
    judged_[i].add(facts, tally, {first, last});
    judged = judged || judged_[i].judges_secrets();
    for (auto broken = first; broken != last; ++broken) {
      note(facts.namespace_name, {i, broken->limit, facts.name, broken->measured}, false);
    }
  }
  if (!judged || !violations.empty() || facts.deleting) return;
  if (Found* found = found_in(facts.namespace_name)) ++found->passed;
}

SurveyBuilder::Found* SurveyBuilder::found_in(const std::string& namespace_name) {
  const bool known = namespace_name.empty() || namespaces_.by_name().contains(namespace_name);
  return known ? &found_[namespace_name] : nullptr;
}

void SurveyBuilder::note(const std::string& namespace_name, Finding finding, bool across) {
  Found* found = found_in(namespace_name);
  if (found == nullptr) return;
  ++found->broken[static_cast<std::size_t>(policies_->policies[finding.policy].mode)];
  const bool room = found->of_scopes.size() + found->of_secrets.size() < NamespaceFindings::kKept &&
                    findings_kept_ < NamespaceFindings::kKeptInAll;
  if (room) {
    ++findings_kept_;
  } else {
    ++found->left_out;
    // One about many Secrets says more than one about a single.
    if (!across || found->of_secrets.empty()) return;
    found->of_secrets.pop_back();
  }
  (across ? found->of_scopes : found->of_secrets).push_back(std::move(finding));
}

void SurveyBuilder::select(const secret::Facts& facts, const secret::Labels& after, const Tally& tally) {
  for (auto& [selector, gain] : selecting_) {
    add_kept(gain.selector, selector.takes(facts.type, facts.labels), tally, gain.kept);
    add_kept(gain.selector, selector.takes(facts.type, after), tally, gain.kept_labelled);
  }
}

Releases SurveyBuilder::releases() {
  Releases made;
  TopN<Release, MoreRevisions> most(Releases::kKept);
  for (const auto& [name, tally] : releases_.by_name()) {
    const std::size_t slash = name.find('/');
    most.offer({name.substr(0, slash), name.substr(slash + 1), tally});
    made.tally += tally;
  }
  made.tally += releases_.beyond();
  made.count = releases_.by_name().size() + (releases_.beyond().secrets > 0 ? 1 : 0);
  made.most = most.take();
  made.foreign = foreign_;
  return made;
}

Survey SurveyBuilder::finish(Survey asked) {
  Survey survey = std::move(asked);
  survey.total = total_;
  survey.deleting = deleting_;
  survey.annotated = annotated_;
  survey.unsized = unsized_;
  survey.namespaces = namespaces_.groups();
  survey.types = types_.groups();
  survey.releases = releases();
  survey.largest = largest_.take();
  Seen seen;
  seen.namespace_name = survey.namespace_name;
  if (namespace_labels_ && !seen.namespace_name.empty())
    seen.namespace_labels = &namespace_labels_->of(seen.namespace_name);
  seen.whole_namespaces = !survey.interrupted && !survey.selected();
  seen.whole_cluster = seen.whole_namespaces && survey.namespace_name.empty();
  seen.whole_secrets = survey.reading == Reading::whole;
  seen.sizes = unsized_ == 0;
  for (std::size_t i = 0; i < judged_.size(); ++i) {
    survey.policies.push_back(judged_[i].finish(seen, [this, i](policy::LimitKind limit, const Use& use) {
      note(use.namespace_name, {i, limit, use.name, use.measured}, true);
    }));
  }
  for (const MissingLabel& missing : labels_.missing) {
    const auto carried = carried_.find(secret::Label{missing.key, missing.value});
    if (!missing.only_reported && carried != carried_.end())
      labels_.carried[carried->second].lacking += missing.secrets;
  }
  survey.labels = std::move(labels_);
  for (const Selecting& selecting : selecting_) survey.selectors.push_back(selecting.gain);
  for (auto& [name, found] : found_) {
    NamespaceFindings& made = survey.findings.emplace_back();
    made.namespace_name = name;
    made.passed = found.passed;
    made.broken = found.broken;
    made.left_out = found.left_out;
    made.findings = std::move(found.of_scopes);
    std::ranges::move(found.of_secrets, std::back_inserter(made.findings));
  }
  std::ranges::sort(survey.findings, {}, &NamespaceFindings::namespace_name);
  return survey;
}

}  // namespace hygiene::housekeeping
