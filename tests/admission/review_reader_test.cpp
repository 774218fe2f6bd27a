#include "admission/review_reader.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <rapidjson/pointer.h>

#include "support/json_oracle.hpp"

using namespace hygiene;
using admission::Review;
using admission::ReviewReader;

namespace {

struct Outcome {
  Review review;
  std::optional<Error> error;
};

Outcome read(ReviewReader& reader, std::string_view json, std::size_t part_size) {
  reader.reset();
  for (std::size_t i = 0; i < json.size(); i += part_size) {
    if (!reader.feed(json.substr(i, part_size))) break;
  }
  Outcome outcome;
  const auto finished = reader.finish();
  if (!finished) outcome.error = finished.error();
  outcome.review = reader.partial();
  return outcome;
}

Outcome read(std::string_view json) {
  ReviewReader reader;
  return read(reader, json, 100'000);
}

std::size_t object_at(const rapidjson::Document& dom, const char* pointer) {
  const rapidjson::Value* value = rapidjson::Pointer(pointer).Get(dom);
  return value != nullptr && value->IsObject() ? value->MemberCount() : 0;
}

std::uint64_t data_bytes_at(const rapidjson::Document& dom, const char* pointer) {
  const rapidjson::Value* data = rapidjson::Pointer(pointer).Get(dom);
  std::uint64_t bytes = 0;
  if (data == nullptr) return bytes;
  for (const auto& member : data->GetObject()) {
    bytes += test::decoded_length({member.value.GetString(), member.value.GetStringLength()});
  }
  return bytes;
}

// Everything that the oracle finds stands in the review.
void check_against_oracle(const Review& review, const rapidjson::Document& dom) {
  using test::text_at;
  CHECK(review.uid == text_at(dom, "/request/uid"));
  CHECK(to_string(review.operation) == text_at(dom, "/request/operation"));
  CHECK(review.kind == text_at(dom, "/request/kind/kind"));
  CHECK(review.version == text_at(dom, "/request/kind/version"));
  CHECK(review.name == text_at(dom, "/request/name"));
  CHECK(review.namespace_name == text_at(dom, "/request/namespace"));
  CHECK(review.requester.username == text_at(dom, "/request/userInfo/username"));
  CHECK(review.requester.groups.size() == rapidjson::Pointer("/request/userInfo/groups").Get(dom)->Size());
  CHECK(review.dry_run == rapidjson::Pointer("/request/dryRun").Get(dom)->GetBool());
  CHECK(review.has_object == rapidjson::Pointer("/request/object").Get(dom)->IsObject());
  CHECK(review.has_stored == rapidjson::Pointer("/request/oldObject").Get(dom)->IsObject());
  CHECK(review.object.type == text_at(dom, "/request/object/type"));
  CHECK(review.object.uid == text_at(dom, "/request/object/metadata/uid"));
  CHECK(review.object.data_bytes == data_bytes_at(dom, "/request/object/data"));
  CHECK(review.object.key_count == object_at(dom, "/request/object/data"));
  CHECK(review.stored.uid == text_at(dom, "/request/oldObject/metadata/uid"));
  CHECK(review.stored.resource_version == text_at(dom, "/request/oldObject/metadata/resourceVersion"));
  CHECK(review.stored.data_bytes == data_bytes_at(dom, "/request/oldObject/data"));
  CHECK(review.stored.key_count == object_at(dom, "/request/oldObject/data"));
  std::size_t labels = 0;
  for (const secret::Label& label : review.object.labels) {
    ++labels;
    CHECK(label.value == text_at(dom, ("/request/object/metadata/labels/" + label.key).c_str()));
  }
  CHECK(labels == object_at(dom, "/request/object/metadata/labels"));
}

std::string review_of(const std::string& request) {
  return R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{)" + request + "}}\n";
}

const std::string kHead =
    R"("uid":"u1","kind":{"group":"","version":"v1","kind":"Secret"},"name":"n","namespace":"ns","operation":"CREATE",)";

}  // namespace

TEST_CASE("every recorded review agrees with the oracle, split at every byte") {
  ReviewReader reader;
  for (const std::string& path : test::sample_paths()) {
    const std::string json = test::read_source_file(path);
    INFO(path);
    check_against_oracle(read(reader, json, json.size()).review, test::parse_dom(json));
    const Outcome whole = read(reader, json, json.size());
    REQUIRE_FALSE(whole.error);
    for (std::size_t cut = 1; cut < json.size(); ++cut) {
      reader.reset();
      REQUIRE(reader.feed(std::string_view(json).substr(0, cut)));
      REQUIRE(reader.feed(std::string_view(json).substr(cut)));
      REQUIRE(reader.finish());
      const Review& split = reader.partial();
      if (split.uid != whole.review.uid || split.object.object_bytes != whole.review.object.object_bytes ||
          split.object.data_bytes != whole.review.object.data_bytes ||
          split.stored.object_bytes != whole.review.stored.object_bytes ||
          split.object.largest_keys != whole.review.object.largest_keys ||
          split.requester.groups != whole.review.requester.groups) {
        FAIL("differs when cut at " << cut);
      }
    }
    check_against_oracle(read(reader, json, 1).review, test::parse_dom(json));
  }
}

