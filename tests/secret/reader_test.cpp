#include "secret/reader.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "json/push_reader.hpp"

using namespace hygiene::secret;
using hygiene::Errc;
using hygiene::Error;
using hygiene::json::PushReader;

namespace {

struct Outcome {
  Facts facts;
  std::optional<Error> error;
  std::size_t kept = 0;
};

Outcome read(std::string_view json, ReadOptions options = {}, std::size_t part_size = 100'000) {
  Outcome outcome;
  Reader reader(outcome.facts, options);
  PushReader push(reader);
  for (std::size_t i = 0; i < json.size() && !outcome.error; i += part_size) {
    if (const auto fed = push.feed(json.substr(i, part_size)); !fed) outcome.error = fed.error();
  }
  if (!outcome.error) {
    if (const auto ended = push.finish(); !ended) outcome.error = ended.error();
  }
  outcome.kept = reader.kept_bytes();
  return outcome;
}

constexpr const char* kFull =
    R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"web","namespace":"team-a",
 "generateName":"we","uid":"u-1","resourceVersion":"17","deletionTimestamp":"2026-01-01T00:00:00Z",
 "deletionGracePeriodSeconds":0,"labels":{"a":"1","b":""},
 "annotations":{"note":"hello","secret-hygiene.io/bytes":"7","secret-hygiene.io/owned-labels":"a=1"},
 "ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"cm","uid":"x","controller":true}],
 "managedFields":[{"manager":"m","fieldsV1":{"f:data":{".":{},"f:k":{}}}}]},
 "immutable":true,"data":{"a":"TWFu","bb":"TQ==","c":null,"d":""},"type":"example.com/t"})";

}  // namespace

TEST_CASE("the facts of a Secret are read wherever chunks end") {
  const std::string json = kFull;
  for (std::size_t part = 1; part <= json.size(); ++part) {
    const Outcome outcome = read(json, {}, part);
    INFO("parts of " << part);
    REQUIRE_FALSE(outcome.error);
    const Facts& facts = outcome.facts;
    CHECK(facts.name == "web");
    CHECK(facts.namespace_name == "team-a");
    CHECK(facts.generate_name == "we");
    CHECK(facts.uid == "u-1");
    CHECK(facts.resource_version == "17");
    CHECK(facts.type == "example.com/t");
    CHECK(facts.deleting);
    CHECK(*facts.labels.find("a") == "1");
    CHECK(facts.labels.find("b")->empty());
    CHECK(facts.labels.find("c") == nullptr);
    CHECK(facts.owned_labels_annotation == "a=1");
    CHECK(facts.bytes_annotation == "7");
    CHECK(facts.data_bytes == 4);
    CHECK(facts.key_count == 3);
    CHECK(facts.key_name_bytes == 1 + 2 + 1);
    CHECK(facts.largest_keys == std::vector<KeySize>{{"a", 3}, {"bb", 1}, {"d", 0}});
    CHECK(facts.annotation_bytes == 4 + 5 + 23 + 1 + 30 + 3);
  }
}

TEST_CASE("bytesPerObject's measure counts every string once and values decoded") {
  const std::string base = R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"n"},"type":"t"})";
  const auto bytes = [](const std::string& json) { return read(json).facts.object_bytes; };
  const std::uint64_t bare = bytes(base);
  CHECK(bare == 6 + 2 + 1 + 1);
  const auto with = [&](const std::string& field) {
    std::string json = base;
    json.insert(json.size() - 1, "," + field);
    return bytes(json) - bare;
  };
  CHECK(with(R"("data":{"key":"TWFu"})") == 3 + 3);
  CHECK(with(R"("immutable":true)") == 0);
  CHECK(with(R"("unknown":{"x":"four"})") == 4);
  const auto in_metadata = [&](const std::string& field) {
    std::string json = base;
    json.insert(json.find("\"name\""), field + ",");
    return bytes(json) - bare;
  };
  CHECK(in_metadata(R"("labels":{"ab":"c"})") == 3);
  CHECK(in_metadata(R"("annotations":{"ab":"cde"})") == 5);
  CHECK(in_metadata(R"("ownerReferences":[{"name":"abcd"}])") == 4);
  CHECK(in_metadata(R"("managedFields":[{"manager":"abc","fieldsV1":{"f:x":{}}}])") == 7 + 3 + 8 + 3);
}

TEST_CASE("stringData replaces data of the same key in a manifest, in either order") {
  for (const char* json : {R"({"data":{"a":"TWFu","b":"TQ=="},"stringData":{"a":"12345","c":"1"}})",
                           R"({"stringData":{"a":"12345","c":"1"},"data":{"a":"TWFu","b":"TQ=="}})"}) {
    const Outcome outcome = read(json, {.fold_string_data = true});
    REQUIRE_FALSE(outcome.error);
    CHECK(outcome.facts.data_bytes == 5 + 1 + 1);
    CHECK(outcome.facts.key_count == 3);
    CHECK(outcome.facts.largest_keys.front() == KeySize{"a", 5});
  }
}

