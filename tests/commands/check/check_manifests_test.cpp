#include "commands/check/check_manifests.hpp"

#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "commands/check/check_input.hpp"

using namespace hygiene;

namespace {

using Lines = std::vector<std::string>;

// One line for each thing that is told of.
class Telling final : public commands::ManifestHandler {
 public:
  Lines lines;

  void secret(const secret::Facts& facts, const base::Position& where) override {
    lines.push_back("secret " + facts.namespace_name + "/" + facts.name + " " + facts.type + " " +
                    std::to_string(facts.key_count) + " keys " + std::to_string(facts.data_bytes) +
                    " bytes line " + std::to_string(where.line));
  }
  void review(const admission::Review& review, const base::Position& where) override {
    lines.push_back("review " + std::string(to_string(review.operation)) + " " + review.object.name + " by " +
                    review.requester.username + " line " + std::to_string(where.line));
  }
  void unfinished(commands::Unfinished why, const base::Position& where) override {
    const bool encrypted = why == commands::Unfinished::encrypted;
    lines.push_back((encrypted ? "encrypted line " : "placeholder line ") + std::to_string(where.line));
  }
  void name_space(const secret::Facts& facts) override {
    std::string line = "namespace " + facts.name;
    for (const secret::Label& label : facts.labels) line += " " + label.key + "=" + label.value;
    lines.push_back(std::move(line));
  }
  void other() override { lines.emplace_back("other"); }
  void no_object(const Error& error) override { lines.push_back("no object " + text_of(error)); }
  void fault(const Error& error) override { lines.push_back(text_of(error)); }

 private:
  static std::string text_of(const Error& error) {
    return std::to_string(error.where().line) + ":" + std::to_string(error.where().column) + " " +
           error.message();
  }
};

Lines read(const std::string& text) {
  std::istringstream in(text);
  Telling telling;
  commands::read_manifests(in, telling);
  return telling.lines;
}

// "aGVsbG8=" is five bytes.
const std::string kSecret =
    R"({"apiVersion":"v1","data":{"k":"aGVsbG8="},"kind":"Secret","metadata":{"name":"s","namespace":"ns"},"type":"Opaque"})";
const std::string kConfigMap =
    R"({"apiVersion":"v1","data":{"k":"not base64"},"kind":"ConfigMap","metadata":{"name":"c"}})";
const std::string kSecretYaml =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: ns}\ntype: Opaque\ndata: {k: aGVsbG8=}\n";
const std::string kReview =
    R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":"","version":"v1","kind":"Secret"},)"
    R"("operation":"CREATE","userInfo":{"username":"alice"},"object":)";

std::string told(std::size_t line) {
  return "secret ns/s Opaque 1 keys 5 bytes line " + std::to_string(line);
}

std::string list_of(const std::string& items, const std::string& kind = "List") {
  return R"({"apiVersion":"v1","items":[)" + items + R"(],"kind":")" + kind +
         R"(","metadata":{"resourceVersion":""}})";
}

const char* const kNoKind = "the object has no kind, so it is not a Kubernetes manifest";

}  // namespace