TEST_CASE("a truncated review is an error at every length, and the uid is known once it was read") {
  const std::string json = test::read_source_file("tests/samples/update-tls.json");
  const std::size_t uid_read = json.find("\"kind\":{") - 1;
  const std::size_t end = json.rfind('}') + 1;
  ReviewReader reader;
  for (std::size_t length = 0; length < end; ++length) {
    const Outcome outcome = read(reader, std::string_view(json).substr(0, length), 1000);
    INFO("first " << length << " bytes");
    REQUIRE(outcome.error);
    CHECK(outcome.error->code() == Errc::syntax);
    if (length > uid_read) CHECK(outcome.review.uid.size() == 36);
  }
  CHECK_FALSE(read(reader, std::string_view(json).substr(0, end), 1000).error);
}

TEST_CASE("bodies that are no AdmissionReview of ours are refused by what is wrong") {
  struct Case {
    std::string json;
    Errc code;
    std::string message;
  };
  const std::string object = R"("object":{"data":{"k":"TWFu"}})";
  const Case cases[] = {
      {"", Errc::syntax, "the text ends before its JSON document is complete"},
      {"[]", Errc::invalid, "the review: expected an object"},
      {"null", Errc::invalid, "the review: expected an object"},
      {"{}", Errc::unsupported, "expected kind AdmissionReview of apiVersion admission.k8s.io/v1"},
      {R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":{}})",
       Errc::unsupported, "expected kind AdmissionReview of apiVersion admission.k8s.io/v1"},
      {R"({"kind":"Secret","apiVersion":"admission.k8s.io/v1","request":{}})", Errc::unsupported,
       "expected kind AdmissionReview of apiVersion admission.k8s.io/v1"},
      {R"({"kind":7})", Errc::invalid, "kind: expected a string"},
      {R"({"request":[]})", Errc::invalid, "request: expected an object"},
      {review_of(R"("operation":"CREATE")"), Errc::missing, "request.uid: missing"},
      {review_of(R"("uid":"")"), Errc::missing, "request.uid: missing"},
      {review_of(R"("uid":12)"), Errc::invalid, "uid: expected a string"},
      {review_of(R"("uid":{"a":1})"), Errc::invalid, "uid: expected a string"},
      {review_of(R"("uid":"u","kind":"Secret")"), Errc::invalid, "kind: expected an object"},
      {review_of(R"("uid":"u","operation":true)"), Errc::invalid, "operation: expected a string"},
      {review_of(R"("uid":"u","userInfo":{"groups":"admins"})"), Errc::invalid,
       "groups: expected an array of strings"},
      {review_of(R"("uid":"u","userInfo":{"groups":[1]})"), Errc::invalid,
       "groups: expected an array of strings"},
      {review_of(R"("uid":"u","userInfo":{"groups":[["a"]]})"), Errc::invalid,
       "groups: expected an array of strings"},
      {review_of(R"("uid":"u","dryRun":"yes")"), Errc::invalid, "dryRun: expected true or false"},
      {review_of(kHead + R"("object":null)"), Errc::missing, "request.object: missing"},
      {review_of(kHead + R"("object":"planted")"), Errc::invalid, "object: expected an object"},
      {review_of(R"("uid":"u","kind":{"version":"v1","kind":"Secret"},"operation":"UPDATE",)" + object),
       Errc::missing, "request.oldObject: missing"},
      {review_of(kHead + R"("object":{"data":{"k":"planted!"}})"), Errc::encoding,
       "request.object.data.k: not base64"},
      {review_of(kHead + R"("object":{"data":{"k":1}})"), Errc::invalid,
       "request.object.data.k: expected a string, found a number"},
      {review_of(kHead + object + R"(,"oldObject":{"metadata":"planted"})"), Errc::invalid,
       "request.oldObject.metadata: expected an object, found a string"},
      {review_of(kHead + R"("object":{"data":{"k":"TWFu","k":"TWFu"}})"), Errc::duplicate,
       "an object gives a key twice"},
      {review_of(kHead + object) + "{}", Errc::syntax, "text follows the end of the review"},
      {review_of(kHead + R"("object":{"metadata":{"x":)" + std::string(100, '[')), Errc::limit,
       "nested deeper than 64"},
      {review_of(kHead + "\"object\":{\"data\":{\"k\":\"\xff\"}}"), Errc::encoding,
       "not JSON: its text is not UTF-8"},
  };
  ReviewReader reader;
  for (const Case& c : cases) {
    for (const std::size_t part : {std::size_t{1}, std::size_t{100'000}}) {
      const Outcome outcome = read(reader, c.json, part);
      INFO(c.json << " in parts of " << part);
      REQUIRE(outcome.error);
      CHECK(outcome.error->message() == c.message);
      CHECK(outcome.error->code() == c.code);
    }
  }
}

TEST_CASE("a uid given twice is refused, and the answer holds one of them") {
  const Outcome outcome = read(review_of(R"("uid":"first","uid":"second")"));
  REQUIRE(outcome.error);
  CHECK(outcome.error->code() == Errc::duplicate);
  CHECK(outcome.review.uid == "second");
}

TEST_CASE("objects of other kinds are not looked into, and not judged") {
  const Outcome pod = read(review_of(
      R"("uid":"u","kind":{"group":"","version":"v1","kind":"Pod"},"operation":"CREATE","object":{"data":7,"metadata":[]})"));
  CHECK_FALSE(pod.error);
  CHECK_FALSE(pod.review.is_secret_write());
  const Outcome deletion = read(test::read_source_file("tests/samples/delete-tls.json"));
  CHECK_FALSE(deletion.error);
  CHECK_FALSE(deletion.review.is_secret_write());
  CHECK(deletion.review.operation == policy::Operation::remove);
  const Outcome connect = read(
      review_of(R"("uid":"u","kind":{"group":"","version":"v1","kind":"Secret"},"operation":"CONNECT")"));
  CHECK_FALSE(connect.error);
  CHECK_FALSE(connect.review.is_secret_write());
  const Outcome status = read(review_of(kHead + R"("subResource":"status","object":{})"));
  CHECK_FALSE(status.error);
  CHECK_FALSE(status.review.is_secret_write());
  const Outcome other_group = read(review_of(
      R"("uid":"u","kind":{"group":"example.com","version":"v1","kind":"Secret"},"operation":"CREATE","object":{"data":1})"));
  CHECK_FALSE(other_group.error);
  CHECK_FALSE(other_group.review.is_secret_write());
}

TEST_CASE("name and namespace come from the request where the object has none") {
  const Outcome outcome = read(review_of(kHead + R"("object":{"metadata":{}})"));
  REQUIRE_FALSE(outcome.error);
  CHECK(outcome.review.is_secret_write());
  CHECK(outcome.review.object.name == "n");
  CHECK(outcome.review.object.namespace_name == "ns");
}

TEST_CASE("the legal extremes of a Secret are read: 225,000 keys, long names, a type of 1.5 MB") {
  // As many as etcd stores of an object: names of three characters.
  const std::string kDigits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string keys;
  for (int i = 0; i < 225'000; ++i) {
    keys += i == 0 ? "\"" : ",\"";
    for (const int place : {3844, 62, 1}) keys += kDigits[static_cast<std::size_t>(i / place % 62)];
    keys += "\":\"\"";
  }
  const Outcome many = read(review_of(kHead + R"("object":{"data":{)" + keys + "}}"));
  REQUIRE_FALSE(many.error);
  CHECK(many.review.object.key_count == 225'000);
  std::string names;
  for (int i = 0; i < 5900; ++i) {
    const std::string number = std::to_string(i);
    names += (i == 0 ? "\"" : ",\"") + std::string(253 - number.size(), 'k') + number + "\":\"\"";
  }
  CHECK(read(review_of(kHead + R"("object":{"data":{)" + names + "}}")).review.object.key_count == 5900);
  std::string escapes;
  for (int i = 0; i < 1'500'000; ++i) escapes += "\\u003c";
  const Outcome type = read(review_of(
      R"("uid":"u","kind":{"version":"v1","kind":"Secret"},"operation":"UPDATE","object":{"type":")" +
      escapes + R"("},"oldObject":{"type":")" + escapes + "\"}"));
  REQUIRE_FALSE(type.error);
  CHECK(type.review.object.type.size() == 1'500'000);
  CHECK(type.review.stored.object_bytes == 1'500'000);
}

TEST_CASE("a review of which too much would be kept is refused") {
  ReviewReader reader;
  const std::string groups = "\"" + std::string(300'000, 'g') + "\"";
  const Outcome envelope =
      read(reader, review_of(R"("uid":"u","userInfo":{"groups":[)" + groups + "]}"), 1000);
  REQUIRE(envelope.error);
  CHECK(envelope.error->code() == Errc::limit);
  const Outcome type =
      read(reader, review_of(kHead + R"("object":{"type":")" + std::string(3'000'000, 't') + "\"}"), 1000);
  REQUIRE(type.error);
  CHECK(type.error->code() == Errc::limit);
}
