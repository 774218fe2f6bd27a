#include "commands/audit/audit_policyreport.hpp"

#include <algorithm>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "policy/limits/limit.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::Finding;
using housekeeping::NamespaceFindings;
using housekeeping::Survey;
using policy::LimitKind;
using policy::Mode;

class Json {
 public:
  void begin() { writer_.StartObject(); }
  void begin(std::string_view key) {
    name(key);
    writer_.StartObject();
  }
  void end() { writer_.EndObject(); }
  void field(std::string_view key, std::string_view value) {
    name(key);
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void field(std::string_view key, std::uint64_t value) {
    name(key);
    writer_.Uint64(value);
  }
  void flag(std::string_view key, bool value) {
    name(key);
    writer_.Bool(value);
  }
  // `json` is an array's text.
  void raw_array(std::string_view key, const std::string& json) {
    name(key);
    writer_.RawValue(json.data(), json.size(), rapidjson::kArrayType);
  }
  std::string text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  void name(std::string_view key) { writer_.Key(key.data(), static_cast<rapidjson::SizeType>(key.size())); }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

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

std::string reference(std::string_view kind, std::string_view namespace_name, std::string_view name) {
  Json json;
  json.begin();
  json.field("apiVersion", "v1");
  json.field("kind", kind);
  if (!namespace_name.empty()) json.field("namespace", namespace_name);
  json.field("name", name);
  json.end();
  return json.text();
}

std::string_view severity_of(Mode mode) {
  switch (mode) {
    case Mode::enforce:
      return "high";
    case Mode::warn:
      return "medium";
    default:
      return "low";
  }
}

// Source of the fields: PolicyReportResult of wgpolicyk8s.io/v1alpha2. A result without `resources` is about
// the scope of its report.
std::string result_of(const Survey& survey, const NamespaceFindings& findings, const Finding& finding) {
  const housekeeping::PolicyUse& policy = survey.policies[finding.policy];
  const auto limit = std::ranges::find(policy.limits, finding.limit, &housekeeping::LimitUse::limit);
  const Subject subject = subject_of(finding);
  std::string message = subject == Subject::release ? "release " + finding.name + ": " : std::string();
  message += describe(survey, finding);
  if (!policy.message.empty()) message.append(". ").append(policy.message);
  Json json;
  json.begin();
  json.field("source", kReportManager);
  json.field("policy", policy.name);
  json.field("rule", policy::limit_rule(finding.limit).name);
  json.field("category", "Secret hygiene");
  json.field("severity", severity_of(policy.mode));
  json.field("result", policy.mode == Mode::enforce ? "fail" : "warn");
  json.flag("scored", policy.mode == Mode::enforce);
  json.field("message", message);
  if (subject == Subject::secret) {
    json.raw_array("resources", '[' + reference("Secret", findings.namespace_name, finding.name) + ']');
  }
  json.begin("properties");
  json.field("mode", to_string(policy.mode));
  json.field("measured", std::to_string(finding.measured));
  json.field("allowed", std::to_string(limit->allowed));
  if (subject == Subject::release) json.field("release", finding.name);
  json.end();
  json.end();
  return json.text();
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

std::string render_policy_report(const Survey& survey, const NamespaceFindings& findings) {
  const bool of_cluster = findings.namespace_name.empty();
  const Results results = results_of(survey, findings);
  Json json;
  json.begin();
  json.field("apiVersion", std::string(kReportGroup) + '/' + std::string(kReportVersion));
  json.field("kind", of_cluster ? "ClusterPolicyReport" : "PolicyReport");
  json.begin("metadata");
  json.field("name", kReportName);
  if (!of_cluster) json.field("namespace", findings.namespace_name);
  json.begin("labels");
  json.field(kReportLabel, kReportManager);
  json.end();
  if (results.left_out > 0) {
    json.begin("annotations");
    json.field("secret-hygiene.io/results-left-out", std::to_string(results.left_out));
    json.end();
  }
  json.end();
  if (!of_cluster) {
    json.begin("scope");
    json.field("apiVersion", "v1");
    json.field("kind", "Namespace");
    json.field("name", findings.namespace_name);
    json.end();
  }
  json.begin("summary");
  json.field("pass", findings.passed);
  json.field("fail", broken(findings, Mode::enforce));
  json.field("warn", broken(findings, Mode::warn) + broken(findings, Mode::audit));
  json.field("error", std::uint64_t{0});
  json.field("skip", std::uint64_t{0});
  json.end();
  json.raw_array("results", results.array);
  json.end();
  return json.text();
}

void write_policy_reports(const Survey& survey, std::ostream& out) {
  out << R"({"apiVersion":"v1","kind":"List","items":[)";
  const char* before = "\n";
  for (const NamespaceFindings& findings : survey.findings) {
    out << before << render_policy_report(survey, findings);
    before = ",\n";
  }
  out << "\n]}\n";
}

}  // namespace hygiene::commands
