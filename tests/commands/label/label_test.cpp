// `label` against an API server in memory: what it plans, writes, and makes of other writers and of faults.
#include "commands/label/label.hpp"

#include <csignal>
#include <sstream>

#include <catch2/catch.hpp>
#include <rapidjson/pointer.h>

#include "support/fake_stored.hpp"
#include "support/json_oracle.hpp"
#include "support/kubeconfig_of.hpp"
#include "support/temporary_folder.hpp"

using namespace hygiene;
using namespace hygiene::commands;
using test::ScriptedAnswer;
using test::ScriptedRequest;

namespace {

const std::string kHelm = "helm.sh/release.v1";
const std::string kHistory =
    "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: history}\n"
    "spec: {match: {types: [helm.sh/release.v1]}, labels: {secret-hygiene.io/ignore: \"true\"}}\n";
const std::string kLarge =
    "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: large}\n"
    "spec: {match: {sizeOver: 100}, labels: {large: \"yes\"}}\n";

struct LabelTest {
  LabelTest() {
    options.stored.access.kubeconfig = kubeconfig.path();
    options.stored.policies = folder.write("policies/p.yaml", kHistory);
    options.stored.all_namespaces = true;
    options.qps = 0;
    options.patience = {std::chrono::milliseconds(1), std::chrono::milliseconds(1),
                        std::chrono::milliseconds(5)};
    stored.page = 2;
    stored.put("a", "one", "Opaque");
    stored.put_revision("a", "web", 1, "superseded");
    stored.put_revision("b", "web", 1, "deployed");
  }
  int run() {
    std::ostringstream to_out, to_err;
    const int status = run_label(options, to_out, to_err);
    out = to_out.str();
    err = to_err.str();
    return status;
  }
  int apply() {
    options.apply = true;
    return run();
  }
  // Answers the first request of this method and part of the target; later ones pass.
  void once(const std::string& method, const std::string& part,
            std::function<std::optional<ScriptedAnswer>()> answered) {
    stored.intercept(
        [=, done = false](const ScriptedRequest& request) mutable -> std::optional<ScriptedAnswer> {
          if (done || request.method != method || request.target.find(part) == std::string::npos)
            return std::nullopt;
          done = true;
          return answered();
        });
  }
  bool ignored(const std::string& namespace_name, const std::string& name = "sh.helm.release.v1.web.v1") {
    return stored.labels(namespace_name, name).find("secret-hygiene.io/ignore=true") != std::string::npos;
  }

  test::FakeStored stored;
  test::ScriptedServer server{[this](const ScriptedRequest& request) { return stored.handle(request); }};
  test::KubeconfigOf kubeconfig{server};
  test::TemporaryFolder folder;
  LabelOptions options;
  std::string out;
  std::string err;
};

}  // namespace

TEST_CASE("label plans and changes nothing without --apply") {
  LabelTest test;
  CHECK(test.run() == 0);
  CHECK(test.out ==
        "NAMESPACE  NAME                       RESULT   CHANGE\n"
        "a          sh.helm.release.v1.web.v1  planned  secret-hygiene.io/ignore=true\n"
        "b          sh.helm.release.v1.web.v1  planned  secret-hygiene.io/ignore=true\n\n"
        "3 Secrets: 1 right already, 2 to change. Nothing was changed: --apply does it\n");
  CHECK(test.err.empty());
  CHECK(test.stored.count("PATCH") == 0);
}

TEST_CASE("label --apply changes what is to be changed, and the second time nothing") {
  LabelTest test;
  CHECK(test.apply() == 0);
  CHECK(test.out.find("3 Secrets: 1 right already, 2 changed\n") != std::string::npos);
  CHECK(test.ignored("a"));
  CHECK(test.ignored("b"));
  CHECK(test.stored.annotations("a", "sh.helm.release.v1.web.v1") ==
        "secret-hygiene.io/owned-labels=secret-hygiene.io/ignore=true");
  CHECK(test.run() == 0);
  CHECK(test.out == "3 Secrets: 3 right already\n");
  CHECK(test.stored.count("PATCH") == 2);
}

