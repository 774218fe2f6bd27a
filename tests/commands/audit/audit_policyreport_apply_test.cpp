#include "commands/audit/audit_policyreport_apply.hpp"

#include <csignal>
#include <map>
#include <sstream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "commands/audit/audit.hpp"
#include "commands/audit/sample_survey.hpp"
#include "commands/cli/stored_flags.hpp"
#include "support/json_oracle.hpp"
#include "support/kubeconfig_of.hpp"
#include "support/scripted_server.hpp"

using namespace hygiene;
using housekeeping::Survey;

namespace {

const std::string kRoot = "/apis/wgpolicyk8s.io/v1alpha2/";

std::string report_path(const std::string& namespace_name) {
  return namespace_name.empty() ? kRoot + "clusterpolicyreports/secret-hygiene"
                                : kRoot + "namespaces/" + namespace_name + "/policyreports/secret-hygiene";
}

// PolicyReports of an API server in memory; `refuse` answers before it does.
struct Fixture {
  struct Report {
    std::string namespace_name;
    std::string body;
    int version = 0;
  };
  std::map<std::string, Report> reports;  // by path
  int version = 100;
  bool installed = true;
  std::function<std::optional<test::ScriptedAnswer>(const test::ScriptedRequest&)> refuse =
      [](const test::ScriptedRequest&) { return std::nullopt; };
  test::ScriptedServer server{[this](const test::ScriptedRequest& request) { return handle(request); }};
  test::KubeconfigOf kubeconfig{server};
  std::unique_ptr<cluster::BlockingApi> api;

  Fixture() { open(cluster::ApiOptions()); }

  void open(const cluster::ApiOptions& options) {
    cluster::ClientConfigOptions access;
    access.kubeconfig = kubeconfig.path();
    api = std::move(cluster::BlockingApi::open(access, options).value());
  }

  Result<commands::ReportsApplied> apply(const Survey& survey,
                                         const housekeeping::Interrupt* interrupt = nullptr) {
    return commands::apply_policy_reports(*api, survey, &commands::kPolicyReports, interrupt);
  }
  void store(const std::string& namespace_name) {
    reports[report_path(namespace_name)] = {namespace_name, "{}", ++version};
  }
  std::vector<std::string> requests(const std::string& method) {
    std::vector<std::string> found;
    for (const auto& request : server.requests()) {
      if (request.method == method) found.push_back(request.target);
    }
    return found;
  }

  static std::string object(const Report& report) {
    const std::string at =
        report.namespace_name.empty() ? "" : R"("namespace":")" + report.namespace_name + "\",";
    const std::string version = std::to_string(report.version);
    return R"({"metadata":{)" + at + R"("name":"secret-hygiene","uid":"uid-of-)" + report.namespace_name +
           R"(","resourceVersion":")" + version + R"("}})";
  }

  test::ScriptedAnswer handle(const test::ScriptedRequest& request) {
    if (auto refused = refuse(request)) return *refused;
    if (!installed) return test::answer(404, "404 page not found");
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (request.method == "GET") {
      std::string items;
      for (const auto& [at, report] : reports) {
        const bool listed = path.ends_with("/clusterpolicyreports") ? report.namespace_name.empty()
                            : path == kRoot + "policyreports"       ? !report.namespace_name.empty()
                                                                    : at.starts_with(path + '/');
        if (listed) items += (items.empty() ? "" : ",") + object(report);
      }
      return test::answer(200, R"({"metadata":{"resourceVersion":"9"},"items":[)" + items + "]}");
    }
    if (request.method == "DELETE") {
      const auto found = reports.find(path);
      if (found == reports.end()) return test::status_answer(404, "NotFound", "there is none");
      const std::string wanted =
          test::text_at(test::parse_dom(request.body), "/preconditions/resourceVersion");
      if (wanted != std::to_string(found->second.version))
        return test::status_answer(409, "Conflict", "the precondition does not hold");
      reports.erase(found);
      return test::answer(200, "{}");
    }
    Report& report = reports[path];
    if (report.body != request.body) report.version = ++version;
    report.body = request.body;
    report.namespace_name = test::text_at(test::parse_dom(request.body), "/metadata/namespace");
    return test::answer(200, object(report));
  }
};

// Without an entry for the cluster, as where no limit of it is broken.
Survey survey_of_namespaces() {
  Survey survey = test::sample_survey();
  survey.label_selector.clear();
  survey.findings.erase(survey.findings.begin());
  return survey;
}

}  // namespace

TEST_CASE("reports are written by server-side apply, and a second time nothing changes") {
  Fixture f;
  const Survey survey = survey_of_namespaces();
  CHECK(to_string(f.apply(survey).value()) == "2 PolicyReports written, 0 unchanged, 0 deleted");
  REQUIRE(f.reports.contains(report_path("shop")));
  CHECK(test::text_at(test::parse_dom(f.reports[report_path("shop")].body), "/kind") == "PolicyReport");
  for (const auto& request : f.server.requests()) {
    if (request.method != "PATCH") continue;
    CHECK(request.head.find("application/apply-patch+yaml") != std::string::npos);
    CHECK(request.target.find("fieldManager=secret-hygiene") != std::string::npos);
  }
  CHECK(to_string(f.apply(survey).value()) == "0 PolicyReports written, 2 unchanged, 0 deleted");
}

