#include "cluster/item_reader.hpp"

#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "json/push_reader.hpp"

namespace hygiene::cluster {

using json::PushReader;
using secret::Facts;

namespace {

struct Outcome {
  std::vector<std::string> secrets;  // namespace/name type uid@resourceVersion bytes
  std::optional<Error> error;
};

std::string told(const Facts& facts) {
  return facts.namespace_name + '/' + facts.name + ' ' + (facts.type.empty() ? "-" : facts.type) + ' ' +
         facts.uid + '@' + facts.resource_version + ' ' + facts.bytes_annotation.value_or("-") + ' ' +
         std::to_string(facts.data_bytes) + ' ' + facts.created;
}

Outcome read(Shape shape, const std::vector<std::string>& documents, std::size_t part_size = 100'000) {
  Outcome outcome;
  ItemReader reader(shape, [&outcome](const Facts& facts) { outcome.secrets.push_back(told(facts)); },
                    {.keep_created = true});
  PushReader push(reader);
  for (const std::string& json : documents) {
    for (std::size_t i = 0; i < json.size() && !outcome.error; i += part_size) {
      if (const auto fed = push.feed(std::string_view(json).substr(i, part_size)); !fed)
        outcome.error = fed.error();
    }
    if (outcome.error) break;
    if (const auto ended = push.finish(); !ended) outcome.error = ended.error();
    push.reset();
    reader.reset();
  }
  return outcome;
}

std::string metadata(const std::string& name, const std::string& more = "") {
  return R"("metadata":{"name":")" + name + R"(","namespace":"t","uid":"u-)" + name +
         R"(","resourceVersion":"7","creationTimestamp":"2026-11-24T09:54:32Z")" + more + '}';
}

const std::string kPartial = R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",)";
const std::string kBytes =
    R"(,"annotations":{"secret-hygiene.io/bytes":"12","object":"x"},"managedFields":[{"a":[1]}])";
const std::string kColumns =
    R"("columnDefinitions":[{"name":"Name","type":"string","priority":0},{"name":"Type","type":"string"},{"name":"Data"}])";
const std::string kMadeAt = " 2026-11-24T09:54:32Z";

std::string row(const std::string& name, const std::string& type) {
  return R"({"cells":[")" + name + R"(",")" + type + R"(",[1,"x"],3],"conditions":null,"object":)" +
         kPartial + metadata(name, kBytes) + "}}";
}

std::string table(const std::string& rows) {
  return R"({"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"9","continue":"items"},)" +
         kColumns + R"(,"rows":[)" + rows + "]}";
}

}  // namespace

TEST_CASE("the Secrets of a list are read wherever chunks end") {
  const std::string whole =
      R"({"kind":"SecretList","metadata":{"resourceVersion":"9","items":[{"a":1}]},"items":[{)" +
      metadata("a") + R"(,"data":{"k":"TWFu","items":"TQ=="},"type":"Opaque"},{)" + metadata("b", kBytes) +
      R"(}],"object":{}})";
  for (std::size_t part = 1; part <= whole.size(); ++part) {
    INFO("parts of " << part);
    const Outcome outcome = read(Shape::list, {whole}, part);
    REQUIRE_FALSE(outcome.error);
    CHECK(outcome.secrets ==
          std::vector<std::string>{"t/a Opaque u-a@7 - 4" + kMadeAt, "t/b - u-b@7 12 0" + kMadeAt});
  }
}

TEST_CASE("the rows of a Table give the type beside metadata, wherever chunks end") {
  const std::string whole = table(row("a", "kubernetes.io/tls") + ',' + row("b", "Opaque"));
  for (std::size_t part = 1; part <= whole.size(); ++part) {
    INFO("parts of " << part);
    const Outcome outcome = read(Shape::table, {whole}, part);
    REQUIRE_FALSE(outcome.error);
    CHECK(outcome.secrets == std::vector<std::string>{"t/a kubernetes.io/tls u-a@7 12 0" + kMadeAt,
                                                      "t/b Opaque u-b@7 12 0" + kMadeAt});
  }
}

TEST_CASE("a watch event gives its one Secret") {
  const std::string event = R"({"type":"MODIFIED","object":)" + kPartial + metadata("a") + "}}";
  const Outcome outcome = read(Shape::event, {event, event});
  REQUIRE_FALSE(outcome.error);
  CHECK(outcome.secrets == std::vector<std::string>(2, "t/a - u-a@7 - 0" + kMadeAt));
}

TEST_CASE("a watch of Tables remembers the columns of its first event") {
  const auto event = [](const std::string& text) { return R"({"type":"ADDED","object":)" + text + '}'; };
  const std::string later =
      R"({"kind":"Table","columnDefinitions":null,"rows":[)" + row("b", "Opaque") + "]}";
  const Outcome outcome = read(Shape::table_event, {event(table(row("a", "x"))), event(later)});
  REQUIRE_FALSE(outcome.error);
  CHECK(outcome.secrets ==
        std::vector<std::string>{"t/a x u-a@7 12 0" + kMadeAt, "t/b Opaque u-b@7 12 0" + kMadeAt});
  CHECK(read(Shape::table_event, {event(later)}).error->message().find("no column Type") !=
        std::string::npos);
}

TEST_CASE("what holds no Secret gives none") {
  for (const char* json :
       {"{}", R"({"items":[]})", R"({"items":null})", R"({"rows":[{"object":{}}]})", "[1]", "3",
        R"({"metadata":{"items":[{"metadata":{"name":"x"}}]}})", R"([{"items":[{}]}])"}) {
    INFO(json);
    const Outcome outcome = read(Shape::list, {json});
    CHECK_FALSE(outcome.error);
    CHECK(outcome.secrets.empty());
  }
}

TEST_CASE("a list whose items are no Secrets is refused, and the error says where") {
  struct Case {
    Shape shape;
    std::string json;
    Errc code;
    const char* message;
  };
  const std::vector<Case> cases{
      {Shape::list, R"({"items":[{"data":{"k":"%"}}]})", Errc::encoding, "data.k: not base64"},
      {Shape::list, R"({"items":[{"metadata":[]}]})", Errc::invalid,
       "metadata: expected an object, found an array"},
      {Shape::list, R"({"items":[{"metadata":7}]})", Errc::invalid,
       "metadata: expected an object, found a number"},
      {Shape::table, table(R"({"cells":["a","b"]})"), Errc::invalid, "has no object"},
      {Shape::table, R"({"rows":[{"cells":[]}]})", Errc::invalid, "no column Type"},
  };
  for (const Case& c : cases) {
    INFO(c.json);
    const Outcome outcome = read(c.shape, {c.json});
    REQUIRE(outcome.error);
    CHECK(outcome.error->code() == c.code);
    CHECK(outcome.error->message().find(c.message) != std::string::npos);
    CHECK(outcome.secrets.empty());
  }
}

TEST_CASE("a document that broke off leaves nothing for the next") {
  std::vector<std::string> seen;
  ItemReader reader(Shape::list, [&seen](const Facts& facts) { seen.push_back(facts.name + facts.type); });
  PushReader push(reader);
  REQUIRE(push.feed(R"({"items":[{"type":"left","metadata":{"labels":{"a":"b"})"));
  push.reset();
  reader.reset();
  REQUIRE(push.feed(R"({"items":[{"metadata":{"name":"x"}}]})"));
  REQUIRE(push.finish());
  CHECK(seen == std::vector<std::string>{"x"});
}

}  // namespace hygiene::cluster
