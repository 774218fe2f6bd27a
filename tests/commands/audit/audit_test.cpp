// The audit of an API server in memory, as its user sees it.
#include "commands/audit/audit.hpp"

#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <rapidjson/pointer.h>

#include "json/writer.hpp"
#include "policy/support.hpp"
#include "support/fake_secrets.hpp"
#include "support/fake_server.hpp"
#include "support/json_oracle.hpp"
#include "support/temporary_folder.hpp"

using namespace hygiene;

namespace {

const std::string kLimits =
    policy::test::document("sizes", "  mode: Enforce\n  limits: {bytesPerSecret: 60}") +
    policy::test::document("sums", "  mode: Warn\n  limits: {secretsPerRelease: 2}");
const std::string kWhole = policy::test::document("keys", "  mode: Warn\n  limits: {keysPerSecret: 5}");

struct Audit : test::StoredCommandTest<test::FakeSecrets, commands::AuditOptions, commands::run_audit> {
  Audit() {
    fake.put("a", "one", "Opaque", "30", 30);
    fake.put("b", "two", "kubernetes.io/tls", "60", 60);
    for (int i = 1; i <= 3; ++i) {
      fake.put("c", "sh.helm.release.v1.web.v1.v" + std::to_string(i), "helm.sh/release.v1", "90", 90);
    }
    options.stored.output = commands::Output::json;
  }
  int run(const std::string& policies = "") {
    options.stored.policies = policies.empty() ? "" : folder.write("policies.yaml", policies);
    return StoredCommandTest::run();
  }
  // As a tenant's: of one namespace.
  int run_in(const std::string& namespace_name, const std::string& policies) {
    options.stored.all_namespaces = false;
    options.stored.namespace_name = namespace_name;
    return run(policies);
  }
  std::string at(const char* pointer) const { return test::text_at(test::parse_dom(out), pointer); }
  std::uint64_t number(const char* pointer) const {
    const auto document = test::parse_dom(out);
    const auto* value = rapidjson::Pointer(pointer).Get(document);
    REQUIRE(value != nullptr);
    return value->IsBool() ? static_cast<std::uint64_t>(value->GetBool()) : value->GetUint64();
  }

  test::TemporaryFolder folder;
};

const std::string kQuota = policy::test::document(
    "quota",
    "  mode: Enforce\n  match: {namespaces: [c, e*]}\n  limits: {secretsPerNamespace: 10, "
    "secretsPerRelease: 3, bytesPerNamespace: 1Ki, secretsPerCluster: 100}");

}  // namespace

TEST_CASE("metadata is read where every size is known from it") {
  Audit audit;
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.err.empty());
  CHECK(audit.at("/reading/form") == "metadata");
  CHECK(audit.number("/reading/annotated") == 5);
  CHECK(audit.number("/total/bytes") == 360);
  CHECK(audit.number("/violations") == 4);
  CHECK(audit.at("/findings/2/namespace") == "c");
  CHECK(audit.at("/findings/2/findings/0/name") == "web.v1");
  CHECK(audit.fake.count("GET", "/secrets") == 1);
}

TEST_CASE("what lacks the annotation is measured one by one where it is rare") {
  Audit audit;
  for (int i = 10; i < 30; ++i) audit.fake.put("a", "s" + std::to_string(i), "Opaque", "1", 1);
  audit.fake.put("z", "bare", "Opaque", "", 66);
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.at("/reading/form") == "metadata");
  CHECK(audit.number("/reading/oneByOne") == 1);
  CHECK(audit.number("/total/secrets") == 26);
  CHECK(audit.number("/total/bytes") == 360 + 20 + 66);
  CHECK(audit.fake.count("GET", "fieldSelector=metadata.name%3Dbare") == 1);
}

TEST_CASE("all is read whole where many lack it, and where a policy needs it") {
  Audit audit;
  audit.fake.put("a", "bare", "Opaque", "", 66);
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.at("/reading/form") == "whole");
  CHECK(audit.number("/total/bytes") == 360 + 66);
  CHECK(audit.fake.count("GET", "/secrets") == 2);
  audit.fake.remove("a", "bare");
  REQUIRE(audit.run(kWhole) == 0);
  CHECK(audit.at("/reading/form") == "whole");
  CHECK(audit.fake.count("GET", "/secrets") == 3);
}

