#include "commands/audit/audit_prometheus.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "base/invariant.hpp"
#include "housekeeping/controllers/proxy_defaults.hpp"
#include "policy/limits/limit.hpp"
#include "secret/helm.hpp"

namespace hygiene::commands {
namespace {

using namespace housekeeping;
using Labels = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kTypesMax = 20;

class Families {
 public:
  // A family with its only metric.
  void single(const std::string& name, const std::string& help, std::uint64_t value) {
    begin(name, help);
    add({}, value);
  }
  void begin(const std::string& name, const std::string& help) {
    families_.push_back({"secret_hygiene_" + name, help, prometheus::MetricType::Gauge, {}});
  }
  // One more metric of the family that was begun last.
  void add(const Labels& labels, std::uint64_t value) {
    prometheus::ClientMetric metric;
    for (const auto& [label, text] : labels) metric.label.push_back({label, text});
    metric.gauge.value = static_cast<double>(value);
    families_.back().metric.push_back(std::move(metric));
  }
  void write(std::ostream& out) const { prometheus::TextSerializer().Serialize(out, families_); }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

// The types with the most bytes, Helm's always, and all others as one.
std::vector<Group> types_of(const Survey& survey) {
  std::vector<Group> types;
  Group others{"other", survey.types.others_tally};
  bool helm = false;
  for (const Group& type : survey.types.largest) {
    const bool is_helm = type.name == secret::kTypeHelmRelease;
    helm = helm || is_helm;
    if (is_helm || types.size() < kTypesMax) {
      types.push_back(type);
    } else {
      others.tally += type.tally;
    }
  }
  if (!helm) types.push_back({std::string(secret::kTypeHelmRelease), {}});
  types.push_back(others);
  return types;
}

void write_types(const Survey& survey, Families& families) {
  const std::vector<Group> types = types_of(survey);
  families.begin("stored_secrets", "Secrets that are stored.");
  for (const Group& type : types) families.add({{"type", type.name}}, type.tally.secrets);
  families.begin("stored_bytes", "Bytes of data in stored Secrets.");
  for (const Group& type : types) families.add({{"type", type.name}}, type.tally.bytes);
}

void write_labels(const Survey& survey, Families& families) {
  families.begin("stored_labelled_secrets", "Stored Secrets with a label that policies add.");
  for (const CarriedLabel& label : survey.labels.carried)
    families.add({{"label", label.name}}, label.tally.secrets);
  families.begin("stored_labelled_bytes",
                 "Bytes of every string of the Secrets with a label that policies add.");
  for (const CarriedLabel& label : survey.labels.carried)
    families.add({{"label", label.name}}, label.tally.object_bytes);
  families.begin("stored_unlabelled_secrets", "Stored Secrets that lack a label that policies add.");
  for (const CarriedLabel& label : survey.labels.carried)
    families.add({{"label", label.name}}, label.lacking);
}

void write_helm(const Survey& survey, Families& families) {
  const Releases& releases = survey.releases;
  families.single("stored_releases", "Helm releases with stored revisions.", releases.count);
  families.single("stored_revisions", "Stored revisions of all Helm releases.", releases.tally.secrets);
  families.single("stored_revisions_max", "Stored revisions of the Helm release that has the most.",
                  releases.most.empty() ? 0 : releases.most.front().tally.secrets);
  families.single("stored_revision_bytes", "Bytes of data in the stored revisions of all Helm releases.",
                  releases.tally.bytes);
}

void write_limits(const Survey& survey, Families& families) {
  families.begin("stored_broken_limits",
                 "Stored Secrets, namespaces, releases or clusters that break a limit.");
  for (const PolicyUse& policy : survey.policies) {
    for (const LimitUse& limit : policy.limits) {
      families.add({{"policy", policy.name},
                    {"limit", std::string(policy::limit_rule(limit.limit).name)},
                    {"mode", std::string(to_string(policy.mode))}},
                   limit.broken);
    }
  }
}

void add_saved(const Survey& survey, const SelectorGain& gain, const std::string& controller,
               const std::string& selector, const char* filtered_at, Families& families) {
  const auto add = [&](const char* labels, const Tally& kept) {
    families.add({{"controller", controller},
                  {"selector", selector},
                  {"filtered_at", filtered_at},
                  {"labels", labels}},
                 base::checked_difference(survey.total.object_bytes, kept.object_bytes));
  };
  add("today", gain.kept);
  add("applied", gain.kept_labelled);
}

void write_savings(const Survey& survey, Families& families) {
  families.begin("stored_saved_bytes",
                 "Bytes of every string of the Secrets that the selector of a controller leaves out.");
  const auto by_proxy = std::ranges::find_if(survey.selectors, [](const SelectorGain& gain) {
    return gain.selector.label_selector == kProxyLabelSelector && gain.selector.field_selector.empty();
  });
  for (const SelectorGain& gain : survey.selectors) {
    std::string selector(gain.selector.label_selector);
    if (!gain.selector.field_selector.empty())
      selector.append(selector.empty() ? "" : ",").append(gain.selector.field_selector);
    std::vector<std::string> controllers;
    std::string names(gain.selector.controllers);
    for (std::size_t at = 0; at != std::string::npos;) {
      const std::size_t comma = names.find(", ", at);
      controllers.push_back(names.substr(at, comma - at));
      at = comma == std::string::npos ? comma : comma + 2;
    }
    const bool at_cache = gain.selector.at == FilteredAt::cache;
    for (const std::string& controller : controllers) {
      add_saved(survey, gain, controller, selector, at_cache ? "cache" : "api_server", families);
      if (at_cache && by_proxy != survey.selectors.end())
        add_saved(survey, *by_proxy, controller, std::string(kProxyLabelSelector), "proxy", families);
    }
  }
}

}  // namespace

void write_audit_prometheus(const Survey& survey, std::ostream& out) {
  base::invariant(!survey.interrupted, "metrics are of a whole audit");
  Families families;
  write_types(survey, families);
  families.single(
      "stored_object_bytes",
      "Bytes of every string of stored Secrets: what a controller that caches every Secret holds, at "
      "the least.",
      survey.total.object_bytes);
  write_labels(survey, families);
  write_helm(survey, families);
  write_limits(survey, families);
  write_savings(survey, families);
  families.single("audit_unsized_secrets", "Secrets of unknown size; they count as empty.", survey.unsized);
  const auto taken = std::chrono::duration_cast<std::chrono::seconds>(survey.taken.time_since_epoch());
  families.single("audit_timestamp_seconds", "When the audit ended, in seconds since the epoch.",
                  static_cast<std::uint64_t>(taken.count()));
  families.write(out);
}

}  // namespace hygiene::commands
