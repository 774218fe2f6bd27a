#include "commands/check/check.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

#include "commands/check/check_report.hpp"
#include "commands/check/check_run.hpp"
#include "support/json_oracle.hpp"
#include "support/source_dir.hpp"

using namespace hygiene;
using commands::Output;
using commands_test::CheckRun;
using commands_test::kPolicies;
using commands_test::Ran;

namespace {

std::string manifest(const std::string& name, const std::string& string_data, const std::string& more = "") {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: team-a}\nstringData: {" +
         string_data + "}\n" + more;
}

const std::string kFine = manifest("fine", "a: b");
const std::string kDenied = manifest("large", "a: elevenbytes");
const std::string kWarned = manifest("many", "a: b, c: d, e: f");
const std::string kAudited = manifest("watched", "a: sixbyt");
const std::string kHelm = manifest("sh.helm.release.v1.web.v1", "release: x", "type: helm.sh/release.v1\n");
const std::string kPod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n";

constexpr Output kOutputs[] = {Output::table, Output::json, Output::github, Output::sarif, Output::junit};

std::string documents(std::initializer_list<std::string> texts) {
  std::string all;
  for (const std::string& text : texts) all += text + "---\n";
  return all;
}

}  // namespace

TEST_CASE("the exit status is 0 for allowed, 1 for denied, and 2 wins where something cannot be judged") {
  struct Case {
    const char* name;
    std::string input;
    int exit;
  };
  const Case cases[] = {
      {"allowed", kFine, 0},
      {"exactly at the limit", manifest("s", "a: tenbytes10"), 0},
      {"one byte over", kDenied, 1},
      {"warned", kWarned, 0},
      {"audited", kAudited, 0},
      {"labelled", kHelm, 0},
      {"another kind", kPod, 0},
      {"broken", "a: [", 2},
      {"denied and broken", documents({kDenied, "a: ["}), 2},
      {"allowed and denied", documents({kFine, kDenied}), 1},
      {"empty", "", 2},
  };
  for (const auto& [name, input, exit] : cases) {
    CAPTURE(name);
    CheckRun check(kPolicies);
    for (const Output output : kOutputs) {
      check.options().output = output;
      CHECK(check.run({"-"}, input).exit == exit);
    }
  }
}

TEST_CASE("the table has a row for each Secret that is not plainly allowed, and a closing line") {
  CheckRun check(kPolicies);
  const Ran ran = check.run({"-"}, documents({kFine, kDenied, kWarned, kAudited, kHelm, kPod, kPod}));
  CHECK(ran.err.empty());
  CHECK(
      ran.out ==
      "PLACE  NAMESPACE  NAME                       VERDICT  LABELS                         REASON\n"
      "-:6    team-a     large                      denied   -\n"
      "    policy \"size\": 11 bytes of data exceeds bytesPerSecret 10 bytes: Secret team-a/large (largest\n"
      "    keys: a 11 bytes). Keep it short.\n"
      "    policy \"watch\": 11 bytes of data in one key exceeds bytesPerKey 5 bytes: Secret team-a/large\n"
      "    (largest keys: a 11 bytes)\n"
      "-:11   team-a     many                       warned   -\n"
      "    policy \"tidy\": 3 keys exceed keysPerSecret 2: Secret team-a/many (largest keys: a 1 byte, c 1\n"
      "    byte, e 1 byte)\n"
      "-:16   team-a     watched                    audited  -\n"
      "    policy \"watch\": 6 bytes of data in one key exceeds bytesPerKey 5 bytes: Secret team-a/watched\n"
      "    (largest keys: a 6 bytes)\n"
      "-:21   team-a     sh.helm.release.v1.web.v1  allowed  secret-hygiene.io/ignore=true  policy history\n"
      "\n"
      "5 Secrets: 2 allowed, 1 audited, 1 warned, 1 denied; 1 labelled; 2 objects of other kinds skipped\n");
}

TEST_CASE("a table without rows is its closing line") {
  CheckRun check(kPolicies);
  CHECK(check.run({"-"}, kFine).out == "1 Secret: 1 allowed\n");
  CHECK(check.run({"-"}, kPod).out == "0 Secrets: 0 allowed; 1 object of another kind skipped\n");
  CHECK(check.run({"-"}, "a: [").out == "0 Secrets: 0 allowed; 1 error\n");
}