TEST_CASE("with --read metadata no value is ever asked for, and unknown sizes are counted") {
  Audit audit;
  audit.fake.put("a", "bare", "Opaque", "", 66);
  audit.options.stored.read = housekeeping::ReadChoice::metadata;
  REQUIRE(audit.run(kWhole) == 0);
  CHECK(audit.number("/reading/unknown") == 1);
  CHECK(audit.number("/policies/0/limits/0/partial") == 1);
  CHECK(audit.fake.count("GET", "/secrets") == 1);
}

TEST_CASE("flag --fail-on violations exits 1 only where a limit is broken") {
  Audit audit;
  audit.options.fail_on = commands::FailOn::violations;
  CHECK(audit.run(kLimits) == 1);
  CHECK(audit.run(kWhole) == 0);
  audit.options.fail_on = commands::FailOn::none;
  CHECK(audit.run(kLimits) == 0);
}

TEST_CASE("policies that do not load are said before anything is read") {
  Audit audit;
  CHECK(audit.run("kind: Nonsense\n") == 2);
  CHECK(audit.err.find("nothing was judged") != std::string::npos);
  CHECK(audit.fake.count("GET", "/secrets") == 0);
}

TEST_CASE("without -A only the namespace is listed, and who may not list all is told of -n") {
  Audit audit;
  audit.options.stored.all_namespaces = false;
  audit.options.stored.namespace_name = "a";
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.number("/total/secrets") == 1);
  CHECK(audit.fake.count("GET", "/namespaces/a/secrets") == 1);
  audit.options.stored.all_namespaces = true;
  audit.fake.intercept([](const test::ScriptedRequest&) -> std::optional<test::ScriptedAnswer> {
    return test::status_answer(403, "Forbidden", "secrets is forbidden");
  });
  CHECK(audit.run(kLimits) == 2);
  CHECK(audit.out.empty());
  CHECK(audit.err.find("allow the verb \"list\" on \"secrets\"") != std::string::npos);
  CHECK(audit.err.find("; to read one namespace, use -n NAME: a Role there is enough\n") !=
        std::string::npos);
}

TEST_CASE("an interrupted audit reports what it read, and says so") {
  Audit audit;
  audit.fake.page = 2;
  int pages = 0;
  audit.fake.intercept([&pages](const test::ScriptedRequest&) -> std::optional<test::ScriptedAnswer> {
    if (++pages == 3) ::kill(::getpid(), SIGINT);
    return std::nullopt;
  });
  CHECK(audit.run(kLimits) == 130);
  CHECK(audit.err.empty());
  CHECK(audit.number("/interrupted") == 1);
  // A page is asked for while the one before it is read.
  CHECK((audit.number("/total/secrets") == 2 || audit.number("/total/secrets") == 4));
  pages = 0;
  audit.options.stored.output = commands::Output::table;
  CHECK(audit.run(kLimits) == 130);
  CHECK(audit.said("\nINTERRUPTED: "));
}

TEST_CASE(
    "the page begins with the controllers, and says which lists were denied; nothing else asks for them") {
  Audit audit;
  audit.fake.intercept([](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (!request.target.starts_with("/apis/")) return std::nullopt;
    if (request.target.find("/deployments") == std::string::npos)
      return test::status_answer(403, "Forbidden", "no");
    return test::answer(200, R"({"kind": "DeploymentList", "metadata": {"resourceVersion": "1"}, "items": [
      {"metadata": {"namespace": "a", "name": "r"}, "spec": {"template": {"spec": {"containers": [
        {"name": "c", "image": "stakater/reloader:v1"}]}}}}]})");
  });
  audit.options.stored.output = commands::Output::html;
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.said("deployment/r"));
  CHECK(audit.said("Not checked: permission is missing to list statefulsets.apps in all namespaces"));
  CHECK(audit.out.find("Controllers that run here") < audit.out.find("What a controller would save"));
  CHECK(audit.out.find("What to do first") < audit.out.find("Controllers that run here"));
  CHECK(audit.said("No setting of a controller saves memory."));
  // With policies that label.
  REQUIRE(audit.run() == 0);
  CHECK(audit.said(
      "set --resource-label-selector=!secret-hygiene.io/ignore on Reloader, deployment/r in namespace a"));
  audit.options.stored.output = commands::Output::table;
  const std::size_t asked = audit.fake.count("GET", "/apis/");
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.said("`secret-hygiene controllers` shows which of them run here"));
  CHECK(audit.fake.count("GET", "/apis/") == asked);
}

