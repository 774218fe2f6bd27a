// `label` against an API server in memory: what it plans, writes, and makes of other writers and of faults.
#include "commands/label/label.hpp"

#include <csignal>

#include <catch2/catch.hpp>
#include <rapidjson/pointer.h>

#include "json/writer.hpp"
#include "support/fake_server.hpp"
#include "support/fake_stored.hpp"
#include "support/json_oracle.hpp"
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

struct LabelTest : test::StoredCommandTest<test::FakeStored, LabelOptions, run_label> {
  LabelTest() {
    options.stored.policies = folder.write("policies/p.yaml", kHistory);
    fake.page = 2;
    fake.put("a", "one", "Opaque");
    fake.put_revision("a", "web", 1, "superseded");
    fake.put_revision("b", "web", 1, "deployed");
  }
  bool ignored(const std::string& namespace_name, const std::string& name = "sh.helm.release.v1.web.v1") {
    return fake.labels(namespace_name, name).find("secret-hygiene.io/ignore=true") != std::string::npos;
  }

  test::TemporaryFolder folder;
};

}  // namespace

TEST_CASE("label plans and changes nothing without --apply") {
  LabelTest test;
  CHECK(test.run() == 0);
  CHECK(test.out ==
        "NAMESPACE  NAME                       RESULT   CHANGE\na          sh.helm.release.v1.web.v1  "
        "planned  secret-hygiene.io/ignore=true\nb          sh.helm.release.v1.web.v1  planned  "
        "secret-hygiene.io/ignore=true\n\n3 Secrets: 1 already right, 2 to change. Nothing was changed: add "
        "--apply\n");
  CHECK(test.err.empty());
  CHECK(test.fake.count("PATCH") == 0);
}

TEST_CASE("label --apply changes what is to be changed, and the second time nothing") {
  LabelTest test;
  CHECK(test.apply() == 0);
  CHECK(test.said("3 Secrets: 1 already right, 2 changed\n"));
  CHECK(test.ignored("a"));
  CHECK(test.ignored("b"));
  CHECK(test.fake.annotations("a", "sh.helm.release.v1.web.v1") ==
        "secret-hygiene.io/owned-labels=secret-hygiene.io/ignore=true");
  CHECK(test.run() == 0);
  CHECK(test.out == "3 Secrets: 3 already right\n");
  CHECK(test.fake.count("PATCH") == 2);
}

TEST_CASE("label reads metadata where no policy asks for sizes, else measures, whatever an annotation says") {
  LabelTest test;
  test.fake.put("a", "liar", "Opaque", {}, 300, {{"secret-hygiene.io/bytes", "9"}});
  test.run();
  CHECK(test.said("liar"));  // its annotation goes: no policy wants it
  test.options.stored.policies = test.folder.write("policies/p.yaml", kLarge);
  test.run();
  CHECK(test.said("a          liar                       planned  large=yes bytes=300\n"));
  CHECK(test.said("a          sh.helm.release.v1.web.v1  planned  large=yes bytes=300\n"));
  CHECK(test.fake.count("GET", "/secrets/") == 0);
  test.options.stored.read = housekeeping::ReadChoice::metadata;
  test.run();
  // Believed where it is there; the others are measured one by one.
  CHECK(test.said("liar                       planned  bytes-"));
  CHECK(test.said("a          sh.helm.release.v1.web.v1  planned  large=yes bytes=300\n"));
  CHECK(test.fake.count("GET", "/secrets/") == 3);
}

TEST_CASE("label takes off what no longer applies, and --remove-all takes off all that is ours") {
  LabelTest test;
  test.fake.put("a", "odd", "Opaque", {{"secret-hygiene.io/ignore", "true"}, {"own", "x"}}, 3,
                {{"secret-hygiene.io/owned-labels", "secret-hygiene.io/ignore=true"}});
  CHECK(test.apply() == 0);
  CHECK(test.fake.labels("a", "odd") == "own=x");
  CHECK(test.fake.annotations("a", "odd").empty());
  CHECK(test.ignored("a"));
  test.options.stored.policies.clear();
  test.options.remove_all = true;
  CHECK(test.apply() == 0);
  CHECK_FALSE(test.ignored("a"));
  CHECK(test.fake.annotations("a", "sh.helm.release.v1.web.v1").empty());
  CHECK(test.fake.labels("a", "sh.helm.release.v1.web.v1") ==
        "name=web,owner=helm,status=superseded,version=1");
  CHECK(test.run() == 0);
  CHECK(test.out == "4 Secrets: 4 already right\n");
}