TEST_CASE("Secrets are found in JSON of every shape that kubectl prints or takes") {
  struct Case {
    const char* name;
    std::string text;
    Lines lines;
  };
  const std::string nameless =
      R"({"metadata":{"name":"s","namespace":"ns"},"data":{"k":"aGVsbG8="},"type":"Opaque"})";
  const Case cases[] = {
      {"one Secret", kSecret, {told(1)}},
      {"with a byte order mark", "\xEF\xBB\xBF" + kSecret, {told(1)}},
      {"after blank lines", "\n \n  " + kSecret, {told(3)}},
      {"one after the other", kSecret + kSecret + "\n" + kSecret, {told(1), told(1), told(2)}},
      {"a line each", kSecret + "\n" + kConfigMap + "\n" + kSecret + "\n", {told(1), "other", told(3)}},
      {"a List whose kind comes last",
       list_of("\n" + kSecret + ",\n" + kConfigMap + ",\n" + kSecret + "\n"),
       {told(2), "other", told(4)}},
      {"a List whose kind comes first",
       R"({"kind":"List","apiVersion":"v1","items":[)" + kSecret + "]}",
       {told(1)}},
      {"an empty List", list_of(""), {}},
      {"a List without items", R"({"kind":"List","apiVersion":"v1"})", {}},
      {"a List whose items are null", R"({"kind":"List","apiVersion":"v1","items":null})", {}},
      {"a List in a List", list_of(list_of(kSecret) + "," + kSecret), {told(1), told(1)}},
      {"a SecretList", list_of(kSecret, "SecretList"), {told(1)}},
      {"a SecretList as the API server sends it",
       R"({"kind":"SecretList","apiVersion":"v1","items":[)" + nameless + "]}",
       {told(1)}},
      {"the same with its keys sorted", list_of(nameless, "SecretList"), {told(1)}},
      {"a list of another kind as the API server sends it",
       R"({"kind":"PodList","apiVersion":"v1","items":[{"metadata":{}},{"spec":1}]})",
       {"other", "other"}},
      {"the same with its keys sorted", list_of(R"({"metadata":{}})", "PodList"), {"other"}},
      {"an object that has items of its own",
       R"({"kind":"Menu","apiVersion":"x/v1","items":["tea",{"a":1}]})",
       {"other", "other"}},
      {"a Secret of another group", R"({"apiVersion":"x.io/v1","kind":"Secret","data":5})", {"other"}},
      {"another kind with fields that a Secret could not have",
       R"({"data":5,"type":[1],"metadata":{"labels":7},"apiVersion":"v1","kind":"Pod"})",
       {"other"}},
      {"stringData folded over data",
       R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"ns"},"type":"Opaque","stringData":{"k":"hello"},"data":{"k":"aGk="}})",
       {told(1)}},
      {"an escaped kind",
       R"({"apiVersion":"v1","kind":"\u0053ecret","metadata":{"name":"s","namespace":"ns"},"type":"Opaque","data":{"k":"aGVsbG8="}})",
       {told(1)}},
      {"YAML after JSON", kSecret + "\n---\n" + kSecretYaml, {told(1), told(3)}},
  };
  for (const auto& [name, text, lines] : cases) {
    CAPTURE(name);
    CHECK(read(text) == lines);
  }
}

TEST_CASE("Secrets are found in YAML of many documents") {
  struct Case {
    const char* name;
    std::string text;
    Lines lines;
  };
  const Case cases[] = {
      {"one Secret", kSecretYaml, {told(1)}},
      {"with a byte order mark", "\xEF\xBB\xBF" + kSecretYaml, {told(1)}},
      {"after a comment", "# hello\n---\n" + kSecretYaml, {told(3)}},
      {"of many documents",
       kSecretYaml + "---\n" + kSecretYaml + "---\nkind: Pod\napiVersion: v1\n---\n",
       {told(1), told(7), "other"}},
      {"a List, indented",
       "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s, namespace: ns}\n  "
       "type: Opaque\n  data: {k: aGVsbG8=}\nkind: List\n",
       {told(3)}},
      {"an indented document",
       "\n  apiVersion: v1\n  kind: Secret\n  metadata: {name: s, namespace: ns}\n  type: Opaque\n  data: "
       "{k: aGVsbG8=}\n",
       {told(2)}},
      {"JSON within YAML", "---\n" + kSecret + "\n", {told(2)}},
      {"comments only", "# nothing\n---\n# here\n", {}},
      {"a value of several lines",
       "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: ns}\ntype: Opaque\ndata:\n  k: |\n    "
       "aGVs\n    bG8=\n",
       {told(1)}},
      {"anchors, aliases and merge keys",
       "x: &m {name: s, namespace: ns}\nkind: &k Secret\napiVersion: v1\nmetadata: *m\ntype: Opaque\n"
       "data:\n  <<: {k: aGVsbG8=}\n",
       {told(1)}},
      {"a merge key that gives what a key behind it replaces",
       "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: ns}\ntype: Opaque\ndata:\n  <<: {k: "
       "bG9uZ2Vy}\n  k: aGVsbG8=\n",
       {told(1)}},
      {"Secrets of a List that are aliases",
       "kind: List\napiVersion: v1\nx: &s\n  apiVersion: v1\n  kind: Secret\n  metadata: {name: s, "
       "namespace: ns}\n"
       "  type: Opaque\n  data: {k: aGVsbG8=}\nitems: [*s, *s]\n",
       {told(9), told(9)}},
      {"an alias where the kind belongs",
       "apiVersion: v1\nx: &s Secret\nkind: *s\nmetadata: {name: s, namespace: ns}\ntype: Opaque\ndata: {k: "
       "aGVsbG8=}\n",
       {told(1)}},
      {"a byte order mark at a later document",
       kSecretYaml + "---\n\xEF\xBB\xBF" + kSecretYaml,
       {told(1), told(7)}},
      {"aliases in another kind", "apiVersion: v1\nkind: Pod\nmetadata: &m {name: s}\nspec: *m\n", {"other"}},
      {"a merge key in another kind", "apiVersion: v1\nkind: Pod\nmetadata:\n  <<: {name: s}\n", {"other"}},
  };
  for (const auto& [name, text, lines] : cases) {
    CAPTURE(name);
    CHECK(read(text) == lines);
  }
}