TEST_CASE("an audit hears a signal also while an API server does not answer, or puts it off for a minute") {
  Audit audit;
  const bool put_off = GENERATE(true, false);
  audit.fake.intercept([put_off](const test::ScriptedRequest&) {
    ::kill(::getpid(), SIGTERM);
    test::ScriptedAnswer nothing;
    nothing.silence = true;
    return put_off ? test::status_answer(429, "TooManyRequests", "later", "Retry-After: 60\r\n") : nothing;
  });
  CHECK(audit.run(kLimits) == 143);
  CHECK(audit.err.empty());
  CHECK(audit.number("/interrupted") == 1);
}

TEST_CASE("an audit that is interrupted while it measures one by one ends as well") {
  Audit audit;
  for (int i = 10; i < 50; ++i) audit.fake.put("a", "s" + std::to_string(i), "Opaque", "1", 1);
  for (const char* name : {"x", "y", "z"}) audit.fake.put("z", name, "Opaque", "", 66);
  audit.fake.intercept([](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (request.target.find("name%3Dy") != std::string::npos) ::kill(::getpid(), SIGTERM);
    return std::nullopt;
  });
  CHECK(audit.run(kLimits) == 143);
  CHECK(audit.number("/interrupted") == 1);
  CHECK(audit.fake.count("GET", "name%3Dz") == 0);
}

TEST_CASE(
    "a Secret that is gone before it is measured is left out; an API server that stays away is an error") {
  Audit audit;
  for (int i = 10; i < 30; ++i) audit.fake.put("a", "s" + std::to_string(i), "Opaque", "1", 1);
  audit.fake.put("z", "bare", "Opaque", "", 66);
  std::string answer = R"({"metadata":{},"items":[]})";
  std::atomic<int> asked{0};
  audit.fake.intercept([&](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (request.target.find("name%3Dbare") == std::string::npos) return std::nullopt;
    ++asked;
    if (!answer.empty()) return test::answer(200, answer);
    return test::hang_up();
  });
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.number("/total/secrets") == 25);
  answer.clear();
  asked = 0;
  CHECK(audit.run(kLimits) == 2);
  CHECK(asked >= 2);
  CHECK(audit.out.empty());
  CHECK(audit.err.ends_with("\n"));
}

TEST_CASE("the table fits 100 columns and has no colour unless asked") {
  Audit audit;
  audit.options.stored.output = commands::Output::table;
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.out.find('\x1B') == std::string::npos);
  std::istringstream lines(audit.out);
  for (std::string line; std::getline(lines, line);) {
    // The kubeconfig's path is as long as it is.
    if (line.starts_with("context ")) continue;
    INFO(line);
    CHECK(line.size() <= 100);
  }
  for (const char* part : {"5 Secrets in 3 namespaces: 360 bytes of data",
                           "read as metadata: 5 sizes are from", "1 of 1  c/web.v1 3", "4 broken limits",
                           "put `secret-hygiene proxy` beside Kong Ingress Controller"}) {
    INFO(audit.out);
    CHECK(audit.said(part));
  }
  audit.options.stored.colour = true;
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.said("\x1B[31m"));
}

TEST_CASE("without policies the default ones judge, and that is said") {
  Audit audit;
  audit.options.stored.output = commands::Output::table;
  REQUIRE(audit.run() == 0);
  CHECK(audit.err.find("no -p PATH: judged by the built-in default policies") != std::string::npos);
  CHECK(audit.said("size-limits"));
}