TEST_CASE("label reads metadata where no policy asks for sizes, else measures, whatever an annotation says") {
  LabelTest test;
  test.stored.put("a", "liar", "Opaque", {}, 300, {{"secret-hygiene.io/bytes", "9"}});
  test.run();
  CHECK(test.out.find("liar") != std::string::npos);  // its annotation goes: no policy wants it
  test.options.stored.policies = test.folder.write("policies/p.yaml", kLarge);
  test.run();
  CHECK(test.out.find("a          liar                       planned  large=yes bytes=300\n") !=
        std::string::npos);
  CHECK(test.out.find("a          sh.helm.release.v1.web.v1  planned  large=yes bytes=300\n") !=
        std::string::npos);
  CHECK(test.stored.count("GET", "/secrets/") == 0);
  test.options.read = "metadata";
  test.run();
  // Believed where it is there; the others are measured one by one.
  CHECK(test.out.find("liar                       planned  bytes-") != std::string::npos);
  CHECK(test.out.find("a          sh.helm.release.v1.web.v1  planned  large=yes bytes=300\n") !=
        std::string::npos);
  CHECK(test.stored.count("GET", "/secrets/") == 3);
}

TEST_CASE("label takes off what no longer applies, and --remove-all takes off all that is ours") {
  LabelTest test;
  test.stored.put("a", "odd", "Opaque", {{"secret-hygiene.io/ignore", "true"}, {"own", "x"}}, 3,
                  {{"secret-hygiene.io/owned-labels", "secret-hygiene.io/ignore=true"}});
  CHECK(test.apply() == 0);
  CHECK(test.stored.labels("a", "odd") == "own=x");
  CHECK(test.stored.annotations("a", "odd").empty());
  CHECK(test.ignored("a"));
  test.options.stored.policies.clear();
  test.options.remove_all = true;
  CHECK(test.apply() == 0);
  CHECK_FALSE(test.ignored("a"));
  CHECK(test.stored.annotations("a", "sh.helm.release.v1.web.v1").empty());
  CHECK(test.stored.labels("a", "sh.helm.release.v1.web.v1") ==
        "name=web,owner=helm,status=superseded,version=1");
  CHECK(test.run() == 0);
  CHECK(test.out == "4 Secrets: 4 right already\n");
}

TEST_CASE("label without policies is told what to do") {
  LabelTest test;
  test.options.stored.policies.clear();
  CHECK(test.run() == 2);
  CHECK(test.err.find("--policies") != std::string::npos);
  CHECK(test.stored.count("GET") == 0);
}

TEST_CASE("a Secret that another writes between list and patch is read and planned again") {
  LabelTest test;
  test.once("PATCH", "/a/", [&]() -> std::optional<ScriptedAnswer> {
    test.stored.touch("a", "sh.helm.release.v1.web.v1", "theirs");
    return std::nullopt;
  });
  CHECK(test.apply() == 0);
  CHECK(test.out.find("2 changed") != std::string::npos);
  CHECK(test.ignored("a"));
  CHECK(test.stored.labels("a", "sh.helm.release.v1.web.v1").find("theirs=true") != std::string::npos);
  CHECK(test.stored.count("PATCH") == 3);
}

TEST_CASE("a Secret that another makes right meanwhile is not patched again") {
  LabelTest test;
  test.once("PATCH", "/a/", [&]() -> std::optional<ScriptedAnswer> {
    test.stored.put("a", "sh.helm.release.v1.web.v1", "Opaque");
    return std::nullopt;
  });
  CHECK(test.apply() == 0);
  CHECK(test.out.find("a          sh.helm.release.v1.web.v1  overtaken") != std::string::npos);
  CHECK(test.out.find("1 changed, 1 changed by another meanwhile\n") != std::string::npos);
}

