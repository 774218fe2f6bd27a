#include "housekeeping/prune/prune_plan.hpp"

#include <algorithm>
#include <charconv>

#include "base/rfc3339.hpp"
#include "housekeeping/stored/stored_secret.hpp"
#include "secret/annotated_size.hpp"
#include "secret/helm.hpp"

namespace hygiene::housekeeping {
namespace {

using std::chrono::sys_seconds;
using Time = std::optional<sys_seconds>;

// Seconds since 1970, as Helm writes its labels createdAt and modifiedAt.
Time unix_time(const std::string* text) {
  if (text == nullptr) return std::nullopt;
  std::uint32_t seconds = 0;
  const char* end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, seconds);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return sys_seconds(std::chrono::seconds(seconds));
}

Time written(const secret::Facts& facts) {
  // Nothing is less than any time.
  return std::max({base::parse_rfc3339(facts.created), unix_time(facts.labels.find("createdAt")),
                   unix_time(facts.labels.find("modifiedAt"))});
}

// Why Helm did not write it so; empty: it did.
std::string what_is_foreign(const secret::Facts& facts, const std::optional<secret::HelmRevision>& named) {
  if (!named) return "its name is not sh.helm.release.v1.RELEASE.vNUMBER";
  if (secret::is_helm_part(facts))
    return "its revision is stored in several Secrets, which must be deleted together";
  const std::string number = std::to_string(named->revision);
  if (!facts.name.ends_with(".v" + number)) return "its name does not write the revision as Helm does";
  for (const auto& [label, expected] : {std::pair<const char*, std::string_view>{"owner", "helm"},
                                        {"name", named->release},
                                        {"version", number}}) {
    const std::string* value = facts.labels.find(label);
    if (value == nullptr) return std::string("it has no label ") + label;
    if (*value != expected) return std::string("its label ") + label + " does not agree with its name";
  }
  if (facts.labels.find("status") == nullptr) return "it has no label status";
  return {};
}

Left why_left(const std::vector<Revision>& revisions, std::chrono::milliseconds min_age, sys_seconds now) {
  for (const Revision& revision : revisions) {
    if (!revision.written) return Left::age_unknown;
    if (now - *revision.written < min_age) return Left::young;
  }
  return Left::no;
}

// What is beyond both budgets of revisions in the order of their numbers, oldest first.
std::vector<Revision> beyond_what_is_kept(const std::vector<Revision>& revisions, const PruneRules& rules) {
  std::size_t superseded = rules.keep;
  std::size_t failed = rules.keep_failed;
  std::vector<Revision> going;
  for (auto each = revisions.rbegin(); each != revisions.rend(); ++each) {
    if (each->deleting || (each->status != "superseded" && each->status != "failed")) continue;
    std::size_t& kept = each->status == "failed" ? failed : superseded;
    if (kept > 0) {
      --kept;
    } else if (each != revisions.rbegin()) {
      going.push_back(*each);
    }
  }
  std::ranges::reverse(going);
  return going;
}

}  // namespace

void StoredHistory::add(const secret::Facts& facts) {
  const auto named = secret::parse_helm_name(facts.name);
  const std::string why = what_is_foreign(facts, named);
  if (!why.empty()) {
    foreign.push_back({facts.namespace_name, facts.name, why});
    return;
  }
  Revision& revision = releases[{facts.namespace_name, std::string(named->release)}].emplace_back();
  revision.number = named->revision;
  revision.secret_name = facts.name;
  revision.status = *facts.labels.find("status");
  revision.uid = facts.uid;
  revision.resource_version = facts.resource_version;
  revision.written = written(facts);
  revision.deleting = facts.deleting;
  revision.bytes = secret::annotated_size(facts);
}

std::vector<ReleasePlan> plan_prune(StoredHistory history, const PruneRules& rules, sys_seconds now) {
  std::vector<ReleasePlan> plans;
  for (auto& [release, revisions] : history.releases) {
    if (rules.only && !rules.only->contains(release)) continue;
    std::ranges::sort(revisions, {}, &Revision::number);
    std::vector<Revision> going = beyond_what_is_kept(revisions, rules);
    if (going.empty()) continue;
    ReleasePlan& plan = plans.emplace_back();
    plan.release = release;
    plan.revisions = revisions.size();
    plan.newest = revisions.back();
    plan.left = why_left(revisions, rules.min_age, now);
    if (plan.left == Left::no) plan.going = std::move(going);
  }
  return plans;
}

}  // namespace hygiene::housekeeping