TEST_CASE("a report of ours that says nothing any more is deleted, if it is still the one that was seen") {
  Fixture f;
  f.store("old");
  f.store("rewritten");
  f.store("");
  f.refuse = [&f](const test::ScriptedRequest& request) {
    // Another audit writes this one meanwhile.
    if (request.method == "PATCH") f.reports[report_path("rewritten")].version = 5000;
    return std::nullopt;
  };
  CHECK(to_string(f.apply(survey_of_namespaces()).value()) ==
        "2 PolicyReports written, 0 unchanged, 2 deleted");
  CHECK_FALSE(f.reports.contains(report_path("old")));
  CHECK_FALSE(f.reports.contains(report_path("")));
  CHECK(f.reports.contains(report_path("rewritten")));
  for (const auto& request : f.server.requests()) {
    if (request.method == "DELETE" && request.target == report_path("old"))
      CHECK(test::text_at(test::parse_dom(request.body), "/preconditions/uid") == "uid-of-old");
    if (request.method == "GET") {
      CHECK(request.target.find("labelSelector=app.kubernetes.io%2Fmanaged-by%3Dsecret-hygiene") !=
            std::string::npos);
      CHECK(request.target.find("fieldSelector=metadata.name%3Dsecret-hygiene") != std::string::npos);
    }
  }
}

TEST_CASE("an audit of one namespace touches that namespace's report alone") {
  Fixture f;
  f.store("other");
  f.store("");
  Survey survey = test::sample_survey();
  survey.label_selector.clear();
  survey.namespace_name = "shop";
  survey.findings.erase(survey.findings.begin() + 1);
  CHECK(to_string(f.apply(survey).value()) == "1 PolicyReport written, 0 unchanged, 0 deleted");
  CHECK(f.reports.size() == 3);
  CHECK(f.requests("GET").size() == 1);
  CHECK(f.requests("PATCH").size() == 1);

  survey.findings.clear();
  CHECK(to_string(f.apply(survey).value()) == "0 PolicyReports written, 0 unchanged, 1 deleted");
  CHECK_FALSE(f.reports.contains(report_path("shop")));
}

TEST_CASE("where the API server has no PolicyReports, the error says how to get them") {
  Fixture f;
  f.installed = false;
  const auto applied = f.apply(survey_of_namespaces());
  REQUIRE_FALSE(applied.has_value());
  CHECK(applied.error().code() == Errc::missing);
  CHECK(applied.error().message().starts_with(
      "the API server serves no PolicyReports (openreports.io/v1alpha1 or wgpolicyk8s.io/v1alpha2): "));
  CHECK(f.requests("PATCH").empty());
}

TEST_CASE("a namespace that goes away meanwhile stops nothing") {
  Fixture f;
  f.refuse = [](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (request.method != "PATCH" || request.target.find("/payments/") == std::string::npos) return {};
    return test::status_answer(
        403, "Forbidden",
        "unable to create new content in namespace payments because it is being terminated");
  };
  CHECK(to_string(f.apply(survey_of_namespaces()).value()) ==
        "1 PolicyReport written, 0 unchanged, 0 deleted; 1 namespace is being deleted");
}

TEST_CASE("a permission that is missing ends it, with its name") {
  Fixture f;
  f.refuse = [](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (request.method != "PATCH") return {};
    return test::status_answer(403, "Forbidden", "no");
  };
  const auto applied = f.apply(survey_of_namespaces());
  REQUIRE_FALSE(applied.has_value());
  CHECK(applied.error().code() == Errc::denied);
  CHECK(applied.error().message().find("the verb \"patch\" on \"policyreports.wgpolicyk8s.io\"") !=
        std::string::npos);
  CHECK(f.requests("PATCH").size() == 1);
}

TEST_CASE("a survey of less than whole namespaces writes nothing") {
  Fixture f;
  Survey survey = survey_of_namespaces();
  survey.label_selector = "a=b";
  CHECK(f.apply(survey).error().code() == Errc::invalid);
  survey.label_selector.clear();
  survey.interrupted = true;
  CHECK(f.apply(survey).error().code() == Errc::invalid);
  survey.interrupted = false;
  survey.policies[1].limits[1].partial = true;
  CHECK(f.apply(survey).error().message().find("--read=metadata") != std::string::npos);
  CHECK(f.server.requests().empty());
}

TEST_CASE("flag --apply without -o policyreport is an error before anything is read") {
  Fixture f;
  commands::AuditOptions options;
  options.stored.access.kubeconfig = f.kubeconfig.path();
  options.stored.apply = true;
  std::ostringstream out;
  std::ostringstream err;
  CHECK(commands::run_audit(options, out, err) == 2);
  CHECK(err.str() == "--apply writes PolicyReports: add -o policyreport\n");
  CHECK(out.str().empty());
  CHECK(f.server.requests().empty());
}

TEST_CASE("after a signal the report at hand is the last") {
  Fixture f;
  f.store("old");
  f.refuse = [](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (request.method == "PATCH") ::kill(::getpid(), SIGINT);
    return {};
  };
  const housekeeping::Interrupt interrupt;
  const auto applied = f.apply(survey_of_namespaces(), &interrupt).value();
  CHECK(applied.interrupted);
  CHECK(applied.written == 1);
  CHECK(f.reports.contains(report_path("old")));
}

TEST_CASE("a signal ends the wait of a report that is put off for a minute, and is no error") {
  Fixture f;
  const housekeeping::Interrupt interrupt;
  const commands::StoredOptions stored;
  std::ostringstream said;
  const std::string method = GENERATE("GET", "PATCH", "DELETE");
  f.store("old");
  f.refuse = [&](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (request.method != method) return {};
    ::kill(::getpid(), SIGINT);
    return test::status_answer(429, "TooManyRequests", "later", "Retry-After: 60\r\n");
  };
  f.open(commands::patient_api_options(interrupt, stored, said));
  const auto applied = f.apply(survey_of_namespaces(), &interrupt).value();
  CHECK(applied.interrupted);
  CHECK(said.str().empty());
  CHECK(applied.written == (method == "DELETE" ? 2 : 0));
  CHECK(f.reports.contains(report_path("old")));
}
