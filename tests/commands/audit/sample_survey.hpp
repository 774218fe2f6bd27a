// A survey as a small cluster may give it, with names that would be markup if a report let them. For the
// tests of reports.
#pragma once

#include <string>

#include "commands/controllers/report.hpp"
#include "housekeeping/survey/survey.hpp"

namespace hygiene::test {

inline const std::string kEvil = "</td><script>alert('x')</script>&\"";

inline housekeeping::PolicyUse sample_policy(const char* name, policy::Mode mode) {
  housekeeping::PolicyUse policy;
  policy.name = name;
  policy.mode = mode;
  return policy;
}

inline housekeeping::LimitUse sample_limit(policy::LimitKind kind, std::uint64_t allowed,
                                           std::uint64_t judged, std::uint64_t broken,
                                           std::vector<housekeeping::Use> highest) {
  housekeeping::LimitUse limit;
  limit.limit = kind;
  limit.allowed = allowed;
  limit.judged = judged;
  limit.broken = broken;
  limit.highest = std::move(highest);
  return limit;
}

inline housekeeping::NamespaceFindings sample_findings(const char* namespace_name, std::uint64_t passed) {
  housekeeping::NamespaceFindings findings;
  findings.namespace_name = namespace_name;
  findings.passed = passed;
  return findings;
}

inline housekeeping::Survey sample_survey() {
  using policy::LimitKind;
  constexpr std::uint64_t kKi = 1024;
  constexpr std::uint64_t kMi = 1024 * kKi;
  housekeeping::Survey survey;
  survey.origin = "context \"<b>prod</b>\" of /home/o'neil/.kube/config";
  survey.label_selector = "team!=\"&";
  survey.taken = std::chrono::system_clock::from_time_t(1'795'718'000);  // 2026-11-26 18:33:20
  survey.total = {4210, 1900 * kMi, 1910 * kMi};
  survey.deleting = 2;
  survey.namespaces.largest = {{"shop", {3000, 1500 * kMi, 1505 * kMi}},
                               {"payments", {1100, 390 * kMi, 393 * kMi}},
                               {"kube-system", {80, 9 * kMi, 9 * kMi}}};
  survey.namespaces.others = 12;
  survey.namespaces.others_tally = {30, kMi, 3 * kMi};
  survey.types.largest = {{"helm.sh/release.v1", {3900, 1850 * kMi, 1858 * kMi}},
                          {"Opaque", {300, 49 * kMi, 51 * kMi}},
                          {kEvil, {10, kMi, kMi}}};
  survey.releases.most = {{"shop", "web.frontend", {1800, 900 * kMi, 903 * kMi}},
                          {"payments", "ledger", {1000, 380 * kMi, 382 * kMi}},
                          {"shop", kEvil, {12, kMi, kMi}}};
  survey.releases.count = 40;
  survey.releases.tally = {3890, 1849 * kMi, 1857 * kMi};
  survey.releases.foreign = {10, kMi, kMi};
  survey.largest = {
      {"shop", "keystore", "Opaque", 900 * kKi, 901 * kKi},
      {"shop", "sh.helm.release.v1.web.frontend.v1800", "helm.sh/release.v1", 700 * kKi, 701 * kKi},
      {"shop", "odd", kEvil, 40 * kKi, 41 * kKi}};

  auto history = sample_policy("helm-history", policy::Mode::warn);
  history.matched = {3900, 1850 * kMi, 1858 * kMi};
  history.limits = {sample_limit(LimitKind::secrets_per_namespace, 2000, 2, 1,
                                 {{"shop", "", 2890}, {"payments", "", 1000}}),
                    sample_limit(LimitKind::secrets_per_release, 20, 40, 2,
                                 {{"shop", "web.frontend", 1800}, {"payments", "ledger", 1000}}),
                    sample_limit(LimitKind::secrets_per_cluster, 4000, 1, 0, {{"", "", 3900}})};
  for (housekeeping::LimitUse& limit : history.limits) limit.across = true;
  auto sizes = sample_policy("size-limits", policy::Mode::enforce);
  sizes.message = "Keep large files in a volume.";
  sizes.matched = survey.total;
  sizes.breaking = {1, 900 * kKi, 901 * kKi};
  sizes.limits = {
      sample_limit(LimitKind::bytes_per_secret, 768 * kKi, 4210, 1, {{"shop", "keystore", 900 * kKi}}),
      sample_limit(LimitKind::keys_per_secret, 64, 4210, 0, {})};
  auto tidy = sample_policy("tidy", policy::Mode::audit);
  tidy.matched = {300, 49 * kMi, 51 * kMi};
  tidy.breaking = {2, 940 * kKi, 942 * kKi};
  tidy.limits = {sample_limit(LimitKind::bytes_per_key, 32 * kKi, 300, 2,
                              {{"shop", "keystore", 880 * kKi}, {"shop", "odd", 40 * kKi}})};
  survey.policies = {history, sizes, tidy};

  survey.labels.missing = {{"helm-history", "secret-hygiene.io/ignore", "true", false, 3890},
                           {"tidy", "example.com/large", "true", true, 2}};
  survey.labels.to_change = 3891;
  survey.labels.stale = 1;
  for (const housekeeping::ControllerSelector& selector : housekeeping::controller_selectors()) {
    survey.selectors.push_back({selector, survey.total, {320, 51 * kMi, 53 * kMi}});
  }

  auto cluster = sample_findings("", 0);
  auto payments = sample_findings("payments", 1098);
  payments.broken = {0, 1, 0};
  payments.findings = {{0, LimitKind::secrets_per_release, "ledger", 1000}};
  auto shop = sample_findings("shop", 2990);
  shop.broken = {1, 2, 2};
  shop.findings = {{0, LimitKind::secrets_per_namespace, "", 2890},
                   {0, LimitKind::secrets_per_release, "web.frontend", 1800},
                   {1, LimitKind::bytes_per_secret, "keystore", 900 * kKi},
                   {2, LimitKind::bytes_per_key, "keystore", 880 * kKi}};
  shop.left_out = 1;
  survey.findings = {cluster, payments, shop};
  return survey;
}

// Two known controllers, another that may cache every Secret, and a list that was denied.
inline commands::ControllersReport sample_controllers() {
  housekeeping::ControllersFound found;
  for (const housekeeping::KnownController& known : housekeeping::known_controllers()) {
    if (known.name != "Reloader" && known.name != "Kong Ingress Controller") continue;
    housekeeping::ControllerFound& each = found.controllers.emplace_back();
    each.known = &known;
    each.kind = "Deployment";
    each.namespace_name = each.name = known.name == "Reloader" ? kEvil : "kong";
    each.missing = known.arguments;
  }
  found.may_cache.push_back({"Deployment", "own", "operator", "operator", {"", "ClusterRoleBinding/own"}});
  found.not_looked_at.push_back("permission is missing to list daemonsets.apps in all namespaces");
  return commands::make_report(std::move(found), sample_survey(), true);
}

}  // namespace hygiene::test
