// What an audit found as PolicyReports, which dashboards show beside those of other tools: one for each
// namespace with judged Secrets, and one of the cluster where a limit of the cluster is broken.
// Thread-safety: pure functions.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "housekeeping/survey/survey.hpp"

namespace hygiene::commands {

// An API of such reports. Both have the same fields.
struct ReportApi {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  std::string_view cluster_kind;
  std::string_view plural;
  std::string_view cluster_plural;
};
inline constexpr ReportApi kOpenReports{"openreports.io", "v1alpha1", "Report",
                                        "ClusterReport",  "reports",  "clusterreports"};
// Of the Kubernetes policy working group, which has retired it in favour of the other.
inline constexpr ReportApi kPolicyReports{"wgpolicyk8s.io",      "v1alpha2",      "PolicyReport",
                                          "ClusterPolicyReport", "policyreports", "clusterpolicyreports"};

inline constexpr std::string_view kReportName = "secret-hygiene";  // in each namespace, and of the cluster
inline constexpr std::string_view kReportLabel = "app.kubernetes.io/managed-by";
inline constexpr std::string_view kReportManager = "secret-hygiene";

// Of the results of one report. `kubectl apply` keeps a copy of the whole in an annotation, and annotations
// may take 256 KiB; etcd's own limit is 1.5 MiB.
inline constexpr std::size_t kReportResultsBytesMax = 200 * 1024;

// The report of one namespace, or of the cluster, as JSON. `summary` counts all that was found: `fail` for
// mode Enforce, `warn` for Warn and Audit, `pass` Secrets within every limit. What is not among `results` is
// counted in the annotation secret-hygiene.io/results-left-out. It has no time, so that the same findings
// make the same text.
std::string render_policy_report(const housekeeping::Survey& survey,
                                 const housekeeping::NamespaceFindings& findings, const ReportApi& kinds);

// All reports as one List, for `kubectl apply -f -`.
void write_policy_reports(const housekeeping::Survey& survey, const ReportApi& kinds, std::ostream& out);

}  // namespace hygiene::commands
