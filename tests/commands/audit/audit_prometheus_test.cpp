#include "commands/audit/audit_prometheus.hpp"

#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>

#include "commands/audit/sample_survey.hpp"
#include "policy/limits/limit.hpp"
#include "support/json_oracle.hpp"

using namespace hygiene;

namespace {

std::string metrics_of(const housekeeping::Survey& survey) {
  std::ostringstream out;
  commands::write_audit_prometheus(survey, out);
  return out.str();
}

// The value of the one metric that begins with `name`, labels included.
std::string value_of(const std::string& metrics, const std::string& name) {
  const std::size_t at = metrics.find("\n" + name + " ");
  if (at == std::string::npos) return "none";
  const std::size_t begin = at + name.size() + 2;
  return metrics.substr(begin, metrics.find('\n', begin) - begin);
}

std::set<std::string> matches(const std::string& text, const std::string& pattern) {
  std::set<std::string> found;
  const std::regex regex(pattern);
  for (std::sregex_iterator each(text.begin(), text.end(), regex), end; each != end; ++each)
    found.insert((*each)[1]);
  return found;
}

}  // namespace

TEST_CASE(
    "metrics of an audit have the names, the help and the types of their page and of what monitoring is "
    "tested with") {
  const std::string metrics = metrics_of(test::sample_survey());
  const std::string page = test::read_source_file("docs/audit-metrics.md");
  const std::string example = test::read_source_file("tests/lib/audit.prom");
  const auto named = matches(metrics, "# HELP ([a-z_]+ [^\n]+)\n");
  CHECK(named.size() == 14);
  CHECK(named == matches(example, "# HELP ([a-z_]+ [^\n]+)\n"));
  CHECK(matches(metrics, "# TYPE ([a-z_]+) gauge") == matches(page, "\n\\| `([a-z_]+)` \\| gauge"));
}

TEST_CASE("metrics of an audit say what the survey does") {
  housekeeping::Survey survey = test::sample_survey();
  survey.unsized = 3;
  survey.labels.carried = {{"secret-hygiene.io/ignore=true", {7, 70, 700}, 2}, {"other", {1, 1, 1}, 0}};
  const std::string metrics = metrics_of(survey);
  const auto value = [&metrics](const std::string& name) {
    return value_of(metrics, "secret_hygiene_" + name);
  };
  CHECK(value("stored_secrets{type=\"helm.sh/release.v1\"}") == "3900");
  CHECK(value("stored_bytes{type=\"other\"}") == std::to_string(survey.types.others_tally.bytes));
  CHECK(value("stored_object_bytes") == std::to_string(survey.total.object_bytes));
  CHECK(value("stored_labelled_secrets{label=\"secret-hygiene.io/ignore=true\"}") == "7");
  CHECK(value("stored_labelled_bytes{label=\"secret-hygiene.io/ignore=true\"}") == "700");
  CHECK(value("stored_unlabelled_secrets{label=\"secret-hygiene.io/ignore=true\"}") == "2");
  CHECK(value("stored_releases") == "40");
  CHECK(value("stored_revisions_max") == "1800");
  CHECK(value("audit_unsized_secrets") == "3");
  CHECK(value("audit_timestamp_seconds") == "1795718000");
  for (const auto& policy : survey.policies) {
    for (const auto& limit : policy.limits) {
      CHECK(value("stored_broken_limits{policy=\"" + policy.name + "\",limit=\"" +
                  std::string(policy::limit_rule(limit.limit).name) + "\",mode=\"" +
                  std::string(to_string(policy.mode)) + "\"}") == std::to_string(limit.broken));
    }
  }
  // A name that would end a label is escaped.
  CHECK(metrics.find("alert('x')</script>&\\\"\"}") != std::string::npos);
}

TEST_CASE("at most twenty types are told apart, Helm's always among them") {
  housekeeping::Survey survey;
  for (int number = 10; number < 40; ++number)
    survey.types.largest.push_back({"t" + std::to_string(number), {1, 2, 3}});
  survey.types.largest.push_back({"helm.sh/release.v1", {5, 6, 7}});
  survey.types.others_tally = {100, 0, 0};
  const std::string metrics = metrics_of(survey);
  CHECK(matches(metrics, "secret_hygiene_stored_secrets\\{type=\"([^\"]+)\"\\}").size() == 22);
  CHECK(value_of(metrics, "secret_hygiene_stored_secrets{type=\"helm.sh/release.v1\"}") == "5");
  CHECK(value_of(metrics, "secret_hygiene_stored_secrets{type=\"other\"}") == "110");
  CHECK(value_of(metrics_of({}), "secret_hygiene_stored_secrets{type=\"helm.sh/release.v1\"}") == "0");
}

TEST_CASE("a controller that selects behind its cache is told what the proxy saves") {
  housekeeping::Survey survey;
  survey.total = {10, 1000, 2000};
  for (const auto& selector : housekeeping::controller_selectors())
    survey.selectors.push_back({selector, {5, 500, 1500}, {1, 1, 500}});
  const std::string metrics = metrics_of(survey);
  const auto saved = [&metrics](const std::string& labels) {
    return value_of(metrics, "secret_hygiene_stored_saved_bytes{" + labels + "}");
  };
  CHECK(
      saved(
          R"(controller="Reloader",selector="!secret-hygiene.io/ignore",filtered_at="api_server",labels="today")") ==
      "500");
  CHECK(
      saved(
          R"(controller="Argo CD",selector="!secret-hygiene.io/ignore",filtered_at="api_server",labels="applied")") ==
      "1500");
  CHECK(
      saved(
          R"(controller="Kong Ingress Controller",selector="konghq.com/secret=true",filtered_at="cache",labels="today")") ==
      "500");
  CHECK(
      saved(
          R"(controller="Kong Ingress Controller",selector="!secret-hygiene.io/ignore",filtered_at="proxy",labels="applied")") ==
      "1500");
  CHECK(
      saved(
          R"(controller="Istio",selector="type!=helm.sh/release.v1",filtered_at="api_server",labels="today")") ==
      "500");
}