TEST_CASE(
    "audit --compare says what the policies would change, and --fail-on denied fails on what is newly "
    "denied") {
  Audit audit;
  audit.options.compare = audit.folder.write(
      "old.yaml", policy::test::document("sizes", "  mode: Warn\n  limits: {bytesPerSecret: 60}"));
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.number("/comparison/newlyDenied/count") == 3);
  CHECK(audit.at("/comparison/newlyDenied/first/0/namespace") == "c");
  CHECK(audit.at("/comparison/newlyDenied/first/0/why") ==
        "sizes: 90 bytes of data exceeds bytesPerSecret 60 bytes");
  CHECK(audit.number("/comparison/noLongerDenied/count") == 0);
  CHECK(audit.number("/violations") == 4);
  audit.options.fail_on = commands::FailOn::denied;
  CHECK(audit.run(kLimits) == 1);
  CHECK(audit.run(kWhole) == 0);
  audit.options.stored.output = commands::Output::table;
  CHECK(audit.run(kLimits) == 1);
  CHECK(audit.said("newly denied"));
  CHECK(
      audit.said("5 Secrets: 3 newly denied, 0 no longer denied, 0 newly labelled, 0 no longer labelled\n"));
}

TEST_CASE("audit --compare reads whole where the other policies need it") {
  Audit audit;
  audit.options.compare = audit.folder.write("old.yaml", kWhole);
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.at("/reading/form") == "whole");
}

TEST_CASE("audit --compare refuses flags that do not go with it, and policies that do not load") {
  Audit audit;
  audit.options.fail_on = commands::FailOn::denied;
  CHECK(audit.run(kLimits) == 2);
  CHECK_THAT(audit.err, Catch::Contains("needs --compare OLD"));
  audit.options.compare = audit.folder.write("old.yaml", "kind: Nonsense\n");
  CHECK(audit.run(kLimits) == 2);
  CHECK_THAT(audit.err, Catch::Contains("old.yaml:1") && Catch::Contains("nothing was judged"));
  audit.options.stored.output = commands::Output::html;
  CHECK(audit.run(kLimits) == 2);
  CHECK_THAT(audit.err, Catch::Contains("supports only -o table, -o json and -o yaml"));
  CHECK(audit.fake.count("GET", "/secrets") == 0);
}

TEST_CASE(
    "a field selector and a page's size go to the API server, and the report says which Secrets it is of") {
  Audit audit;
  audit.options.field_selector = "type=Opaque";
  audit.options.stored.chunk_size = 2;
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.fake.count("GET", "fieldSelector=type%3DOpaque") == 1);
  CHECK(audit.fake.count("GET", "limit=2") > 0);
  CHECK(audit.number("/total/secrets") == 1);
  CHECK(audit.at("/fieldSelector") == "type=Opaque");
  // Not all of a release was read.
  CHECK(audit.number("/policies/1/limits/0/partial") == 1);
  audit.options.stored.output = commands::Output::table;
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.said("1 Secret in 1 namespace where type=Opaque: "));
}

TEST_CASE("audit -o name names each Secret that breaks a limit once, and the namespaces that do") {
  Audit audit;
  audit.options.stored.output = commands::Output::name;
  REQUIRE(audit.run(kLimits + policy::test::document("keys", "  mode: Warn\n  limits: {bytesPerSecret: 70}") +
                    policy::test::document("few", "  mode: Warn\n  limits: {secretsPerNamespace: 2}")) == 0);
  std::string names;
  for (int i = 1; i <= 3; ++i) names += "secret/sh.helm.release.v1.web.v1.v" + std::to_string(i) + "\n";
  CHECK(audit.out == names + "namespace/c\n");
}

TEST_CASE("audit -o yaml says what -o json says") {
  Audit audit;
  audit.options.stored.output = commands::Output::yaml;
  REQUIRE(audit.run(kLimits) == 0);
  for (const char* line : {"apiVersion: secret-hygiene.io/v1alpha1\n", "\nkind: AuditReport\n",
                           "\ntotal:\n  secrets: 5\n", "\n  - name: sizes\n    mode: Enforce\n"}) {
    INFO(audit.out);
    CHECK(audit.said(line));
  }
}