TEST_CASE("a recorded AdmissionReview is read whole, whatever comes first in it") {
  CHECK(read(kReview + kSecret + "}}\n") == Lines{"review CREATE s by alice line 1"});
  CHECK(read("\n" + kReview + kSecret + "}}\n" + kReview + kSecret + "}}") ==
        Lines{"review CREATE s by alice line 2", "review CREATE s by alice line 3"});
  CHECK(read("apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  uid: u\n  kind: {group: "
             "'', version: v1, kind: Secret}\n"
             "  operation: CREATE\n  userInfo: {username: bob}\n  object: " +
             kSecret + "\n") == Lines{"review CREATE s by bob line 1"});
}

TEST_CASE("what cannot be judged is told of with its place, and the rest is read") {
  struct Case {
    const char* name;
    std::string text;
    Lines lines;
  };
  const Case cases[] = {
      {"nothing", "", {"no object 1:1 it is empty: there is nothing to judge"}},
      {"blanks", " \n\n", {"no object 3:1 it is empty: there is nothing to judge"}},
      {"no kind", R"({"a":1})", {std::string("no object 1:0 ") + kNoKind}},
      {"a kind that is no string",
       R"({"kind":1,"apiVersion":"v1"})",
       {std::string("no object 1:0 ") + kNoKind}},
      {"a Secret without apiVersion",
       R"({"kind":"Secret"})",
       {"1:0 a Secret without apiVersion; expected v1"}},
      {"data that is not base64",
       kSecret + "\n" + R"({"apiVersion":"v1","kind":"Secret",)" + "\n" + R"("data":{"k":"?"}})" + "\n" +
           kSecret,
       {told(1), "3:0 data.k: not base64", told(4)}},
      {"a number in data",
       list_of(R"({"apiVersion":"v1","kind":"Secret","data":{"k":1}},)" + kSecret),
       {"1:0 data.k: expected a string, found a number", told(1)}},
      {"a Secret with items",
       R"({"apiVersion":"v1","kind":"Secret","items":[]})",
       {"1:0 a Secret has no field `items`; remove it"}},
      {"a List with items that say nothing",
       list_of(R"({"a":1},{"b":1},)" + kSecret),
       {told(1), "1:0 2 items of the list have no kind"}},
      {"a List with something else than objects",
       list_of("1," + kSecret + ",[[{}],\"a\"]"),
       {told(1), "1:0 2 items of the list have no kind"}},
      {"an item of a SecretList that is none",
       R"({"kind":"SecretList","apiVersion":"v1","items":[{"data":{"k":"?"}}]})",
       {"1:0 data.k: not base64"}},
      {"items without a kind for them", R"({"items":[]})", {std::string("no object 1:0 ") + kNoKind}},
      {"cut JSON",
       kSecret + "\n{\"kind\":",
       {told(1), "2:9 the text ends before its JSON document is complete"}},
      {"broken JSON",
       kSecret + "\n{\"kind\";1}\n" + kSecret,
       {told(1), "2:8 not JSON: syntax error; the rest of this input was not judged"}},
      {"a key given twice",
       R"({"kind":"Secret","kind":"Pod","apiVersion":"v1"})",
       {"1:48 an object gives a key twice; the rest of this input was not judged"}},
      {"a JSON array",
       "[" + kSecret + "]",
       {"no object 1:1 expected an object: a Secret, a List or an AdmissionReview"}},
      {"text",
       "hello\n---\n" + kSecretYaml,
       {"no object 1:1 expected an object: a Secret, a List or an AdmissionReview", told(3)}},
      {"text, then what is no YAML",
       "hello\n---\na: [\n",
       {"no object 1:1 expected an object: a Secret, a List or an AdmissionReview",
        "4:1 not YAML (end of sequence flow not found)"}},
      {"Lists too deep",
       list_of(list_of(list_of(list_of("{}")))),
       {"1:85 a List in a List in a List is not read; the rest of this input was not judged"}},
      {"a number in YAML data",
       "apiVersion: v1\nkind: Secret\ndata:\n  k: 123\n---\n" + kSecretYaml,
       {"4:6 data.k: expected a string, found a number", told(6)}},
      {"an alias of something that is not there",
       "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nx: *m\n---\n" + kSecretYaml,
       {"4:4 not YAML (the referenced anchor is not defined)", told(6)}},
      {"an alias for a List's item that gives no kind",
       "apiVersion: v1\nkind: List\nx: &s {a: b}\nitems:\n- *s\n",
       {"5:3 an item of the list has no kind"}},
      {"a merge key that changes a key before it",
       "apiVersion: v1\nkind: Secret\ndata:\n  a: aGk=\n  <<: {a: aGk=}\n",
       {"5:3 this merge key (<<) changes the key a of line 4 in kubectl but not in other tools; write << "
        "first"}},
      {"YAML that is none",
       "apiVersion: [v1\n---\n" + kSecretYaml,
       {"2:1 not YAML (end of sequence flow not found)", told(3)}},
      {"a review without uid",
       R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{}})",
       {"1:0 request.uid: missing"}},
      {"a review with data that is not base64",
       kReview + R"({"data":{"k":"?"}}}})",
       {"1:0 request.object.data.k: not base64"}},
      {"a review of an older version",
       R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":{}})",
       {"1:0 expected kind AdmissionReview of apiVersion admission.k8s.io/v1"}},
      {"a review with a field that it cannot have",
       R"({"metadata":{},"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{}})",
       {"1:0 an AdmissionReview has only the fields kind, apiVersion, request and response"}},
  };
  for (const auto& [name, text, lines] : cases) {
    CAPTURE(name);
    CHECK(read(text) == lines);
  }
}

