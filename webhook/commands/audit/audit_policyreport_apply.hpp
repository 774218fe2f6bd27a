// Writes the PolicyReports of an audit to the cluster, and deletes those of ours that no longer say anything.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "commands/audit/audit_policyreport.hpp"
#include "housekeeping/stored/interrupt.hpp"
#include "housekeeping/survey/survey.hpp"

namespace hygiene::commands {

struct ReportsApplied {
  std::uint64_t written = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t deleted = 0;
  std::uint64_t gone = 0;    // namespaces that are being deleted, or were
  bool interrupted = false;  // by a signal: what comes after these was left as it is
};
// "12 PolicyReports written, 3 unchanged, 1 deleted".
std::string to_string(const ReportsApplied& applied);

// Which of the two APIs the API server serves, as its discovery says: openreports.io where it serves both.
// Null: neither. Errors: others of ApiClient::get().
Result<const ReportApi*> served_report_api(cluster::BlockingApi& api);

// By server-side apply, as field manager secret-hygiene, one after the other; a second time nothing changes.
// A survey of one namespace touches that namespace's report alone. Errors: invalid (a survey that a selector,
// a signal or reading metadata alone made smaller: its reports would say less than is true), missing (the API
// server has no PolicyReports, or `kinds` is null; the sentence says how to get them), and those of
// ApiClient: what was written until then stays.
Result<ReportsApplied> apply_policy_reports(cluster::BlockingApi& api, const housekeeping::Survey& survey,
                                            const ReportApi* kinds, const housekeeping::Interrupt* interrupt);

}  // namespace hygiene::commands