TEST_CASE("audit -o wide has more columns, and --no-headers only rows") {
  Audit audit;
  audit.options.stored.output = commands::Output::table;
  REQUIRE(audit.run(kLimits) == 0);
  CHECK_FALSE(audit.said("SHARE"));
  audit.options.stored.output = commands::Output::wide;
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.said("  SHARE\n"));
  audit.options.stored.no_headers = true;
  REQUIRE(audit.run(kLimits) == 0);
  for (const char* title : {"NAMESPACE", "By type", "What to do first", "broken limits", "Secrets in"})
    CHECK_FALSE(audit.said(title));
  CHECK(audit.said("sizes"));
}

TEST_CASE("the table begins with what saves most, and leaves out what saves nothing") {
  Audit audit;
  audit.options.stored.output = commands::Output::table;
  REQUIRE(audit.run() == 0);
  const std::size_t to_do = audit.out.find("What to do first");
  REQUIRE(to_do != std::string::npos);
  CHECK(to_do < audit.out.find("By namespace"));
  const std::size_t reloader =
      audit.out.find("set --resource-label-selector=!secret-hygiene.io/ignore on Reloader");
  CHECK(to_do < reloader);
  CHECK(reloader < audit.out.find("By namespace"));
  // It selects by the type by itself.
  CHECK_FALSE(audit.said("ingress-nginx"));
}

TEST_CASE("PolicyReports are of the API that the cluster serves, the newer one first") {
  struct Case {
    const char* open;
    const char* retired;
    std::string version;
  };
  const Case each =
      GENERATE(Case{"v1alpha1", "v1alpha2", "openreports.io/v1alpha1"},
               Case{"v1beta9", "v1alpha2", "wgpolicyk8s.io/v1alpha2"},
               Case{"", "v1alpha2", "wgpolicyk8s.io/v1alpha2"}, Case{"", "", "wgpolicyk8s.io/v1alpha2"});
  Audit audit;
  audit.fake.intercept([each](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (!request.target.starts_with("/apis/")) return std::nullopt;
    const std::string version = request.target == "/apis/openreports.io" ? each.open : each.retired;
    if (version.empty()) return test::answer(404, "404 page not found");
    return test::answer(200, R"({"kind":"APIGroup","versions":[{"version":")" + version + "\"}]}");
  });
  audit.options.stored.output = commands::Output::policyreport;
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.at("/items/0/apiVersion") == each.version);
  CHECK(audit.at("/items/0/kind") == (each.version.starts_with("open") ? "Report" : "PolicyReport"));
}

TEST_CASE("where the discovery is denied the reports are printed all the same, and not applied") {
  Audit audit;
  audit.fake.intercept([](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (!request.target.starts_with("/apis/")) return std::nullopt;
    return test::status_answer(403, "Forbidden", "forbidden");
  });
  audit.options.stored.output = commands::Output::policyreport;
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.at("/items/0/apiVersion") == "wgpolicyk8s.io/v1alpha2");
  audit.options.stored.apply = true;
  CHECK(audit.run(kLimits) == 2);
  CHECK(audit.out.empty());
}

TEST_CASE("an audit lists the exceptions of its policies, and counts what they spare as broken") {
  const std::string exceptions =
      "\n  exceptions:\n  - {names: [two, \"x-*\"], namespaces: [b], until: 2020-01-31, reason: It moves.}"
      "\n  - {names: [\"*\"], namespaces: [\"*\"], until: 2099-01-31T12:00:00Z, reason: r}";
  const std::string policies =
      policy::test::document("sizes", "  mode: Enforce\n  limits: {bytesPerSecret: 50}" + exceptions);
  Audit audit;
  REQUIRE(audit.run(policies) == 0);
  CHECK(audit.number("/violations") == 4);
  CHECK(audit.at("/policies/0/exceptions/0/names/1") == "x-*");
  CHECK(audit.at("/policies/0/exceptions/0/namespaces/0") == "b");
  CHECK(audit.at("/policies/0/exceptions/0/until") == "2020-02-01T00:00:00Z");
  CHECK(audit.at("/policies/0/exceptions/0/state") == "ended");
  CHECK(audit.at("/policies/0/exceptions/0/reason") == "It moves.");
  CHECK(audit.at("/policies/0/exceptions/1/state") == "in force");
  audit.options.stored.output = commands::Output::table;
  REQUIRE(audit.run(policies) == 0);
  CHECK_THAT(audit.out, Catch::Contains("\nExceptions\n") && Catch::Contains("two, x-* in b") &&
                            Catch::Contains("2020-01-31") && Catch::Contains("ended") &&
                            Catch::Contains("It moves.") && Catch::Contains("2099-01-31T12:00:00Z"));
  audit.options.stored.output = commands::Output::html;
  REQUIRE(audit.run(policies) == 0);
  CHECK_THAT(audit.out, Catch::Contains("<h3>Exceptions</h3>") && Catch::Contains("two, x-* in b"));
  REQUIRE(audit.run(policy::test::document("sizes", "  mode: Enforce\n  limits: {bytesPerSecret: 50}")) == 0);
  CHECK_THAT(audit.out, !Catch::Contains("Exceptions"));
}