TEST_CASE("only the table of a terminal is coloured") {
  CheckRun check(kPolicies);
  CHECK(check.run({"-"}, kDenied).out.find('\x1B') == std::string::npos);
  check.options().colour = true;
  CHECK(check.run({"-"}, kDenied).out.find("\x1B[31mdenied\x1B[0m") != std::string::npos);
  CHECK(check.run({"-"}, kWarned).out.find("\x1B[33mwarned\x1B[0m") != std::string::npos);
  for (const Output output : {Output::json, Output::github, Output::sarif, Output::junit}) {
    check.options().output = output;
    CHECK(check.run({"-"}, kDenied).out.find('\x1B') == std::string::npos);
  }
}

TEST_CASE("the table leaves out rows beyond its bound, counts them, and still sums up") {
  CheckRun check(kPolicies);
  std::string list = R"({"kind":"List","apiVersion":"v1","items":[)";
  for (std::size_t i = 0; i < commands::TextTable::kRowsMax + 2; ++i) {
    list += std::string(i > 0 ? "," : "") +
            R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"s"},"stringData":{"a":"elevenbytes"}})";
  }
  const Ran ran = check.run({"-"}, list + "]}");
  CHECK(ran.out.find("\n+2 more, which -o json lists\n") != std::string::npos);
  CHECK(ran.out.ends_with("\n20002 Secrets: 0 allowed, 20002 denied\n"));
  CHECK(ran.exit == 1);
}

TEST_CASE("the JSON report is one document that lists every judged Secret and every error") {
  CheckRun check(kPolicies);
  check.options().output = Output::json;
  const std::string path = check.file("in.yaml", documents({kFine, kDenied, kHelm, kPod, "a: ["}));
  const Ran ran = check.run({path, check.path("absent.yaml")});
  CHECK(ran.exit == 2);
  CHECK(
      ran.out ==
      R"({"apiVersion":"secret-hygiene.io/v1alpha1","kind":"CheckReport","results":[)"
      "\n"
      R"({"file":"DIR/in.yaml","line":1,"namespace":"team-a","name":"fine","type":"Opaque","bytes":1,"verdict":"allowed","violations":[],"labels":[]})"
      "\n,"
      R"({"file":"DIR/in.yaml","line":6,"namespace":"team-a","name":"large","type":"Opaque","bytes":11,"verdict":"denied","violations":[)"
      R"({"policy":"size","limit":"bytesPerSecret","mode":"Enforce","measured":11,"allowed":10,"outcome":"denied","message":"policy \"size\": 11 bytes of data exceeds bytesPerSecret 10 bytes: Secret team-a/large (largest keys: a 11 bytes). Keep it short."},)"
      R"x({"policy":"watch","limit":"bytesPerKey","mode":"Audit","measured":11,"allowed":5,"outcome":"audited","message":"policy \"watch\": 11 bytes of data in one key exceeds bytesPerKey 5 bytes: Secret team-a/large (largest keys: a 11 bytes)"}],"labels":[]})x"
      "\n,"
      R"({"file":"DIR/in.yaml","line":11,"namespace":"team-a","name":"sh.helm.release.v1.web.v1","type":"helm.sh/release.v1","bytes":1,"verdict":"allowed","violations":[],"labels":[{"action":"add","key":"secret-hygiene.io/ignore","value":"true","policy":"history"}]})"
      "\n,"
      R"x({"file":"DIR/in.yaml","line":22,"column":1,"verdict":"error","message":"not YAML (end of sequence flow not found)"})x"
      "\n,"
      R"({"file":"DIR/absent.yaml","line":0,"verdict":"error","message":"cannot be opened: No such file or directory"})"
      "\n]"
      R"(,"summary":{"secrets":3,"allowed":2,"denied":1,"warned":0,"audited":0,"spared":0,"labelled":1,"otherReviews":0,"encrypted":0,"placeholders":0,"otherKinds":1,"noObjects":0,"errors":2}})"
      "\n");
  rapidjson::Document parsed;
  parsed.Parse(ran.out.c_str());
  CHECK_FALSE(parsed.HasParseError());
}

