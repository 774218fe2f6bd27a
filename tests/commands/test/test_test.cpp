// `secret-hygiene test`: what passes, what differs, and what is wrong with a file of cases.
#include "commands/test/test.hpp"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "support/temporary_folder.hpp"

using namespace hygiene;
using Catch::Contains;

namespace {

const std::string kHead = "apiVersion: secret-hygiene.io/v1alpha1\nkind: PolicyTest\n";
const std::string kPolicies =
    "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: size}\nspec:\n"
    "  mode: Enforce\n  labels: {example.com/a: \"1\"}\n  exemptRequests: {groups: [trusted]}\n"
    "  limits: {bytesPerSecret: 10}\n  message: Keep it short.\n";

struct Ran {
  int exit;
  std::string out;
  std::string err;
};

class TestRun {
 public:
  commands::TestOptions options;

  TestRun() { folder_.write("policies.yaml", kPolicies); }

  void write(const std::string& name, const std::string& text) { folder_.write(name, text); }
  // The cases of one file.
  Ran cases(const std::string& text) {
    folder_.write("cases.yaml", kHead + "policies: policies.yaml\ncases:\n" + text);
    return run("cases.yaml");
  }
  Ran run(const std::string& name) {
    options.paths = {(folder_.path() / name).string()};
    std::ostringstream out;
    std::ostringstream err;
    const int exit = commands::run_test(options, out, err);
    return {exit, out.str(), err.str()};
  }

 private:
  test::TemporaryFolder folder_;
};

std::string a_case(const std::string& write, const std::string& expect) {
  return "- {name: a case, " + write + ", expect: {" + expect + "}}\n";
}

const std::string kSmall = "object: {stringData: {k: short}}";
const std::string kLarge = "object: {metadata: {name: s}, fill: {data: {k: 11}}}";

}  // namespace

TEST_CASE("a case passes where all that it expects is so") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {kSmall, "verdict: allowed, applies: [size], labels: [example.com/a=1]"},
      {kLarge, "verdict: denied, policy: size, message: Keep it short."},
      {kLarge, "message: [bytesPerSecret 10, default/s]"},
      {kLarge + ", operation: CREATE", "verdict: denied"},
      {kLarge + ", oldObject: {fill: {data: {k: 11}}}, operation: UPDATE", "verdict: warned, policy: size"},
      {kLarge + ", userInfo: {username: a, groups: [trusted]}", "verdict: spared"},
      {"object: {fill: {keys: 3, annotations: {example.com/b: 1Ki}}}", "verdict: allowed"},
      {"object: {data: {k: bG9uZ2VyIHRoYW4gMTA=}, type: kubernetes.io/tls}", "verdict: denied"},
      {"object: {metadata: {labels: {example.com/a: mine}}}", "labels: []"},
  };
  for (const auto& [write, expect] : cases) {
    INFO(write << " " << expect);
    const Ran ran = TestRun().cases(a_case(write, expect));
    CHECK(ran.exit == 0);
    CHECK(ran.err.empty());
    CHECK_THAT(ran.out, Contains("PASS") && Contains("cases.yaml:5") && Contains("a case") &&
                            Contains("1 case: 1 passed, 0 failed"));
  }
}

TEST_CASE("a case fails where one thing is not as it expects, and the difference is shown") {
  const std::vector<std::vector<std::string>> cases = {
      {kSmall, "verdict: denied", "  - verdict: denied\n  + verdict: allowed\n"},
      {kSmall, "policy: size", "  - policy: size\n  + policy: none\n"},
      {kSmall, "applies: []", "  - applies: none\n  + applies: size\n"},
      {kSmall, "labels: [example.com/a-, b=2]",
       "  - labels: b=2, example.com/a-\n  + labels: example.com/a=1\n"},
      {kSmall, "message: short", "  - message: short\n  + message: none\n"},
      {kLarge, "message: [Keep, no word]", "  - message: no word\n  + message: policy \"size\": 11 bytes"},
  };
  for (const auto& each : cases) {
    INFO(each[1]);
    const Ran ran = TestRun().cases(a_case(each[0], each[1]));
    CHECK(ran.exit == 1);
    CHECK_THAT(ran.out, Contains("FAIL") && Contains(each[2]) && Contains("1 case: 0 passed, 1 failed"));
  }
}

