// Text from outside that nests as deep as it is long. A reader that recurses once for each level ends the
// process by it: each must answer with an error instead.
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "cluster/api_error.hpp"
#include "cluster/exec_plugin.hpp"
#include "cluster/got_credential.hpp"
#include "cluster/kubeconfig.hpp"
#include "commands/audit/audit.hpp"
#include "commands/audit/audit_policyreport_apply.hpp"
#include "commands/audit/sample_survey.hpp"
#include "counting/ledger_text.hpp"
#include "housekeeping/certs/certificate_store.hpp"
#include "housekeeping/prune/backup.hpp"
#include "json/push_reader.hpp"
#include "runtime/serving/policy_review.hpp"
#include "support/kubeconfig_of.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"
#include "yaml/reader.hpp"
#include "yaml/tree.hpp"

using namespace hygiene;
using base::WipingText;

namespace {

// A stack of 8 MiB holds some 100,000 frames of RapidJSON's recursive parser.
constexpr std::size_t kDepth = 200'000;

std::string repeated(std::string_view part) {
  std::string text;
  text.reserve(part.size() * kDepth);
  for (std::size_t i = 0; i < kDepth; ++i) text += part;
  return text;
}

std::vector<std::pair<std::string, std::string>> deep_texts() {
  const std::string arrays = repeated("[") + repeated("]");
  return {
      {"open arrays", repeated("[")},
      {"open objects", repeated("{\"a\":")},
      {"arrays", arrays},
      {"objects", repeated("{\"a\":") + "1" + repeated("}")},
      {"arrays within an object",
       R"({"kind":"Status","message":"deep","apiVersion":"v1","metadata":)" + arrays + "}"},
  };
}

class Nothing final : public json::Events {
 public:
  void begin_object() override {}
  void end_object() override {}
  void begin_array() override {}
  void end_array() override {}
  void key(std::string_view) override {}
  void string(std::string_view, bool) override {}
  void number() override {}
  void boolean(bool) override {}
  void null() override {}
};

// Whether a reader refused a text with an error.
using Refuses = std::function<bool(const std::string&)>;

template <class T>
bool refused(const Result<T>& result) {
  return !result && !result.error().message().empty();
}

Result<cluster::CredentialPtr> run_plugin(const std::string& output) {
  const test::TemporaryFolder folder;
  cluster::ExecPlugin plugin;
  plugin.command = folder.script("plugin", "cat \"$(dirname \"$0\")/answer\"\n");
  folder.write("answer", output);
  return test::got_from(*test::plugin_source(plugin));
}

Result<void> push(const std::string& text) {
  Nothing events;
  json::PushReader reader(events);
  if (const auto fed = reader.feed(text); !fed) return fed.error();
  return reader.finish();
}

Result<bool> read_yaml(const std::string& text) {
  Nothing events;
  std::istringstream in(text);
  json::ByteSource source(in);
  return yaml::Reader(source, events, [](yaml::Oddity, const Error&) { return true; }).next();
}

bool refuses_policies(const std::string& text) {
  return yaml::parse(text).errors.size() == 1;
}

Result<std::string> review_policies(const std::string& text) {
  runtime::PolicyReview review;
  review.feed(text);
  return review.finish([](const policy::PolicySet&) { return Result<void>(); }, {});
}

Result<std::vector<net::Destination>> read_slices(const std::string& text) {
  std::vector<WipingText> pages;
  pages.emplace_back(text);
  return housekeeping::parse_endpoint_slices(std::move(pages));
}

Result<commands::ReportsApplied> apply_reports(const std::string& list) {
  const test::ScriptedServer server(
      [&list](const test::ScriptedRequest&) { return test::answer(200, list); });
  const test::KubeconfigOf kubeconfig(server);
  cluster::ClientConfigOptions access;
  access.kubeconfig = kubeconfig.path();
  const auto api = cluster::BlockingApi::open(access).value();
  housekeeping::Survey survey = test::sample_survey();
  survey.label_selector.clear();
  return commands::apply_policy_reports(*api, survey, &commands::kPolicyReports, nullptr);
}

const std::vector<std::pair<std::string, Refuses>> kReaders = {
    {"an API server's failure", [](const auto& text) { return cluster::read_status(text).message.empty(); }},
    {"a credential plugin's output", [](const auto& text) { return refused(run_plugin(text)); }},
    {"a kubeconfig", [](const auto& text) { return refused(cluster::parse_kubeconfig(text, "config")); }},
    {"a ledger", [](const auto& text) { return refused(counting::parse_ledger(text)); }},
    {"a ledger's version", [](const auto& text) { return counting::ledger_version(text).empty(); }},
    {"a review of policies", [](const auto& text) { return refused(review_policies(text)); }},
    {"policies", refuses_policies},
    {"a Secret to back up",
     [](const auto& text) { return refused(housekeeping::make_restorable(WipingText(text))); }},
    {"the Secret of certs",
     [](const auto& text) { return refused(housekeeping::parse_secret(WipingText(text), "s")); }},
    {"a webhook configuration",
     [](const auto& text) { return refused(housekeeping::parse_configuration(WipingText(text), {})); }},
    {"EndpointSlices", [](const auto& text) { return refused(read_slices(text)); }},
    {"an object's version",
     [](const auto& text) { return refused(housekeeping::parse_resource_version(WipingText(text))); }},
    {"PolicyReports", [](const auto& text) { return refused(apply_reports(text)); }},
    {"JSON as it comes", [](const auto& text) { return refused(push(text)); }},
    {"YAML as it comes", [](const auto& text) { return refused(read_yaml(text)); }},
};

}  // namespace

TEST_CASE("no reader of text from outside fails by its depth") {
  for (const auto& [shape, text] : deep_texts()) {
    for (const auto& [reader, refuses] : kReaders) {
      INFO(reader << ": " << shape);
      CHECK(refuses(text));
    }
  }
}

TEST_CASE("an audit that is refused with a deep body says what permission is missing") {
  const test::ScriptedServer server(
      [](const test::ScriptedRequest&) { return test::answer(403, repeated("[")); });
  const test::KubeconfigOf kubeconfig(server);
  commands::AuditOptions options;
  options.stored.access.kubeconfig = kubeconfig.path();
  options.stored.all_namespaces = true;
  std::ostringstream out, err;
  CHECK(commands::run_audit(options, out, err) == 2);
  CHECK(out.str().empty());
  CHECK_THAT(err.str(), Catch::Contains("permission is missing to list secrets"));
}