TEST_CASE("label warns where Secrets lose a label that no policy given sets") {
  LabelTest test;
  CHECK(test.apply() == 0);
  CHECK(test.err.empty());
  test.fake.put("a", "odd", "Opaque", {{"secret-hygiene.io/ignore", "true"}});
  CHECK(test.run() == 0);
  CHECK(test.err.empty());  // it does not match any more, but its policy is there
  test.options.stored.policies = test.folder.write("policies/p.yaml", kLarge);
  CHECK(test.run() == 0);
  CHECK(test.err.find("sets the label secret-hygiene.io/ignore, and 2 Secrets lose it: give all policies "
                      "that serve uses\n") != std::string::npos);
  test.options.remove_all = true;
  test.options.stored.policies.clear();
  CHECK(test.run() == 0);
  CHECK(test.err.empty());
}

TEST_CASE("label follows the policies of a ConfigMap of the cluster, and names it where they are not all") {
  LabelTest test;
  test.options.stored.policies.clear();
  test.options.stored.policies_from = "hygiene/policies";
  test.fake.put("a", "odd", "Opaque", {{"secret-hygiene.io/size", "odd"}});
  test.fake.intercept([](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.target != "/api/v1/namespaces/hygiene/configmaps/policies") return std::nullopt;
    json::Writer json;
    json.object([&] {
      json.type_meta("v1", "ConfigMap");
      json.object("data", [&] { json.field("p.yaml", kHistory); });
    });
    return test::answer(200, std::string(json.view()));
  });
  CHECK(test.apply() == 0);
  CHECK(test.ignored("a"));
  CHECK(
      test.err.starts_with("warning: no policy of hygiene/policies sets the label secret-hygiene.io/size, "));
}

TEST_CASE("label without policies is told what to do") {
  LabelTest test;
  test.options.stored.policies.clear();
  CHECK(test.run() == 2);
  CHECK(test.err.find("--policies") != std::string::npos);
  CHECK(test.fake.count("GET") == 0);
}

TEST_CASE("a Secret that another writes between list and patch is read and planned again") {
  LabelTest test;
  test.once("PATCH", "/a/", [&]() -> std::optional<ScriptedAnswer> {
    test.fake.touch("a", "sh.helm.release.v1.web.v1", "theirs");
    return std::nullopt;
  });
  CHECK(test.apply() == 0);
  CHECK(test.said("2 changed"));
  CHECK(test.ignored("a"));
  CHECK(test.fake.labels("a", "sh.helm.release.v1.web.v1").find("theirs=true") != std::string::npos);
  CHECK(test.fake.count("PATCH") == 3);
}

TEST_CASE("a Secret that another makes right meanwhile is not patched again") {
  LabelTest test;
  test.once("PATCH", "/a/", [&]() -> std::optional<ScriptedAnswer> {
    test.fake.put("a", "sh.helm.release.v1.web.v1", "Opaque");
    return std::nullopt;
  });
  CHECK(test.apply() == 0);
  CHECK(test.said("a          sh.helm.release.v1.web.v1  overtaken"));
  CHECK(test.said("1 changed, 1 changed by another client meanwhile\n"));
}

TEST_CASE("a Secret that others never leave alone is given up, and told") {
  LabelTest test;
  test.fake.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.method == "PATCH" && request.target.find("/a/") != std::string::npos)
      return test::status_answer(409, "Conflict", "the object has been modified");
    return std::nullopt;
  });
  CHECK(test.apply() == 1);
  CHECK(test.said("1 changed, 1 failed\n"));
  CHECK(test.said("    given up after 5 tries: "));
  CHECK(test.ignored("b"));
}

TEST_CASE("a Secret that is deleted between list and patch is no failure") {
  LabelTest test;
  test.once("PATCH", "/a/", [&]() -> std::optional<ScriptedAnswer> {
    test.fake.erase("a", "sh.helm.release.v1.web.v1");
    return std::nullopt;
  });
  CHECK(test.apply() == 0);
  CHECK(test.said("1 changed, 1 gone meanwhile\n"));
}

