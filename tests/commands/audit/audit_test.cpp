// The audit of an API server in memory, as its user sees it.
#include "commands/audit/audit.hpp"

#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <rapidjson/pointer.h>

#include "policy/support.hpp"
#include "support/fake_secrets.hpp"
#include "support/json_oracle.hpp"
#include "support/kubeconfig_of.hpp"
#include "support/temporary_folder.hpp"

using namespace hygiene;
using commands::AuditOptions;

namespace {

const std::string kLimits =
    policy::test::document("sizes", "  mode: Enforce\n  limits: {bytesPerSecret: 60}") +
    policy::test::document("sums", "  mode: Warn\n  limits: {secretsPerRelease: 2}");
const std::string kWhole = policy::test::document("keys", "  mode: Warn\n  limits: {keysPerSecret: 5}");

struct Audit {
  Audit() {
    secrets.put("a", "one", "Opaque", "30", 30);
    secrets.put("b", "two", "kubernetes.io/tls", "60", 60);
    for (int i = 1; i <= 3; ++i) {
      secrets.put("c", "sh.helm.release.v1.web.v1.v" + std::to_string(i), "helm.sh/release.v1", "90", 90);
    }
    options.stored.access.kubeconfig = kubeconfig.path();
    options.stored.all_namespaces = true;
    options.output = "json";
    options.patience.in_all = std::chrono::milliseconds(10);
  }
  int run(const std::string& policies = "") {
    options.stored.policies.clear();
    if (!policies.empty()) {
      const auto file = folder.path() / "policies.yaml";
      std::ofstream(file) << policies;
      options.stored.policies = file.string();
    }
    std::ostringstream to_out, to_err;
    const int status = commands::run_audit(options, to_out, to_err);
    out = to_out.str();
    err = to_err.str();
    return status;
  }
  std::string at(const char* pointer) const { return test::text_at(test::parse_dom(out), pointer); }
  std::uint64_t number(const char* pointer) const {
    const auto document = test::parse_dom(out);
    const auto* value = rapidjson::Pointer(pointer).Get(document);
    REQUIRE(value != nullptr);
    return value->IsBool() ? static_cast<std::uint64_t>(value->GetBool()) : value->GetUint64();
  }

  test::FakeSecrets secrets;
  test::ScriptedServer server{
      [this](const test::ScriptedRequest& request) { return secrets.handle(request); }};
  test::KubeconfigOf kubeconfig{server};
  test::TemporaryFolder folder;
  AuditOptions options;
  std::string out;
  std::string err;
};

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
  CHECK(audit.secrets.count("GET", "/secrets") == 1);
}

TEST_CASE("what lacks the annotation is measured one by one where it is rare") {
  Audit audit;
  for (int i = 10; i < 30; ++i) audit.secrets.put("a", "s" + std::to_string(i), "Opaque", "1", 1);
  audit.secrets.put("z", "bare", "Opaque", "", 66);
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.at("/reading/form") == "metadata");
  CHECK(audit.number("/reading/oneByOne") == 1);
  CHECK(audit.number("/total/secrets") == 26);
  CHECK(audit.number("/total/bytes") == 360 + 20 + 66);
  CHECK(audit.secrets.count("GET", "fieldSelector=metadata.name%3Dbare") == 1);
}

TEST_CASE("all is read whole where many lack it, and where a policy needs it") {
  Audit audit;
  audit.secrets.put("a", "bare", "Opaque", "", 66);
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.at("/reading/form") == "whole");
  CHECK(audit.number("/total/bytes") == 360 + 66);
  CHECK(audit.secrets.count("GET", "/secrets") == 2);
  audit.secrets.remove("a", "bare");
  REQUIRE(audit.run(kWhole) == 0);
  CHECK(audit.at("/reading/form") == "whole");
  CHECK(audit.secrets.count("GET", "/secrets") == 3);
}

TEST_CASE("with --read metadata no value is ever asked for, and unknown sizes are counted") {
  Audit audit;
  audit.secrets.put("a", "bare", "Opaque", "", 66);
  audit.options.read = "metadata";
  REQUIRE(audit.run(kWhole) == 0);
  CHECK(audit.number("/reading/unknown") == 1);
  CHECK(audit.number("/policies/0/limits/0/partial") == 1);
  CHECK(audit.secrets.count("GET", "/secrets") == 1);
}

TEST_CASE("flag --fail-on violations exits 1 only where a limit is broken") {
  Audit audit;
  audit.options.fail_on = "violations";
  CHECK(audit.run(kLimits) == 1);
  CHECK(audit.run(kWhole) == 0);
  audit.options.fail_on = "none";
  CHECK(audit.run(kLimits) == 0);
}

TEST_CASE("what cannot be judged by anything is said before anything is read") {
  Audit audit;
  audit.options.fail_on = "violations";
  CHECK(audit.run() == 2);
  CHECK(audit.err == "there is nothing to judge by: give -p POLICIES\n");
  CHECK(audit.run("kind: Nonsense\n") == 2);
  CHECK(audit.err.find("nothing was judged") != std::string::npos);
  CHECK(audit.secrets.count("GET", "/secrets") == 0);
}

