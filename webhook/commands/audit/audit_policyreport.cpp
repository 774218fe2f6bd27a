#include "commands/audit/audit_policyreport.hpp"

#include <algorithm>
#include <array>

#include "base/enum_names.hpp"
#include "json/writer.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::Finding;
using housekeeping::NamespaceFindings;
using housekeeping::Survey;
using policy::Mode;

std::uint64_t broken(const NamespaceFindings& findings, Mode mode) {
  return findings.broken[static_cast<std::size_t>(mode)];
}

// What the name of a finding names. Empty: nothing but the namespace, or the cluster.
enum class Subject { secret, release, scope };
Subject subject_of(const Finding& finding) {
  const policy::ScopeKind scope = policy::limit_rule(finding.limit).scope;
  if (scope == policy::ScopeKind::secret) return Subject::secret;
  return scope == policy::ScopeKind::release ? Subject::release : Subject::scope;
}

std::string_view severity_of(Mode mode) {
  return base::name_of<Mode::audit>(mode, {"high", "medium", "low"});
}

// Source of the fields: PolicyReportResult of wgpolicyk8s.io/v1alpha2, ReportResult of
// openreports.io/v1alpha1. A result without `resources` is about the scope of its report.
std::string result_of(const Survey& survey, const NamespaceFindings& findings, const Finding& finding) {
  const housekeeping::PolicyUse& policy = survey.policies[finding.policy];
  const auto limit = std::ranges::find(policy.limits, finding.limit, &housekeeping::LimitUse::limit);
  const Subject subject = subject_of(finding);
  std::string message = subject == Subject::release ? "release " + finding.name + ": " : std::string();
  message += describe(survey, finding);
  if (!policy.message.empty()) message.append(". ").append(policy.message);
  json::Writer json;
  json.object([&] {
    json.field("source", kReportManager);
    json.field("policy", policy.name);
    json.field("rule", policy::limit_rule(finding.limit).name);
    json.field("category", "Secret hygiene");
    json.field("severity", severity_of(policy.mode));
    json.field("result", policy.mode == Mode::enforce ? "fail" : "warn");
    json.field("scored", policy.mode == Mode::enforce);
    json.field("message", message);
    if (subject == Subject::secret) {
      json.objects("resources", std::array{finding.name}, [&](const std::string& name) {
        json.type_meta("v1", "Secret");
        json.field("namespace", findings.namespace_name);
        json.field("name", name);
      });
    }
    json.object("properties", [&] {
      json.field("mode", to_string(policy.mode));
      json.field("measured", std::to_string(finding.measured));
      json.field("allowed", std::to_string(limit->allowed));
      if (subject == Subject::release) json.field("release", finding.name);
    });
  });
  return json.take();
}

struct Results {
  std::string array = "[";
  std::uint64_t left_out = 0;
};
Results results_of(const Survey& survey, const NamespaceFindings& findings) {
  Results results;
  results.left_out = findings.left_out;
  for (const Finding& finding : findings.findings) {
    const std::string result = result_of(survey, findings, finding);
    if (results.array.size() + result.size() > kReportResultsBytesMax) {
      ++results.left_out;
      continue;
    }
    if (results.array.size() > 1) results.array += ',';
    results.array += result;
  }
  results.array += ']';
  return results;
}

}  // namespace

std::string render_policy_report(const Survey& survey, const NamespaceFindings& findings,
                                 const ReportApi& kinds) {
  const bool of_cluster = findings.namespace_name.empty();
  const Results results = results_of(survey, findings);
  json::Writer json;
  json.object([&] {
    json.type_meta(std::string(kinds.group) + '/' + std::string(kinds.version),
                   of_cluster ? kinds.cluster_kind : kinds.kind);
    json.object("metadata", [&] {
      json.field("name", kReportName);
      if (!of_cluster) json.field("namespace", findings.namespace_name);
      json.object("labels", [&] { json.field(kReportLabel, kReportManager); });
      if (results.left_out > 0) {
        json.object("annotations", [&] {
          json.field("secret-hygiene.io/results-left-out", std::to_string(results.left_out));
        });
      }
    });
    if (!of_cluster) {
      json.object("scope", [&] {
        json.type_meta("v1", "Namespace");
        json.field("name", findings.namespace_name);
      });
    }
    json.object("summary", [&] {
      json.field("pass", findings.passed);
      json.field("fail", broken(findings, Mode::enforce));
      json.field("warn", broken(findings, Mode::warn) + broken(findings, Mode::audit));
      json.field("error", 0);
      json.field("skip", 0);
    });
    json.raw("results", results.array);
  });
  return json.take();
}

void write_policy_reports(const Survey& survey, const ReportApi& kinds, std::ostream& out) {
  json::Writer json;
  json.object([&] {
    json.type_meta("v1", "List");
    json.array("items", [&] {
      for (const NamespaceFindings& findings : survey.findings) {
        json.raw(std::string(1, '\n').append(render_policy_report(survey, findings, kinds)));
        out << json.take();
      }
      json.break_line();
    });
  });
  out << json.view() << '\n';
}

}  // namespace hygiene::commands