TEST_CASE("a patch that is refused is told, and the others are made") {
  LabelTest test;
  test.once("PATCH", "/a/", [] { return test::status_answer(403, "Forbidden", "not you"); });
  CHECK(test.apply() == 1);
  CHECK(test.said("not you"));
  CHECK(test.said("1 changed, 1 failed\n"));
}

TEST_CASE("a patch whose answer is lost is looked up, not sent blindly again") {
  LabelTest test;
  bool lost = false;
  test.fake.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (lost || request.method != "PATCH") return std::nullopt;
    lost = true;
    test.fake.handle(request);  // done, but nobody hears of it
    return test::hang_up();
  });
  CHECK(test.apply() == 0);
  CHECK(test.said("2 changed\n"));
  CHECK(test.ignored("a"));
}

TEST_CASE("an API server that stays away ends the run with a true report") {
  LabelTest test;
  bool away = false;
  test.fake.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    away = away || (request.method == "PATCH" && request.target.find("/b/") != std::string::npos);
    if (!away) return std::nullopt;
    return test::hang_up();
  });
  CHECK(test.apply() == 2);
  CHECK(test.said("1 changed, 1 failed\n"));
  CHECK_FALSE(test.err.empty());
}

TEST_CASE("what a webhook with other policies undoes is a failure, not a success") {
  LabelTest test;
  test.fake.mutate([](rapidjson::Document& secret) {
    rapidjson::Pointer("/metadata/labels/secret-hygiene.io~1ignore").Erase(secret);
  });
  CHECK(test.apply() == 1);
  CHECK(test.said("2 failed\n"));
  CHECK(test.said("a webhook with other policies"));
}

TEST_CASE("Ctrl-C leaves a true report, and the next run does the rest") {
  LabelTest test;
  test.once("PATCH", "/a/", []() -> std::optional<ScriptedAnswer> {
    std::raise(SIGINT);
    return std::nullopt;
  });
  CHECK(test.apply() == 130);
  CHECK(test.said("1 changed, 1 left for the next run; interrupted\n"));
  CHECK(test.ignored("a"));
  CHECK_FALSE(test.ignored("b"));
  CHECK(test.apply() == 0);
  CHECK(test.said("3 Secrets: 2 already right, 1 changed\n"));
}

TEST_CASE("Ctrl-C while an API server puts a patch off for a minute leaves it for the next run") {
  LabelTest test;
  test.once("PATCH", "/a/", []() -> std::optional<ScriptedAnswer> {
    std::raise(SIGINT);
    return test::status_answer(429, "TooManyRequests", "later", "Retry-After: 60\r\n");
  });
  CHECK(test.apply() == 130);
  CHECK(test.said("2 left for the next run; interrupted\n"));
  CHECK(test.err.empty());
  CHECK_FALSE(test.ignored("a"));
}

TEST_CASE("Ctrl-C while an API server does not answer a read ends label, and is no error") {
  LabelTest test;
  const bool listing = GENERATE(true, false);
  if (!listing) {
    test.options.stored.policies = test.folder.write("policies/p.yaml", kLarge);
    test.options.stored.read = housekeeping::ReadChoice::metadata;
  }
  test.once("GET", listing ? "/secrets?" : "/secrets/one", []() -> std::optional<ScriptedAnswer> {
    std::raise(SIGINT);
    return test::no_answer();
  });
  CHECK(test.apply() == 130);
  CHECK(test.said("interrupted\n"));
  CHECK(test.err.empty());
}

TEST_CASE("label keeps to a namespace, and says what is missing for all of them") {
  LabelTest test;
  test.options.stored.all_namespaces = false;
  test.options.stored.namespace_name = "b";
  CHECK(test.apply() == 0);
  CHECK(test.said("1 Secret: 0 already right, 1 changed\n"));
  CHECK_FALSE(test.ignored("a"));
  test.options.stored.all_namespaces = true;
  test.fake.intercept([](const ScriptedRequest&) { return test::status_answer(403, "Forbidden", "no"); });
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
  CHECK(test.said("a          one   audited  (a=b)\n"));
  CHECK(test.apply() == 0);
  CHECK(test.out == "3 Secrets: 3 already right; policies in mode Audit would change 1\n");
  CHECK(test.fake.count("PATCH") == 0);
}