TEST_CASE("a Secret that others never leave alone is given up, and told") {
  LabelTest test;
  test.stored.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.method == "PATCH" && request.target.find("/a/") != std::string::npos)
      return test::status_answer(409, "Conflict", "the object has been modified");
    return std::nullopt;
  });
  CHECK(test.apply() == 1);
  CHECK(test.out.find("1 changed, 1 failed\n") != std::string::npos);
  CHECK(test.out.find("    given up after 5 tries: ") != std::string::npos);
  CHECK(test.ignored("b"));
}

TEST_CASE("a Secret that is deleted between list and patch is no failure") {
  LabelTest test;
  test.once("PATCH", "/a/", [&]() -> std::optional<ScriptedAnswer> {
    test.stored.erase("a", "sh.helm.release.v1.web.v1");
    return std::nullopt;
  });
  CHECK(test.apply() == 0);
  CHECK(test.out.find("1 changed, 1 gone meanwhile\n") != std::string::npos);
}

TEST_CASE("a patch that is refused is told, and the others are made") {
  LabelTest test;
  test.once("PATCH", "/a/", [] { return test::status_answer(403, "Forbidden", "not you"); });
  CHECK(test.apply() == 1);
  CHECK(test.out.find("not you") != std::string::npos);
  CHECK(test.out.find("1 changed, 1 failed\n") != std::string::npos);
}

TEST_CASE("a patch whose answer is lost is looked up, not sent blindly again") {
  LabelTest test;
  bool lost = false;
  test.stored.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (lost || request.method != "PATCH") return std::nullopt;
    lost = true;
    test.stored.handle(request);  // done, but nobody hears of it
    ScriptedAnswer broken;
    broken.close = true;
    return broken;
  });
  CHECK(test.apply() == 0);
  CHECK(test.out.find("2 changed\n") != std::string::npos);
  CHECK(test.ignored("a"));
}

TEST_CASE("an API server that stays away ends the run with a true report") {
  LabelTest test;
  bool away = false;
  test.stored.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    away = away || (request.method == "PATCH" && request.target.find("/b/") != std::string::npos);
    if (!away) return std::nullopt;
    ScriptedAnswer broken;
    broken.close = true;
    return broken;
  });
  CHECK(test.apply() == 2);
  CHECK(test.out.find("1 changed, 1 failed\n") != std::string::npos);
  CHECK_FALSE(test.err.empty());
}

TEST_CASE("what a webhook with other policies undoes is a failure, not a success") {
  LabelTest test;
  test.stored.mutate([](rapidjson::Document& secret) {
    rapidjson::Pointer("/metadata/labels/secret-hygiene.io~1ignore").Erase(secret);
  });
  CHECK(test.apply() == 1);
  CHECK(test.out.find("2 failed\n") != std::string::npos);
  CHECK(test.out.find("a webhook with other policies") != std::string::npos);
}

TEST_CASE("Ctrl-C leaves a true report, and the next run does the rest") {
  LabelTest test;
  test.once("PATCH", "/a/", []() -> std::optional<ScriptedAnswer> {
    std::raise(SIGINT);
    return std::nullopt;
  });
  CHECK(test.apply() == 130);
  CHECK(test.out.find("1 changed, 1 left for the next run; interrupted\n") != std::string::npos);
  CHECK(test.ignored("a"));
  CHECK_FALSE(test.ignored("b"));
  CHECK(test.apply() == 0);
  CHECK(test.out.find("3 Secrets: 2 right already, 1 changed\n") != std::string::npos);
}