TEST_CASE("the GitHub report is workflow commands and nothing else") {
  CheckRun check(kPolicies);
  check.options().output = Output::github;
  const std::string path =
      check.file("a,b:c%.yaml", documents({kFine, kDenied, kWarned, kAudited, kHelm, "a: ["}));
  const Ran ran = check.run({path});
  CHECK(
      ran.out ==
      "::error file=DIR/a%2Cb%3Ac%25.yaml,line=6,title=size/bytesPerSecret::policy \"size\": 11 bytes of "
      "data exceeds "
      "bytesPerSecret 10 bytes: Secret team-a/large (largest keys: a 11 bytes). Keep it short.\n"
      "::warning file=DIR/a%2Cb%3Ac%25.yaml,line=11,title=tidy/keysPerSecret::policy \"tidy\": 3 keys exceed "
      "keysPerSecret 2: Secret team-a/many (largest keys: a 1 byte, c 1 byte, e 1 byte)\n"
      "::error file=DIR/a%2Cb%3Ac%25.yaml,line=28,col=1,title=cannot judge::not YAML (end of sequence flow "
      "not found)\n");
  CHECK(ran.err ==
        "DIR/a,b:c%.yaml:28:1: not YAML (end of sequence flow not found)\n"
        "5 Secrets: 2 allowed, 1 audited, 1 warned, 1 denied; 1 labelled; 1 error\n");
  CHECK(check.run({"-"}, kDenied).out.starts_with("::error title=size/bytesPerSecret::policy"));
}