TEST_CASE("a Secret that another program is to finish is told of and not judged") {
  const std::string head = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
  struct Case {
    const char* name;
    std::string text;
    Lines lines;
  };
  const Case cases[] = {
      {"of SOPS", head + "data: {k: \"ENC[AES256_GCM,data:abc=]\"}\nsops: {mac: x}\n", {"encrypted line 1"}},
      {"of SOPS in JSON",
       R"({"sops":{"mac":"x"},"data":{"k":"ENC[x]"},"kind":"Secret","apiVersion":"v1"})",
       {"encrypted line 1"}},
      {"of SOPS with everything encrypted",
       "apiVersion: ENC[AES256_GCM,data:a]\nkind: ENC[AES256_GCM,data:b]\nsops: {mac: x}\n",
       {"encrypted line 1"}},
      {"of SOPS in a List",
       list_of(R"({"apiVersion":"v1","kind":"Secret","data":{"k":"ENC[x]"},"sops":{}},)" + kSecret),
       {"encrypted line 1", told(1)}},
      {"a ConfigMap of SOPS", "apiVersion: v1\nkind: ConfigMap\nsops: {mac: x}\n", {"other"}},
      {"a member sops that is none of SOPS",
       head + "sops: yes\ndata: {k: aGVsbG8=}\n",
       {"secret /s  1 keys 5 bytes line 1"}},
      {"a key sops in its data", head + "data: {sops: aGVsbG8=}\n", {"secret /s  1 keys 5 bytes line 1"}},
      {"a placeholder in data",
       head + "data: {k: <path:secret/data/db#password | base64encode>}\n",
       {"placeholder line 1"}},
      {"a placeholder within a text",
       head + "stringData: {k: \"url: https://x:<path:db#password#2>@y\"}\n",
       {"placeholder line 1"}},
      {"a placeholder after what is like one",
       head + "stringData: {k: \"<pa<path:a#b>\"}\n",
       {"placeholder line 1"}},
      {"a placeholder in JSON",
       R"({"apiVersion":"v1","kind":"Secret","data":{"k":"<\u0070ath:a#b>"}})",
       {"placeholder line 1"}},
      {"a placeholder in a List, and a Secret without one",
       list_of(R"({"apiVersion":"v1","kind":"Secret","stringData":{"k":"<path:a#b>"}},)" + kSecret),
       {"placeholder line 1", told(1)}},
      {"no key", head + "stringData: {k: <path:ab>}\n", {"secret /s  1 keys 9 bytes line 1"}},
      {"over two lines",
       head + "stringData: {k: \"<path:a\\n#b>\"}\n",
       {"secret /s  1 keys 11 bytes line 1"}},
      {"over two values",
       head + "stringData: {k: \"<path:a\", l: \"#b>\"}\n",
       {"secret /s  2 keys 10 bytes line 1"}},
      {"a ConfigMap with a placeholder",
       "apiVersion: v1\nkind: ConfigMap\ndata: {k: <path:a#b>}\n",
       {"other"}},
  };
  for (const auto& [name, text, lines] : cases) {
    CAPTURE(name);
    CHECK(read(text) == lines);
  }
}

TEST_CASE("a field, kind or version in wrong case gets the right one") {
  struct Case {
    const char* text;
    const char* line;
  };
  const Case cases[] = {
      {"apiVersion: v1\nkind: secret\n", "1:1 kind secret: did you mean Secret?"},
      {"kind: SECRET\n", "1:1 kind SECRET: did you mean Secret?"},
      {"apiVersion: V1\nkind: Secret\n", "1:1 apiVersion V1: did you mean v1?"},
      {"apiVersion: v1\nkind: Secret\nstringdata: {k: v}\n", "3:1 stringdata: did you mean stringData?"},
      {"apiVersion: v1\nkind: Secret\nData: {k: v}\n", "3:1 Data: did you mean data?"},
      {"apiVersion: v1\nKind: Secret\n", "2:1 Kind: did you mean kind?"},
      {"apiversion: v1\nkind: Secret\n", "1:1 apiversion: did you mean apiVersion?"},
      {"apiVersion: x.io/v1\nkind: secret\nstringdata: {k: v}\n", "other"},
      {"apiVersion: v1\nkind: Pod\nData: {k: v}\n", "other"},
  };
  for (const auto& [text, line] : cases) {
    CAPTURE(text);
    CHECK(read(text) == Lines{line});
  }
}

TEST_CASE("a template that cannot be read is to be rendered first") {
  const std::string hint = "; this looks like a template; render it first: helm template";
  for (const char* const text :
       {"{{- if .Values.x }}\napiVersion: v1\nkind: Secret\n{{- end }}\n", "  {{ include \"x\" . }}\n",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Values.name }}\n",
        "apiVersion: v1\nkind: Secret\ndata:\n  {{- range .Values.data }}\n  k: v\n  {{- end }}\n",
        "apiVersion: v1\nkind: Secret\ndata: {k: '{{ .Values.password | b64enc }}'}\n"}) {
    CAPTURE(text);
    const Lines lines = read(text);
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::EndsWith(hint));
  }
  // Alertmanager's configuration holds templates of its own.
  CHECK(read("apiVersion: v1\nkind: Secret\nstringData: {k: '{{ .Alerts }}'}\n") ==
        Lines{"secret /  1 keys 13 bytes line 1"});
  CHECK(read("apiVersion: v1\nkind: Secret\nstringData: {k: '{{ .Alerts }}'}\n---\na: [\n").back() ==
        "6:1 not YAML (end of sequence flow not found)");
}