TEST_CASE("what is wrong with a file of cases is told with its place, and nothing of it is judged") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"- {name: a, object: {}, expct: {}}\n",
       "cases.yaml:5:25: cases[0].expct: unknown field; did you mean expect?"},
      {"- {name: a, expect: {verdict: denied}}\n", "cases.yaml:5:3: cases[0].object: required"},
      {"- {object: {}, expect: {verdict: denied}}\n", "cases[0].name: required"},
      {"- {name: a, object: {}}\n", "cases[0].expect: required"},
      {a_case("object: {}", ""), "cases[0].expect: expects nothing"},
      {a_case("object: {}", "verdict: refused"),
       "cases[0].expect.verdict: must be one of allowed, denied, warned, audited and spared"},
      {a_case("object: {metadata: {lables: {}}}", "labels: []"),
       "cases[0].object.metadata.lables: unknown field; did you mean labels?"},
      {a_case("object: {kind: ConfigMap}", "labels: []"), "cases[0].object.kind: must be Secret"},
      {a_case("object: {}, operation: UPDATE", "labels: []"), "an UPDATE needs oldObject"},
      {a_case("object: {}, oldObject: {}, operation: CREATE", "labels: []"), "a CREATE has no oldObject"},
      {a_case("object: {}, operation: DELETE", "labels: []"), "must be CREATE or UPDATE"},
      {a_case("manifest: a.yaml, object: {}", "labels: []"), "cases[0].object: the manifest says this"},
      {a_case("object: {fill: {data: {k: 2Mi}, annotations: {a: 2Mi}}}", "labels: []"), "at most 3Mi in all"},
      {a_case("object: {fill: {keys: 100001}}", "labels: []"), "at most 100000"},
      {a_case("object: {fill: {data: []}}", "labels: []"), "object.fill.data: must be a mapping"},
      {a_case("object: {data: {k: no base64}}", "labels: []"), "base64"},
      {a_case("object: {data: []}", "labels: []"), "cases[0].object.data: must be a mapping"},
      {"[]\n", "cases"},
  };
  for (const auto& [text, told] : cases) {
    INFO(text);
    const Ran ran = TestRun().cases(text);
    CHECK(ran.exit == 2);
    CHECK_THAT(ran.err, Contains(told));
    CHECK_THAT(ran.out, !Contains("PASS") && !Contains("FAIL"));
  }
}

TEST_CASE("no error of a file of cases holds the value of a Secret") {
  for (const char* field : {"data", "stringData"}) {
    const Ran ran =
        TestRun().cases(a_case("object: {" + std::string(field) + ": {k: 31415926}}", "labels: []"));
    CHECK(ran.exit == 2);
    CHECK_THAT(ran.err, Contains("object." + std::string(field) + ".k: must be text: write it in quotes"));
    CHECK_THAT(ran.out + ran.err, !Contains("31415926"));
  }
}

TEST_CASE("a case may name a file with a manifest or a recorded review") {
  TestRun run;
  run.write("one.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: elevenbytes}\n");
  run.write("two.yaml", "apiVersion: v1\nkind: SecretList\nitems:\n- {type: a}\n- {type: a}\n");
  run.write("none.yaml", "apiVersion: v1\nkind: ConfigMap\n");
  run.write("review.json",
            R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u",)"
            R"("kind":{"group":"","version":"v1","kind":"Secret"},"operation":"UPDATE",)"
            R"("object":{"data":{"k":"ZWxldmVuYnl0ZXM="}},"oldObject":{"data":{"k":"ZWxldmVuYnl0ZXM="}}}})");
  CHECK(run.cases(a_case("manifest: one.yaml", "verdict: denied")).exit == 0);
  CHECK(run.cases(a_case("manifest: review.json", "verdict: warned")).exit == 0);
  for (const auto& [file, told] :
       std::vector<std::pair<std::string, std::string>>{{"two.yaml", "holds 2 Secrets: one a case"},
                                                        {"none.yaml", "holds no write of a Secret"},
                                                        {"absent.yaml", "absent.yaml: cannot be opened"},
                                                        {"policies.yaml", "holds no write of a Secret"}}) {
    const Ran ran = run.cases(a_case("manifest: " + file, "verdict: denied"));
    CHECK(ran.exit == 2);
    CHECK_THAT(ran.err, Contains(told));
  }
}

TEST_CASE("without policies the default ones judge, and policies with errors are told") {
  TestRun run;
  run.write("a.yaml",
            kHead + "cases:\n" +
                a_case("object: {type: helm.sh/release.v1}", "applies: [helm-history, size-limits]"));
  const Ran ran = run.run("a.yaml");
  CHECK(ran.exit == 0);
  CHECK(ran.err.empty());
  run.write("policies.yaml", "kind: Other\n");
  const Ran refused = run.cases(a_case(kSmall, "labels: []"));
  CHECK(refused.exit == 2);
  CHECK_THAT(refused.err, Contains("SecretPolicy") && Contains("policies: cannot be loaded"));
  CHECK_THAT(refused.out, Contains("0 cases: 0 passed, 0 failed; 1 error"));
}

TEST_CASE("limits across Secrets are said not to be judged, once, and only where a policy has one") {
  TestRun test;
  const std::string passes = a_case(kSmall, "verdict: allowed");
  CHECK(test.cases(passes + passes).err.empty());
  test.write("policies.yaml",
             "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: size}\n"
             "spec: {mode: Enforce, limits: {secretsPerNamespace: 10}}\n");
  CHECK(test.cases(passes + passes).err ==
        "limits across Secrets (secretsPer..., bytesPerNamespace, bytesPerCluster) are not judged by test\n");
}