TEST_CASE("a newline or a control character of a name ends no workflow command and colours no terminal") {
  CheckRun check(kPolicies);
  const std::string input =
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a\n::error::x\u001b[31m\u009b"},"stringData":{"k\n":"elevenbytes"}})";
  for (const Output output : kOutputs) {
    check.options().output = output;
    const Ran ran = check.run({"-"}, input);
    CAPTURE(static_cast<int>(output), ran.out);
    CHECK(ran.exit == 1);
    CHECK(ran.out.find("\n::error::x") == std::string::npos);
    CHECK(ran.out.find('\x1B') == std::string::npos);
    CHECK(ran.out.find("\xC2\x9B") ==
          (output == Output::json ? ran.out.rfind("\xC2\x9B") : std::string::npos));
  }
}

TEST_CASE("files and directories are judged as kubectl -f takes them") {
  CheckRun check(kPolicies);
  check.file("dir/b.yaml", kDenied);
  check.file("dir/a.json", R"({"apiVersion":"v1","kind":"Secret"})");
  check.file("dir/c.yml", kWarned);
  check.file("dir/d.txt", "a: [");
  check.file("dir/deeper/e.yaml", "a: [");
  check.file("empty/f.txt", "");
  check.options().output = Output::json;
  const Ran ran = check.run({check.path("dir"), "-"}, kFine);
  CHECK(ran.exit == 1);
  std::size_t at = 0;
  for (const char* file : {"DIR/dir/a.json", "DIR/dir/b.yaml", "DIR/dir/c.yml", "\"-\""}) {
    CAPTURE(file);
    at = ran.out.find(file, at);
    REQUIRE(at != std::string::npos);
  }
  CHECK(ran.out.find("\"secrets\":4,") != std::string::npos);
}

TEST_CASE("a directory may hold what is no Kubernetes object; it is skipped, counted, and named with -v") {
  CheckRun check(kPolicies);
  check.file("chart/Chart.yaml", "apiVersion: v2\nname: web\n");
  check.file("chart/values.yaml", "a: 1\na: [\n");
  check.file("chart/values-test.yaml", "replicas: 2\n");
  check.file("chart/kustomization.yaml", "resources: []\n");
  check.file("chart/kustomization.yml", "");
  check.file("chart/empty.yaml", "\n");
  check.file("chart/list.json", "[1, 2]\n");
  check.file("chart/package.json", "{\"name\": \"web\"}\n");
  check.file("chart/mixed.yaml", "a: 1\n---\n" + kFine + "---\ntext\n---\n" + kPod);
  const Ran quiet = check.run({check.path("chart")});
  CHECK(quiet.exit == 0);
  CHECK(quiet.err.empty());
  CHECK(quiet.out ==
        "1 Secret: 1 allowed; 1 object of another kind skipped; 10 files or documents without a Kubernetes "
        "object "
        "skipped\n");
  check.options().verbose = true;
  CHECK(check.run({check.path("chart")}).err ==
        "DIR/chart/Chart.yaml: skipped: no Kubernetes object\n"
        "DIR/chart/empty.yaml:2:1: skipped: no Kubernetes object\n"
        "DIR/chart/kustomization.yaml: skipped: no Kubernetes object\n"
        "DIR/chart/kustomization.yml: skipped: no Kubernetes object\n"
        "DIR/chart/list.json:1:1: skipped: no Kubernetes object\n"
        "DIR/chart/mixed.yaml:1:1: skipped: no Kubernetes object\n"
        "DIR/chart/mixed.yaml:8:1: skipped: no Kubernetes object\n"
        "DIR/chart/package.json:1: skipped: no Kubernetes object\n"
        "DIR/chart/values-test.yaml:1:1: skipped: no Kubernetes object\n"
        "DIR/chart/values.yaml: skipped: no Kubernetes object\n");
  // A file that is named is to be a manifest, and a broken one in a directory stays an error.
  CHECK(check.run({check.path("chart/values-test.yaml")}).exit == 2);
  CHECK(check.run({check.path("chart"), check.path("chart/empty.yaml")}).exit == 2);
  check.file("chart/broken.yaml", "a: [\n");
  CHECK(check.run({check.path("chart")}).exit == 2);
}

TEST_CASE("Secrets that another program is to finish are skipped, counted, and named with -v") {
  CheckRun check(kPolicies);
  const std::string input = documents(
      {manifest("a", "k: elevenbytes", "sops: {mac: x}\n"), manifest("b", "k: <path:vault#key>"), kFine});
  const Ran ran = check.run({"-"}, input);
  CHECK(ran.exit == 0);
  CHECK(ran.err.empty());
  CHECK(ran.out ==
        "1 Secret: 1 allowed; 1 Secret encrypted by SOPS skipped; 1 Secret with placeholders (<path:...>) "
        "skipped\n");
  check.options().verbose = true;
  CHECK(check.run({"-"}, input).err ==
        "standard input:1:1: skipped: encrypted by SOPS\n"
        "standard input:7:1: skipped: a placeholder (<path:...>) stands for a value\n");
  check.options().output = Output::json;
  CHECK(check.run({"-"}, input)
            .out.find(
                R"({"file":"-","line":1,"column":1,"verdict":"skipped","message":"encrypted by SOPS"})") !=
        std::string::npos);
}

TEST_CASE("a policy whose name is part of another's is named too") {
  CheckRun check(
      "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: history-long}\nspec: "
      "{labels: "
      "{a: \"1\", c: \"1\"}}\n---\n"
      "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: history}\nspec: {labels: "
      "{b: "
      "\"1\"}}\n");
  const std::string out = check.run({"-"}, kFine).out;
  CAPTURE(out);
  CHECK(out.find("policy history-long, history\n") != std::string::npos);
}

TEST_CASE("what cannot be opened or judged is one sentence on standard error that names it") {
  struct Case {
    std::vector<std::string> files;
    std::string error;
  };
  CheckRun check(kPolicies);
  check.file("empty/f.txt", "");
  check.file("empty.yaml", "");
  check.file("bad.json", "{\"kind\": \"Secret\",\n \"apiVersion\": \"v1\", \"data\": {\"a\": 1}}");
  const Case cases[] = {
      {{}, "name at least one file or directory to judge, or - for standard input\n"},
      {{"-", "-"}, "standard input (-) can be read only once\n"},
      {{check.path("absent.yaml")}, "DIR/absent.yaml: cannot be opened: No such file or directory\n"},
      {{check.path("empty")}, "DIR/empty: no *.yaml, *.yml or *.json file is in the directory\n"},
      {{check.path("empty.yaml")}, "DIR/empty.yaml:1:1: it is empty: there is nothing to judge\n"},
      {{check.path("bad.json")}, "DIR/bad.json:2: data.a: expected a string, found a number\n"},
      {{"-"}, "standard input:1:1: it is empty: there is nothing to judge\n"},
  };
  for (const auto& [files, error] : cases) {
    const Ran ran = check.run(files);
    CHECK(ran.exit == 2);
    CHECK(ran.err == error);
  }
}

TEST_CASE("bad policies end the check with every error of theirs") {
  CheckRun check(
      "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: a}\nspec: {colour: 1, "
      "size: 2}\n");
  const Ran ran = check.run({"-"}, kFine);
  CHECK(ran.exit == 2);
  CHECK(ran.out.empty());
  CHECK(ran.err.find("policies.yaml:4:8: spec.colour") != std::string::npos);
  CHECK(ran.err.find("policies.yaml:4:19: spec.size") != std::string::npos);
  CHECK(ran.err.ends_with("nothing was judged; fix the policies and try again\n"));
  check.options().policies = check.path("absent");
  CHECK(check.run({"-"}, kFine).err.starts_with("cannot read the policies: DIR/absent"));
}

TEST_CASE("limits across Secrets are not judged, and check says so once") {
  CheckRun check(
      kPolicies +
      "---\napiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: quota}\nspec:\n"
      "  mode: Enforce\n  limits: {secretsPerNamespace: 1}\n");
  const Ran ran = check.run({"-"}, documents({kFine, kFine, kFine}));
  CHECK(ran.exit == 0);
  CHECK(
      ran.err ==
      "limits across Secrets (secretsPer..., bytesPerNamespace, bytesPerCluster) are not judged by check\n");
}

TEST_CASE("a manifest without a namespace is judged in the default one, or the one that is given") {
  CheckRun check(kPolicies);
  const std::string input =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: elevenbytes}\n";
  CHECK(check.run({"-"}, input).out.find("\n-:1    default    s ") != std::string::npos);
  check.options().namespace_default = "kube-system";
  CHECK(check.run({"-"}, input).exit == 0);
}