TEST_CASE("without -A only the namespace is listed, and who may not list all is told of -n") {
  Audit audit;
  audit.options.stored.all_namespaces = false;
  audit.options.stored.namespace_name = "a";
  REQUIRE(audit.run() == 0);
  CHECK(audit.number("/total/secrets") == 1);
  CHECK(audit.secrets.count("GET", "/namespaces/a/secrets") == 1);
  audit.options.stored.all_namespaces = true;
  audit.secrets.intercept([](const test::ScriptedRequest&) -> std::optional<test::ScriptedAnswer> {
    return test::status_answer(403, "Forbidden", "secrets is forbidden");
  });
  CHECK(audit.run() == 2);
  CHECK(audit.out.empty());
  CHECK(audit.err.find("allow the verb \"list\" on \"secrets\"") != std::string::npos);
  CHECK(audit.err.find("; for one namespace, -n NAME with a Role there is enough\n") != std::string::npos);
}

TEST_CASE("an interrupted audit reports what it read, and says so") {
  Audit audit;
  audit.secrets.page = 2;
  int pages = 0;
  audit.secrets.intercept([&pages](const test::ScriptedRequest&) -> std::optional<test::ScriptedAnswer> {
    if (++pages == 3) ::kill(::getpid(), SIGINT);
    return std::nullopt;
  });
  CHECK(audit.run(kLimits) == 130);
  CHECK(audit.err.empty());
  CHECK(audit.number("/interrupted") == 1);
  // A page is asked for while the one before it is read.
  CHECK((audit.number("/total/secrets") == 2 || audit.number("/total/secrets") == 4));
  pages = 0;
  audit.options.output = "table";
  CHECK(audit.run(kLimits) == 130);
  CHECK(audit.out.find("\nINTERRUPTED: ") != std::string::npos);
}

TEST_CASE("an audit hears a signal also while an API server does not answer, or puts it off for a minute") {
  Audit audit;
  const bool put_off = GENERATE(true, false);
  audit.secrets.intercept([put_off](const test::ScriptedRequest&) {
    ::kill(::getpid(), SIGTERM);
    test::ScriptedAnswer nothing;
    nothing.silence = true;
    return put_off ? test::status_answer(429, "TooManyRequests", "later", "Retry-After: 60\r\n") : nothing;
  });
  CHECK(audit.run() == 143);
  CHECK(audit.err.empty());
  CHECK(audit.number("/interrupted") == 1);
}

TEST_CASE("an audit that is interrupted while it measures one by one ends as well") {
  Audit audit;
  for (int i = 10; i < 50; ++i) audit.secrets.put("a", "s" + std::to_string(i), "Opaque", "1", 1);
  for (const char* name : {"x", "y", "z"}) audit.secrets.put("z", name, "Opaque", "", 66);
  audit.secrets.intercept([](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (request.target.find("name%3Dy") != std::string::npos) ::kill(::getpid(), SIGTERM);
    return std::nullopt;
  });
  CHECK(audit.run() == 143);
  CHECK(audit.number("/interrupted") == 1);
  CHECK(audit.secrets.count("GET", "name%3Dz") == 0);
}

TEST_CASE(
    "a Secret that is gone before it is measured is left out; an API server that stays away is an error") {
  Audit audit;
  for (int i = 10; i < 30; ++i) audit.secrets.put("a", "s" + std::to_string(i), "Opaque", "1", 1);
  audit.secrets.put("z", "bare", "Opaque", "", 66);
  std::string answer = R"({"metadata":{},"items":[]})";
  std::atomic<int> asked{0};
  audit.secrets.intercept([&](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (request.target.find("name%3Dbare") == std::string::npos) return std::nullopt;
    ++asked;
    if (!answer.empty()) return test::answer(200, answer);
    test::ScriptedAnswer gone;
    gone.close = true;
    return gone;
  });
  REQUIRE(audit.run() == 0);
  CHECK(audit.number("/total/secrets") == 25);
  answer.clear();
  asked = 0;
  CHECK(audit.run() == 2);
  CHECK(asked >= 2);
  CHECK(audit.out.empty());
  CHECK(audit.err.ends_with("\n"));
}

TEST_CASE("the table fits 100 columns and has no colour unless asked") {
  Audit audit;
  audit.options.output = "table";
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.out.find('\x1B') == std::string::npos);
  std::istringstream lines(audit.out);
  for (std::string line; std::getline(lines, line);) {
    // The kubeconfig's path is as long as it is.
    if (line.starts_with("context ")) continue;
    INFO(line);
    CHECK(line.size() <= 100);
  }
  for (const char* part :
       {"5 Secrets in 3 namespaces: 360 bytes of data", "read as metadata: 5 sizes are from",
        "1 of 1  c/web.v1 3", "4 broken limits", "Kong Ingress Controller: selects behind its cache"}) {
    INFO(audit.out);
    CHECK(audit.out.find(part) != std::string::npos);
  }
  audit.options.colour = true;
  REQUIRE(audit.run(kLimits) == 0);
  CHECK(audit.out.find("\x1B[31m") != std::string::npos);
}

TEST_CASE("no policies: sizes are shown, and that nothing was judged") {
  Audit audit;
  audit.options.output = "table";
  REQUIRE(audit.run() == 0);
  CHECK(audit.out.find("no policies were given (-p), so nothing was judged\n") != std::string::npos);
  CHECK(audit.out.find("POLICY") == std::string::npos);
}
