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
  void other() override { lines.emplace_back("other"); }
  void fault(const base::Error& error) override {
    lines.push_back(std::to_string(error.where().line) + ":" + std::to_string(error.where().column) + " " +
                    error.message());
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

const char* const kNoKind = "the object gives no kind: it is no Kubernetes manifest";

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
      {"nothing", "", {"1:1 it is empty: there is nothing to judge"}},
      {"blanks", " \n\n", {"3:1 it is empty: there is nothing to judge"}},
      {"no kind", R"({"a":1})", {std::string("1:0 ") + kNoKind}},
      {"a kind that is no string", R"({"kind":1,"apiVersion":"v1"})", {std::string("1:0 ") + kNoKind}},
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
       {told(1), "1:0 2 items of the list give no kind"}},
      {"a List with something else than objects",
       list_of("1," + kSecret + ",[[{}],\"a\"]"),
       {told(1), "1:0 2 items of the list give no kind"}},
      {"an item of a SecretList that is none",
       R"({"kind":"SecretList","apiVersion":"v1","items":[{"data":{"k":"?"}}]})",
       {"1:0 data.k: not base64"}},
      {"items without a kind for them", R"({"items":[]})", {std::string("1:0 ") + kNoKind}},
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
       {"1:1 expected an object: a Secret, a List or an AdmissionReview"}},
      {"text",
       "hello\n---\n" + kSecretYaml,
       {"1:1 expected an object: a Secret, a List or an AdmissionReview", told(3)}},
      {"Lists too deep",
       list_of(list_of(list_of(list_of("{}")))),
       {"1:85 a List in a List in a List is not read; the rest of this input was not judged"}},
      {"a number in YAML data",
       "apiVersion: v1\nkind: Secret\ndata:\n  k: 123\n---\n" + kSecretYaml,
       {"4:6 data.k: expected a string, found a number", told(6)}},
      {"a YAML alias",
       "apiVersion: v1\nkind: Secret\nmetadata: &m {name: s}\nx: *m\n---\n" + kSecretYaml,
       {"4:4 aliases are not read; write the value out", told(6)}},
      {"an alias for a List's item",
       "apiVersion: v1\nkind: List\nx: &s {a: b}\nitems:\n- *s\n",
       {"5:3 aliases are not read; write the value out"}},
      {"an alias where the kind belongs",
       "apiVersion: v1\nx: &s Secret\nkind: *s\n",
       {std::string("1:1 ") + kNoKind}},
      {"a merge key",
       "apiVersion: v1\nkind: Secret\ndata:\n  <<: {a: aGk=}\n",
       {"4:3 merge keys (<<) are not read; write the fields out"}},
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