TEST_CASE("annotations that leave no room are told") {
  LabelTest test;
  test.fake.put("b", "full", kHelm, {}, 3, {{"notes", std::string(256 * 1024 - 20, 'x')}});
  CHECK(test.apply() == 0);
  CHECK(test.said("b          full                       no-room"));
  CHECK(test.said("2 changed, 1 without room for labels\n"));
}

TEST_CASE("label's JSON gives every change, with the policy, and the sums") {
  LabelTest test;
  test.options.stored.output = Output::json;
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

TEST_CASE("label -o name names what changes, -o wide the types, and -o yaml is the JSON document") {
  LabelTest test;
  test.options.stored.output = Output::name;
  CHECK(test.run() == 0);
  CHECK(test.out == "secret/sh.helm.release.v1.web.v1\nsecret/sh.helm.release.v1.web.v1\n");
  test.options.stored.output = Output::wide;
  CHECK(test.run() == 0);
  CHECK(test.said("RESULT   TYPE                CHANGE\n"));
  CHECK(test.said("planned  helm.sh/release.v1  secret-hygiene.io/ignore=true\n"));
  test.options.stored.no_headers = true;
  test.options.stored.output = Output::table;
  CHECK(test.run() == 0);
  CHECK(test.out ==
        "a          sh.helm.release.v1.web.v1  planned\n"
        "b          sh.helm.release.v1.web.v1  planned\n");
  test.options.stored.output = Output::yaml;
  CHECK(test.run() == 0);
  CHECK(test.said("kind: LabelReport\nresults:\n  - namespace: a\n"));
  CHECK(test.fake.count("PATCH") == 0);
}

TEST_CASE("label --chunk-size is the size of a page") {
  LabelTest test;
  test.options.stored.chunk_size = 7;
  CHECK(test.run() == 0);
  CHECK(test.fake.count("GET", "limit=7") > 0);
}

TEST_CASE("label reads the namespaces once where a policy selects by their labels, and only then") {
  LabelTest test;
  CHECK(test.run() == 0);
  CHECK(test.fake.count("GET", "/namespaces") == 0);
  const auto spaces = [](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.target.starts_with("/api/v1/namespaces?"))
      return test::answer(
          200,
          R"({"apiVersion":"v1","kind":"NamespaceList","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"a","labels":{"tier":"gold"}}},{"metadata":{"name":"b"}}]})");
    if (request.target == "/api/v1/namespaces/a")
      return test::answer(
          200, R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a","labels":{"tier":"gold"}}})");
    return std::nullopt;
  };
  test.fake.intercept(spaces);
  test.folder.write(
      "policies/p.yaml",
      kHistory + "---\n" +
          "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: gold}\n"
          "spec: {match: {namespaceSelector: {matchLabels: {tier: gold}}}, labels: {gold: \"yes\"}}\n");
  CHECK(test.apply() == 0);
  CHECK(test.fake.labels("a", "one") == "gold=yes");
  CHECK(test.fake.labels("b", "sh.helm.release.v1.web.v1").find("gold") == std::string::npos);
  CHECK(test.fake.count("GET", "/namespaces?") == 1);
  test.options.stored.all_namespaces = false;
  test.options.stored.namespace_name = "a";
  CHECK(test.run() == 0);
  CHECK(test.fake.count("GET", "/api/v1/namespaces/a") > 0);
  CHECK(test.fake.count("GET", "/namespaces?") == 1);
}

TEST_CASE("label changes nothing where namespaces cannot be read, and says why") {
  LabelTest test;
  test.fake.intercept([](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!request.target.starts_with("/api/v1/namespaces?")) return std::nullopt;
    return test::status_answer(403, "Forbidden", "no");
  });
  test.folder.write(
      "policies/p.yaml",
      "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: gold}\n"
      "spec: {match: {namespaceSelector: {matchLabels: {tier: gold}}}, labels: {gold: \"yes\"}}\n");
  CHECK(test.apply() == 2);
  CHECK_THAT(test.err, Catch::Contains("a policy selects by the labels of namespaces (namespaceSelector), "
                                       "which cannot be read"));
  CHECK(test.fake.count("PATCH") == 0);
}