TEST_CASE("audit judges by the labels of namespaces, which it reads once where a policy needs them") {
  Audit audit;
  audit.fake.intercept([](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (!request.target.starts_with("/api/v1/namespaces?")) return std::nullopt;
    return test::answer(
        200,
        R"({"apiVersion":"v1","kind":"NamespaceList","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"b","labels":{"tier":"gold"}}},{"metadata":{"name":"c","labels":{"tier":"iron"}}}]})");
  });
  const std::string gold = policy::test::document(
      "gold",
      "  mode: Enforce\n  match: {namespaceSelector: {matchLabels: {tier: gold}}}\n  limits: "
      "{bytesPerSecret: 10}");
  REQUIRE(audit.run(gold) == 0);
  CHECK(audit.number("/violations") == 1);
  CHECK(audit.at("/findings/0/namespace") == "b");
  CHECK(audit.fake.count("GET", "/namespaces?") == 1);
  audit.options.compare = audit.folder.write("old.yaml", kLimits);
  REQUIRE(audit.run(gold) == 0);
  CHECK(audit.fake.count("GET", "/namespaces?") == 2);
}

TEST_CASE("an audit of one namespace shows what it uses of each limit across Secrets that is about it") {
  Audit audit;
  audit.options.stored.output = commands::Output::table;
  REQUIRE(audit.run_in("c", kQuota + kLimits) == 0);
  const std::string table =
      "\nLimits across Secrets in namespace c\n"
      "POLICY  MODE     LIMIT                OF                USED  ALLOWED\n"
      "quota   Enforce  secretsPerNamespace  c                    3       10\n"
      "quota   Enforce  secretsPerRelease    c/web.v1             3        3\n"
      "quota   Enforce  bytesPerNamespace    c            270 bytes      1Ki\n"
      "quota   Enforce  secretsPerCluster    the cluster          -      100  seen with -A only\n"
      "sums    Warn     secretsPerRelease    c/web.v1             3        2\n";
  CHECK_THAT(audit.out, Catch::Contains(table));
  CHECK(audit.out.find("Limits across") < audit.out.find("What to do first"));
  // Those of one Secret stay where they are.
  CHECK_THAT(audit.out, Catch::Contains("\nLimits\n") && Catch::Contains("bytesPerSecret  60 bytes  3 of 3"));
  audit.options.stored.colour = true;
  REQUIRE(audit.run_in("c", kQuota + kLimits) == 0);
  CHECK_THAT(audit.out,
             Catch::Contains("\x1B[31m3\x1B[0m        3") && Catch::Contains("\x1B[33m3\x1B[0m        2"));
  audit.options.stored.no_headers = true;
  REQUIRE(audit.run_in("c", kQuota) == 0);
  CHECK(audit.out.starts_with("quota   Enforce  secretsPerNamespace  c "));
}