TEST_CASE("a Secret that was labelled once, exported and made small is judged without what is ours") {
  const std::string exported =
      "apiVersion: v1\nkind: Secret\ntype: Opaque\nmetadata:\n  name: ca\n  namespace: shop\n"
      "  labels: {secret-hygiene.io/oversized: \"true\"}\n  annotations:\n"
      "    secret-hygiene.io/owned-labels: secret-hygiene.io/oversized=true\n"
      "    secret-hygiene.io/bytes: \"307200\"\n    note: ten bytes.\nstringData: {ca.crt: small}\n";
  // "note: ten bytes." is 14 bytes of annotations.
  for (const auto& [limit, exit] : {std::pair{14, 0}, std::pair{13, 1}}) {
    CheckRun check(
        "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: p}\nspec:\n"
        "  mode: Enforce\n  limits: {annotationBytes: " +
        std::to_string(limit) + "}\n");
    const Ran ran = check.run({"-"}, exported);
    INFO(ran.out);
    CHECK(ran.exit == exit);
    CHECK(ran.out.find("14 bytes of annotations") ==
          (exit == 0 ? std::string::npos : ran.out.find("14 bytes")));
  }
}

TEST_CASE("every recorded review is judged as the webhook would have") {
  CheckRun check(test::read_source_file("policies/default/helm-history.yaml"));
  std::vector<std::string> files;
  for (const std::string& path : test::sample_paths()) files.push_back(test::source_dir() + "/" + path);
  const Ran ran = check.run(files);
  CHECK(ran.exit == 0);
  CHECK(ran.err.empty());
  CHECK(ran.out.ends_with("\n32 Secrets: 32 allowed; 7 labelled; 8 reviews of other requests allowed\n"));
}

TEST_CASE("a value appears in no output, whatever becomes of its Secret") {
  const std::string canary = "CANARYVALUE";
  const std::string base64 = "Q0FOQVJZVkFMVUU=";
  const std::vector<std::string> inputs = {
      manifest("s", "a: " + canary),
      manifest("s", "a: \"" + canary),
      manifest("s", "a: [" + canary + "]"),
      manifest("s", "a: *" + canary),
      manifest("s", "a: !!int " + canary),
      manifest("s", "a: \"" + canary + "\\y\""),
      "apiVersion: v1\nkind: Secret\ndata: {a: " + canary + "}\n",
      "apiVersion: v1\nkind: Secret\ndata: {a: " + base64 + "}\nmetadata: {annotations: {x: " + canary +
          "}, labels: [" + canary + "]}\n",
      canary,
      "{\"" + canary,
      R"({"apiVersion":"v1","kind":"Secret","data":{"a":")" + canary + R"("}})",
      R"({"apiVersion":"v1","kind":"Secret","data":{"a":")" + base64 + R"("},"stringData":{"b":")" + canary +
          "\xFF\"}}",
      R"({"apiVersion":"v1","kind":"Secret","stringData":{"b":")" + canary + R"("}})",
      R"({"kind":"List","items":[")" + canary + R"("]})",
  };
  for (const std::string& input : inputs) {
    for (const Output output : kOutputs) {
      CAPTURE(input, static_cast<int>(output));
      CheckRun check(kPolicies);
      check.options().output = output;
      const Ran ran = check.run({"-"}, input);
      for (const std::string& text : {ran.out, ran.err}) {
        CHECK(text.find(canary) == std::string::npos);
        CHECK(text.find(base64.substr(0, 8)) == std::string::npos);
      }
    }
  }
}