TEST_CASE("UTF-16 is read, of either byte order") {
  for (const bool little : {true, false}) {
    CAPTURE(little);
    std::string utf16;
    const auto put = [&](unsigned unit) {
      const char high = static_cast<char>(unit >> 8);
      const char low = static_cast<char>(unit & 0xFF);
      utf16 += little ? low : high;
      utf16 += little ? high : low;
    };
    put(0xFEFF);
    for (const char c : std::string("{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"s\"}"
                                    ",\"stringData\":{\"k\":\""))
      put(static_cast<unsigned char>(c));
    // 2, 3 and 4 bytes in UTF-8, then a lone half of a pair on each side, 3 bytes each.
    for (const unsigned unit : {0xE4U, 0x20ACU, 0xD83DU, 0xDE00U, 0xDC00U, 0xD800U}) put(unit);
    for (const char c : std::string("\"}}\n")) put(static_cast<unsigned char>(c));
    CHECK(read(utf16) == Lines{"secret /s  1 keys 15 bytes line 1"});
    utf16.clear();
    put(0xFEFF);
    for (std::size_t i = 0; i < 3000; ++i) put('#');
    put('\n');
    for (const char c : kSecretYaml + "---\n" + kSecretYaml) put(static_cast<unsigned char>(c));
    CHECK(read(utf16) == Lines{told(2), told(8)});
    CHECK(read(utf16 + "\n") == Lines{told(2), "13:1 not YAML (expected a key and a colon here)"});
  }
  CHECK(read("\xFF") == Lines{"1:1 a byte that is not allowed in YAML"});
  CHECK(read("\xFE\xFE\xFF") == Lines{"1:1 a byte that is not allowed in YAML"});
  CHECK(read("\xFF\xFE") == Lines{"no object 1:1 it is empty: there is nothing to judge"});
}

