#include "commands/audit/audit_policyreport.hpp"

#include <sstream>

#include <catch2/catch.hpp>
#include <rapidjson/pointer.h>

#include "commands/audit/sample_survey.hpp"
#include "policy/limits/limit.hpp"
#include "support/json_oracle.hpp"

using namespace hygiene;
using housekeeping::NamespaceFindings;
using housekeeping::Survey;
using test::text_at;

namespace {

rapidjson::Document report_of(const Survey& survey, std::size_t index) {
  return test::parse_dom(
      commands::render_policy_report(survey, survey.findings.at(index), commands::kPolicyReports));
}

std::uint64_t number_at(const rapidjson::Document& document, const char* pointer) {
  const rapidjson::Value* found = rapidjson::Pointer(pointer).Get(document);
  REQUIRE(found != nullptr);
  REQUIRE(found->IsUint64());
  return found->GetUint64();
}

}  // namespace

TEST_CASE("the report of a namespace names what was found there, by mode") {
  const auto report = report_of(test::sample_survey(), 2);
  CHECK(text_at(report, "/apiVersion") == "wgpolicyk8s.io/v1alpha2");
  CHECK(text_at(report, "/kind") == "PolicyReport");
  CHECK(text_at(report, "/metadata/name") == "secret-hygiene");
  CHECK(text_at(report, "/metadata/namespace") == "shop");
  CHECK(text_at(report, "/metadata/labels/app.kubernetes.io~1managed-by") == "secret-hygiene");
  CHECK(text_at(report, "/metadata/annotations/secret-hygiene.io~1results-left-out") == "1");
  CHECK(text_at(report, "/scope/kind") == "Namespace");
  CHECK(text_at(report, "/scope/name") == "shop");
  CHECK(number_at(report, "/summary/pass") == 2990);
  CHECK(number_at(report, "/summary/fail") == 1);
  CHECK(number_at(report, "/summary/warn") == 4);
  CHECK(number_at(report, "/summary/error") == 0);
  CHECK(number_at(report, "/summary/skip") == 0);
  CHECK(report["results"].Size() == 4);
}

TEST_CASE("a result names the Secret, the release, or nothing but the scope of its report") {
  const auto report = report_of(test::sample_survey(), 2);
  CHECK(text_at(report, "/results/0/rule") == "secretsPerNamespace");
  CHECK(text_at(report, "/results/0/result") == "warn");
  CHECK_FALSE(report["results"][0].HasMember("resources"));
  CHECK_FALSE(report["results"][0]["properties"].HasMember("release"));

  CHECK(text_at(report, "/results/1/properties/release") == "web.frontend");
  CHECK(text_at(report, "/results/1/message").starts_with("release web.frontend: 1800 revisions"));
  CHECK_FALSE(report["results"][1].HasMember("resources"));

  CHECK(text_at(report, "/results/2/source") == "secret-hygiene");
  CHECK(text_at(report, "/results/2/policy") == "size-limits");
  CHECK(text_at(report, "/results/2/rule") == "bytesPerSecret");
  CHECK(text_at(report, "/results/2/result") == "fail");
  CHECK(text_at(report, "/results/2/severity") == "high");
  CHECK(report["results"][2]["scored"].GetBool());
  CHECK(text_at(report, "/results/2/resources/0/apiVersion") == "v1");
  CHECK(text_at(report, "/results/2/resources/0/kind") == "Secret");
  CHECK(text_at(report, "/results/2/resources/0/namespace") == "shop");
  CHECK(text_at(report, "/results/2/resources/0/name") == "keystore");
  CHECK(text_at(report, "/results/2/properties/mode") == "Enforce");
  CHECK(text_at(report, "/results/2/properties/measured") == "921600");
  CHECK(text_at(report, "/results/2/properties/allowed") == "786432");
  CHECK(text_at(report, "/results/2/message").find("900Ki") != std::string::npos);
  CHECK(text_at(report, "/results/2/message").ends_with(". Keep large files in a volume."));

  CHECK(text_at(report, "/results/3/result") == "warn");
  CHECK(text_at(report, "/results/3/severity") == "low");
  CHECK_FALSE(report["results"][3]["scored"].GetBool());
}

TEST_CASE("limits of the cluster make a ClusterPolicyReport") {
  Survey survey = test::sample_survey();
  survey.findings[0].broken = {0, 1, 0};
  survey.findings[0].findings = {{0, policy::LimitKind::secrets_per_cluster, "", 5000}};
  const auto report = report_of(survey, 0);
  CHECK(text_at(report, "/kind") == "ClusterPolicyReport");
  CHECK_FALSE(report["metadata"].HasMember("namespace"));
  CHECK_FALSE(report.HasMember("scope"));
  CHECK(text_at(report, "/results/0/rule") == "secretsPerCluster");
}

TEST_CASE("a report leaves results out before it is too large, and its summary counts them all the same") {
  Survey survey = test::sample_survey();
  NamespaceFindings& shop = survey.findings[2];
  const std::string name(253, 'n');
  shop.findings.assign(NamespaceFindings::kKept, {1, policy::LimitKind::bytes_per_secret, name, 900 << 10});
  shop.broken = {600, 0, 0};
  shop.left_out = 100;
  const std::string text = commands::render_policy_report(survey, shop, commands::kPolicyReports);
  CHECK(text.size() < 256 * 1024);
  const auto report = test::parse_dom(text);
  const std::uint64_t shown = report["results"].Size();
  CHECK(shown > 100);
  CHECK(shown < NamespaceFindings::kKept);
  CHECK(number_at(report, "/summary/fail") == 600);
  CHECK(text_at(report, "/metadata/annotations/secret-hygiene.io~1results-left-out") ==
        std::to_string(600 - shown));
}

TEST_CASE("all reports together are one List, and the same survey makes the same text") {
  const Survey survey = test::sample_survey();
  std::ostringstream first;
  commands::write_policy_reports(survey, commands::kPolicyReports, first);
  std::ostringstream second;
  commands::write_policy_reports(survey, commands::kPolicyReports, second);
  CHECK(first.str() == second.str());
  const auto list = test::parse_dom(first.str());
  CHECK(text_at(list, "/kind") == "List");
  REQUIRE(list["items"].Size() == 3);
  CHECK(text_at(list, "/items/1/metadata/namespace") == "payments");

  std::ostringstream none;
  commands::write_policy_reports(Survey(), commands::kPolicyReports, none);
  CHECK(test::parse_dom(none.str())["items"].Empty());
}

TEST_CASE("a report of openreports.io has the same fields under other kinds") {
  const Survey survey = test::sample_survey();
  for (std::size_t i = 0; i < survey.findings.size(); ++i) {
    std::string report = commands::render_policy_report(survey, survey.findings[i], commands::kOpenReports);
    const auto replace = [&report](const std::string& from, const std::string& to) {
      const std::size_t at = report.find(from);
      REQUIRE(at != std::string::npos);
      report.replace(at, from.size(), to);
    };
    replace("openreports.io/v1alpha1", "wgpolicyk8s.io/v1alpha2");
    if (i == 0) replace("\"ClusterReport\"", "\"ClusterPolicyReport\"");
    if (i != 0) replace("\"Report\"", "\"PolicyReport\"");
    CHECK(report == commands::render_policy_report(survey, survey.findings[i], commands::kPolicyReports));
  }
}