TEST_CASE("an exception spares a manifest and a review until it ends, and a denial after that names it") {
  CheckRun check(
      "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: size}\nspec:\n"
      "  mode: Enforce\n  limits: {bytesPerSecret: 1}\n"
      "  exceptions: [{names: [\"*\"], namespaces: [\"*\"], until: 2027-01-31, reason: It moves.}]\n");
  check.options().output = commands::Output::json;  // does not break a sentence over lines
  const std::string manifest = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {k: larger}\n";
  const std::chrono::sys_seconds end = std::chrono::sys_days(std::chrono::year(2027) / 2 / 1);
  for (const std::string& input : {manifest, test::read_source_file("tests/samples/create-opaque.json")}) {
    check.options().now = end - std::chrono::seconds(1);
    CHECK(check.run({"-"}, input).exit == 0);
    check.options().now = end;
    const auto denied = check.run({"-"}, input);
    CHECK(denied.exit == 1);
    CHECK_THAT(denied.out, Catch::Contains("ended on 2027-01-31: It moves."));
  }
}

namespace {

const std::string kGold =
    "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: gold}\nspec:\n"
    "  mode: Enforce\n  match: {namespaceSelector: {matchLabels: {tier: gold}}}\n  limits: {bytesPerSecret: "
    "10}\n";
const std::string kNamespace =
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: team-a, labels: {tier: gold}}\n";
const std::string kNotKnown =
    "the labels of namespace team-a are unknown: only kubernetes.io/metadata.name is assumed; add "
    "the Namespace to the files, or give --namespace-labels\n";

}  // namespace

TEST_CASE("the labels of a namespace come from its manifest, in whatever file and order it comes") {
  CheckRun check(kGold);
  const std::string large = check.file("dir/a.yaml", kDenied);
  const std::string space = check.file("dir/b.yaml", kNamespace);
  check.file("dir/kustomization.yaml", "resources: [a.yaml, b.yaml]\n");
  const std::string later = check.file("later.yaml", documents({kDenied, kNamespace}));
  for (const auto& files : std::vector<std::vector<std::string>>{
           {large, space}, {check.path("dir")}, {later}, {space, large}, {space, "-"}}) {
    const Ran ran = check.run(files, kDenied);
    CHECK(ran.exit == 1);
    CHECK(ran.err.empty());
  }
  // What is read once tells of a namespace before its Secrets, as helm and kustomize print it.
  CHECK(check.run({"-"}, documents({kNamespace, kDenied})).exit == 1);
  const Ran after = check.run({"-"}, documents({kDenied, kNamespace}));
  CHECK(after.exit == 0);
  CHECK(after.err == kNotKnown);
}

TEST_CASE("a namespace that nobody describes has the labels of --namespace-labels, or is said to have none") {
  CheckRun check(kGold);
  const Ran assumed = check.run({"-"}, kDenied);
  CHECK(assumed.exit == 0);
  CHECK(assumed.err == kNotKnown);
  check.options().namespace_labels = "env=prod,tier=gold";
  const Ran given = check.run({"-"}, kDenied);
  CHECK(given.exit == 1);
  CHECK(given.err.empty());
  // A manifest says more.
  const std::string silver = check.file(
      "n.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: team-a, labels: {tier: silver}}\n");
  CHECK(check.run({silver, "-"}, kDenied).exit == 0);
  for (const char* bad : {"tier", "tier=gold=x", "=gold", "a b=c", "tier=gold,tier=silver", ",tier=gold"}) {
    CAPTURE(bad);
    check.options().namespace_labels = bad;
    const Ran ran = check.run({"-"}, kDenied);
    CHECK(ran.exit == 2);
    CHECK(ran.err == std::string("--namespace-labels: write KEY=VALUE,KEY=VALUE, not \"") + bad + "\"\n");
  }
  // Where no policy asks, nothing is said.
  CheckRun other(kPolicies);
  CHECK(other.run({"-"}, kFine).err.empty());
}

TEST_CASE("a namespace with more labels than anybody writes is read") {
  CheckRun check(kGold);
  std::string labels;
  for (int i = 0; i < 10'000; ++i) labels += "k" + std::to_string(i) + ": v, ";
  const std::string space =
      check.file("n.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: team-a, labels: {" + labels +
                               "tier: gold}}\n");
  const Ran ran = check.run({space, "-"}, kDenied);
  CHECK(ran.exit == 1);
  CHECK(ran.err.empty());
}