TEST_CASE(
    "a namespace that is empty uses nothing, and one that a policy is not about has none of its limits") {
  Audit audit;
  REQUIRE(audit.run_in("empty", kQuota) == 0);
  CHECK(audit.number("/policies/0/applies") == 1);
  CHECK(audit.at("/policies/0/limits/0/limit") == "secretsPerNamespace");
  CHECK(audit.at("/policies/0/limits/0/highest/0/namespace") == "empty");
  CHECK(audit.number("/policies/0/limits/0/highest/0/measured") == 0);
  CHECK(audit.number("/policies/0/limits/0/partial") == 0);
  CHECK(audit.number("/policies/0/limits/3/partial") == 1);
  REQUIRE(audit.run_in("b", kQuota) == 0);
  CHECK(audit.number("/policies/0/applies") == 0);
  CHECK(audit.number("/policies/0/limits/0/judged") == 0);
  audit.options.stored.output = commands::Output::table;
  REQUIRE(audit.run_in("b", kQuota) == 0);
  CHECK_FALSE(audit.said("quota"));
  REQUIRE(audit.run_in("empty", kQuota) == 0);
  CHECK_THAT(audit.out, Catch::Contains("secretsPerRelease    no release         0        3\n"));
}

TEST_CASE("what a selector or an unknown size leaves open is used at least; of many releases ten are shown") {
  Audit audit;
  for (int i = 1; i <= 12; ++i)
    audit.fake.put("c", "sh.helm.release.v1.r" + std::to_string(i) + ".v1", "helm.sh/release.v1", "", 9);
  audit.options.stored.output = commands::Output::table;
  audit.options.stored.read = housekeeping::ReadChoice::metadata;
  // Without the widths of columns.
  const auto printed = [&audit] {
    std::string text;
    for (const char c : audit.out) {
      if (c != ' ' || !text.ends_with(' ')) text += c;
    }
    return text;
  };
  REQUIRE(audit.run_in("c", kQuota) == 0);
  for (const char* line : {"bytesPerNamespace c at least 270 bytes 1Ki\n", "secretsPerNamespace c 15 10\n",
                           "secretsPerRelease c/web.v1 3 3\n", "secretsPerRelease c/r6 1 3\n",
                           "secretsPerRelease 3 others - 3\n"}) {
    INFO(line);
    CHECK_THAT(printed(), Catch::Contains(line));
  }
  CHECK_THAT(printed(), !Catch::Contains("c/r7"));
  audit.options.field_selector = "type=Opaque";
  REQUIRE(audit.run_in("c", kQuota) == 0);
  CHECK_THAT(printed(), Catch::Contains("secretsPerNamespace c at least 0 10\n") &&
                            Catch::Contains("secretsPerRelease no release at least 0 3\n"));
}

TEST_CASE(
    "policies of a ConfigMap of the cluster judge as those of files, and one that cannot be read says why") {
  Audit audit;
  std::string key = "limits.yaml";
  std::string text = kLimits;
  audit.fake.intercept([&](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (request.target != "/api/v1/namespaces/hygiene/configmaps/policies") return std::nullopt;
    if (text.empty()) return test::status_answer(403, "Forbidden", "no");
    json::Writer json;
    json.object([&] {
      json.type_meta("v1", "ConfigMap");
      json.object("data", [&] { json.field(key, text); });
    });
    return test::answer(200, std::string(json.view()));
  });
  audit.options.stored.policies_from = "hygiene/policies";
  REQUIRE(audit.run() == 0);
  CHECK(audit.err.empty());
  CHECK(audit.number("/violations") == 4);
  const std::size_t lists = audit.fake.count("GET", "/secrets");
  text = "kind: Nonsense\n";
  CHECK(audit.run() == 2);
  CHECK_THAT(audit.err,
             Catch::StartsWith("hygiene/policies/limits.yaml:1:") && Catch::Contains("nothing was judged"));
  key = "limits";
  CHECK(audit.run() == 2);
  CHECK_THAT(audit.err, Catch::Contains("no policy: give at least one document"));
  text.clear();
  CHECK(audit.run() == 2);
  CHECK_THAT(
      audit.err,
      Catch::StartsWith("cannot read the policies: permission is missing to get configmaps \"policies\" in "
                        "namespace \"hygiene\""));
  audit.options.stored.policies_from = "policies";
  CHECK(audit.run() == 2);
  CHECK(audit.err ==
        "cannot read the policies: --policies-from: write NAMESPACE/NAME of a ConfigMap, not \"policies\"\n");
  CHECK(audit.fake.count("GET", "/secrets") == lists);
}