TEST_CASE("the flag --run chooses cases by their name, and all outputs agree") {
  TestRun run;
  const std::string cases = "- {name: first, " + kSmall + ", expect: {verdict: allowed}}\n" +
                            "- {name: second, " + kSmall + ", expect: {verdict: denied}}\n";
  CHECK(run.cases(cases).exit == 1);
  run.options.output = commands::Output::json;
  CHECK_THAT(
      run.cases(cases).out,
      Contains(R"("name":"second","result":"failed","differences":[{"field":"verdict","expected":"denied",)"
               R"("got":"allowed"}])") &&
          Contains(R"("summary":{"passed":1,"failed":1,"errors":0})"));
  run.options.output = commands::Output::junit;
  CHECK_THAT(
      run.cases(cases).out,
      Contains(R"(<testsuite name="secret-hygiene test" tests="2" failures="1" errors="0")") &&
          Contains(R"x(name="second (line 6)"><failure message="- verdict: denied + verdict: allowed)x"));
  run.options.output = commands::Output::table;
  run.options.run = "irs";
  const Ran first = run.cases(cases);
  CHECK(first.exit == 0);
  CHECK_THAT(first.out, Contains("first") && !Contains("second"));
  run.options.run = "third";
  CHECK(run.cases(cases).exit == 2);
  CHECK_THAT(run.cases(cases).err, Contains("no case's name contains third"));
}

TEST_CASE("a directory without cases, and a file that is none, are errors") {
  TestRun run;
  CHECK(run.run("absent").exit == 2);
  const Ran policies = run.run("policies.yaml");
  CHECK(policies.exit == 2);
  CHECK_THAT(policies.err,
             Contains("kind: \"SecretPolicy\" is not supported; this secret-hygiene knows PolicyTest"));
  run.write("empty.yaml", "# nothing\n");
  CHECK_THAT(run.run("empty.yaml").err, Contains("no case: give at least one document of kind PolicyTest"));
}

TEST_CASE("a case says with now when it is written, and else is written now") {
  TestRun run;
  run.write("policies.yaml",
            kPolicies +
                "  exceptions: [{names: [s], namespaces: [default], until: 2027-01-31, reason: It moves.}]\n"
                "---\napiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: old}\n"
                "spec:\n  mode: Enforce\n  limits: {bytesPerSecret: 10}\n"
                "  exceptions: [{names: [s], namespaces: [default], until: 2020-01-31, reason: r}]\n");
  CHECK(run.cases(a_case(kLarge + ", now: 2020-01-31T23:59:59Z", "verdict: spared")).exit == 0);
  CHECK(run.cases(a_case(kLarge + ", now: 2027-02-01T00:59:59+01:00", "verdict: denied, policy: old")).exit ==
        0);
  CHECK(run.cases(a_case(kLarge + ", now: \"2027-02-01T00:00:00Z\"",
                         "verdict: denied, policy: size, message: \"ended on 2027-01-31: It moves.\""))
            .exit == 0);
  CHECK(run.cases(a_case(kLarge, "verdict: denied, policy: old")).exit == 0);
  for (const char* now : {"2027-01-31", "2027-01-31T00:00:00", "5"}) {
    const Ran ran = run.cases(a_case(kLarge + ", now: " + now, "verdict: denied"));
    CHECK(ran.exit == 2);
    CHECK_THAT(ran.err, Contains("cases[0].now: "));
  }
}

TEST_CASE("a case says with namespaceLabels what labels its namespace has") {
  TestRun run;
  run.write("policies.yaml",
            "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: gold}\nspec:\n"
            "  mode: Enforce\n  match: {namespaceSelector: {matchLabels: {tier: gold}}}\n"
            "  exclude: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: spared}}}\n"
            "  limits: {bytesPerSecret: 10}\n");
  const std::string in = "object: {metadata: {name: s, namespace: spared}, fill: {data: {k: 11}}}";
  CHECK(run.cases(a_case(kLarge + ", namespaceLabels: {tier: gold}", "verdict: denied")).exit == 0);
  CHECK(run.cases(a_case(kLarge + ", namespaceLabels: {tier: iron}", "verdict: allowed, applies: []")).exit ==
        0);
  CHECK(run.cases(a_case(kLarge, "verdict: allowed, applies: []")).exit == 0);
  CHECK(run.cases(a_case(in + ", namespaceLabels: {tier: gold}", "verdict: allowed, applies: []")).exit == 0);
  for (const char* labels : {"gold", "{}", "{tier: 5}", "{tier: a b}", "{a b: c}"}) {
    const Ran ran = run.cases(a_case(kLarge + ", namespaceLabels: " + labels, "verdict: denied"));
    CHECK(ran.exit == 2);
    CHECK_THAT(ran.err, Contains("cases[0].namespaceLabels"));
  }
}