TEST_CASE("an input that fails half-way is a fault") {
  class Failing final : public std::streambuf {
   public:
    explicit Failing(std::string text) : text_(std::move(text)) {
      setg(text_.data(), text_.data(), text_.data() + text_.size());
    }

   protected:
    int_type underflow() override { throw std::runtime_error("no more"); }

   private:
    std::string text_;
  } broken(kSecret + "\n");
  std::istream failing(&broken);
  Telling telling;
  commands::read_manifests(failing, telling);
  CHECK(telling.lines.back().ends_with("it cannot be read to its end"));
}

TEST_CASE("manifests cut or broken at any byte neither crash nor name a value") {
  for (const std::string& whole :
       {list_of(kSecret + "," + kConfigMap), kReview + kSecret + "}}", kSecretYaml + "---\n" + kSecretYaml}) {
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      std::string broken = whole;
      broken[cut] = static_cast<char>(broken[cut] ^ 0x11);
      for (const std::string& text : {whole.substr(0, cut), broken}) {
        const Lines lines = read(text);
        CAPTURE(text);
        for (const std::string& line : lines) CHECK(line.find("aGVsbG8") == std::string::npos);
      }
    }
  }
}

TEST_CASE("a Namespace tells its name and labels, in a List too; one that cannot be read is another kind") {
  const std::string space =
      R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","labels":{"tier":"gold"}},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}})";
  CHECK(read(space) == Lines{"namespace shop tier=gold"});
  CHECK(read(list_of(space + "," + kSecret)) == Lines{"namespace shop tier=gold", told(1)});
  CHECK(read("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n") == Lines{"namespace shop"});
  CHECK(read("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {tier: [gold]}}\n") ==
        Lines{"other"});
  CHECK(read("apiVersion: other/v1\nkind: Namespace\nmetadata: {name: shop}\n") == Lines{"other"});
}