TEST_CASE("Ctrl-C while an API server puts a patch off for a minute leaves it for the next run") {
  LabelTest test;
  test.once("PATCH", "/a/", []() -> std::optional<ScriptedAnswer> {
    std::raise(SIGINT);
    return test::status_answer(429, "TooManyRequests", "later", "Retry-After: 60\r\n");
  });
  CHECK(test.apply() == 130);
  CHECK(test.out.find("2 left for the next run; interrupted\n") != std::string::npos);
  CHECK(test.err.empty());
  CHECK_FALSE(test.ignored("a"));
}

TEST_CASE("Ctrl-C while an API server does not answer a read ends label, and is no error") {
  LabelTest test;
  const bool listing = GENERATE(true, false);
  if (!listing) {
    test.options.stored.policies = test.folder.write("policies/p.yaml", kLarge);
    test.options.read = "metadata";
  }
  test.once("GET", listing ? "/secrets?" : "/secrets/one", []() -> std::optional<ScriptedAnswer> {
    std::raise(SIGINT);
    ScriptedAnswer nothing;
    nothing.silence = true;
    return nothing;
  });
  CHECK(test.apply() == 130);
  CHECK(test.out.find("interrupted\n") != std::string::npos);
  CHECK(test.err.empty());
}

TEST_CASE("label keeps to a namespace, and says what is missing for all of them") {
  LabelTest test;
  test.options.stored.all_namespaces = false;
  test.options.stored.namespace_name = "b";
  CHECK(test.apply() == 0);
  CHECK(test.out.find("1 Secret: 0 right already, 1 changed\n") != std::string::npos);
  CHECK_FALSE(test.ignored("a"));
  test.options.stored.all_namespaces = true;
  test.stored.intercept([](const ScriptedRequest&) { return test::status_answer(403, "Forbidden", "no"); });
  CHECK(test.run() == 2);
  CHECK(test.out.empty());
  CHECK(test.err.find("-n NAME") != std::string::npos);
}

TEST_CASE("what a policy in mode Audit would change is told and never done") {
  LabelTest test;
  test.options.stored.policies = test.folder.write(
      "policies/p.yaml",
      "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: audit}\n"
      "spec: {mode: Audit, match: {types: [Opaque]}, labels: {a: b}}\n");
  CHECK(test.run() == 0);
  CHECK(test.out.find("a          one   audited  (a=b)\n") != std::string::npos);
  CHECK(test.apply() == 0);
  CHECK(test.out == "3 Secrets: 3 right already; policies in mode Audit would change 1\n");
  CHECK(test.stored.count("PATCH") == 0);
}

TEST_CASE("annotations that leave no room are told") {
  LabelTest test;
  test.stored.put("b", "full", kHelm, {}, 3, {{"notes", std::string(256 * 1024 - 20, 'x')}});
  CHECK(test.apply() == 0);
  CHECK(test.out.find("b          full                       no-room") != std::string::npos);
  CHECK(test.out.find("2 changed, 1 without room for labels\n") != std::string::npos);
}

TEST_CASE("label's JSON gives every change, with the policy, and the sums") {
  LabelTest test;
  test.options.output = "json";
  test.options.stored.policies = test.folder.write("policies/p.yaml", kLarge);
  CHECK(test.apply() == 0);
  const auto report = test::parse_dom(test.out);
  CHECK(test::text_at(report, "/kind") == "LabelReport");
  CHECK(test::text_at(report, "/results/0/namespace") == "a");
  CHECK(test::text_at(report, "/results/0/name") == "sh.helm.release.v1.web.v1");
  CHECK(test::text_at(report, "/results/0/result") == "changed");
  CHECK(test::text_at(report, "/results/0/labels/0/action") == "add");
  CHECK(test::text_at(report, "/results/0/labels/0/policy") == "large");
  CHECK(test::text_at(report, "/results/0/annotations/secret-hygiene.io~1bytes") == "300");
  CHECK(rapidjson::Pointer("/summary/changed").Get(report)->GetUint() == 2);
  CHECK(rapidjson::Pointer("/summary/applied").Get(report)->GetBool());
}