TEST_CASE("the largest keys are kept, ties by name, however many there are") {
  std::string json = R"({"data":{"z":"TWFu","a":"TWFu")";
  for (int i = 100; i < 200; ++i) json += ",\"k" + std::to_string(i) + "\":\"TQ==\"";
  json += R"(,"m":"TWFuTWFu"}})";
  const Outcome outcome = read(json);
  CHECK(outcome.facts.key_count == 103);
  CHECK(outcome.facts.largest_keys ==
        std::vector<KeySize>{{"m", 6}, {"a", 3}, {"z", 3}, {"k100", 1}, {"k101", 1}});
}

TEST_CASE("wrong shapes are refused by the name of the field, never with a value") {
  struct Case {
    std::string json;
    std::string message;
    Errc code = Errc::invalid;
  };
  const Case cases[] = {
      {"[]", "Secret: expected an object, found an array"},
      {"\"x\"", "Secret: expected an object, found a string"},
      {"null", "Secret: expected an object, found null"},
      {"7", "Secret: expected an object, found a number"},
      {R"({"metadata":"planted"})", "metadata: expected an object, found a string"},
      {R"({"metadata":[]})", "metadata: expected an object, found an array"},
      {R"({"metadata":{"name":7}})", "metadata.name: expected a string, found a number"},
      {R"({"metadata":{"uid":{}}})", "metadata.uid: expected a string, found an object"},
      {R"({"metadata":{"labels":[]}})", "metadata.labels: expected an object, found an array"},
      {R"({"metadata":{"labels":{"a":1}}})", "metadata.labels.a: expected a string, found a number"},
      {R"({"metadata":{"labels":{"a":["planted"]}}})",
       "metadata.labels.a: expected a string, found an array"},
      {R"({"metadata":{"annotations":{"a":true}}})",
       "metadata.annotations.a: expected a string, found a boolean"},
      {R"({"data":"planted"})", "data: expected an object, found a string"},
      {R"({"data":{"a":1}})", "data.a: expected a string, found a number"},
      {R"({"data":{"a":{"b":"planted"}}})", "data.a: expected a string, found an object"},
      {R"({"data":{"a":"planted!"}})", "data.a: not base64", Errc::encoding},
      {R"({"data":{"a":"TWE"}})", "data.a: not base64", Errc::encoding},
      {R"({"stringData":{"a":1}})", "stringData.a: expected a string, found a number"},
      {R"({"type":1})", "type: expected a string, found a number"},
      {R"({"immutable":"planted"})", "immutable: expected true or false, found a string"},
      {R"({"immutable":1})", "immutable: expected true or false, found a number"},
  };
  for (const Case& c : cases) {
    for (const std::size_t part : {std::size_t{1}, std::size_t{1000}}) {
      const Outcome outcome = read(c.json, {}, part);
      INFO(c.json);
      REQUIRE(outcome.error);
      CHECK(outcome.error->message() == c.message);
      CHECK(outcome.error->code() == c.code);
    }
  }
}

TEST_CASE("kept text is bounded on both sides of the limit, and values are not kept") {
  const auto secret = [](std::size_t type_bytes) {
    return R"({"type":")" + std::string(type_bytes, 't') + "\"}";
  };
  CHECK_FALSE(read(secret(1000), {.kept_bytes_max = 1000}).error);
  const Outcome over = read(secret(1001), {.kept_bytes_max = 1000});
  REQUIRE(over.error);
  CHECK(over.error->code() == Errc::limit);
  const std::string value(400'000, 'A');
  const Outcome large =
      read(R"({"metadata":{"annotations":{"a":")" + value + R"("}},"data":{"k":")" + value + "\"}}");
  REQUIRE_FALSE(large.error);
  CHECK(large.kept == 1);  // the key's name
  CHECK(large.facts.data_bytes == 300'000);
}

TEST_CASE("a reader is as new after a reset, also after an error in the middle") {
  Facts facts;
  Reader reader(facts);
  PushReader push(reader);
  REQUIRE_FALSE(push.feed(R"({"metadata":{"labels":{"x":"y"}},"data":{"a":"TW!)"));
  reader.reset();
  push.reset();
  REQUIRE(push.feed(R"({"data":{"a":"TWFu"}})"));
  CHECK(reader.facts().data_bytes == 3);
  CHECK(reader.facts().labels.empty());
  CHECK(reader.kept_bytes() == 1);  // the key's name
}
