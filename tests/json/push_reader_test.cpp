#include "json/push_reader.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "transcript.hpp"

using hygiene::Errc;
using hygiene::Error;
using hygiene::json::PushReader;
using hygiene::json::ReaderLimits;
using hygiene::json::test::Transcript;

namespace {

struct Outcome {
  std::string text;
  std::optional<Error> error;
};

Outcome read(std::string_view json, std::size_t part_size, ReaderLimits limits = {}) {
  Transcript transcript;
  PushReader reader(transcript, limits);
  for (std::size_t i = 0; i < json.size(); i += part_size) {
    const auto fed = reader.feed(json.substr(i, part_size));
    if (!fed) return {transcript.text, fed.error()};
  }
  const auto ended = reader.finish();
  if (!ended) return {transcript.text, ended.error()};
  return {transcript.text, std::nullopt};
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

std::string object_of(std::size_t keys, const std::string& extra = "") {
  std::string json = "{";
  for (std::size_t i = 0; i < keys; ++i) json += "\"k" + std::to_string(i) + "\":1,";
  return json + (extra.empty() ? "\"end\":1" : extra) + "}";
}

}  // namespace

TEST_CASE("tokens are the same wherever chunks end") {
  const std::string json =
      R"( {"a":"x\ny","b":[1,-2.5e3,true,false,null,{}],"\u00e9k":"\ud83d\ude00é","":""} )";
  const std::string expected = "{a:\"x\ny\"b:[##TF0{}]ék:\"😀é\":\"\"}";
  for (std::size_t part = 1; part <= json.size(); ++part) {
    const Outcome outcome = read(json, part);
    INFO("parts of " << part);
    CHECK_FALSE(outcome.error);
    CHECK(outcome.text == expected);
  }
}

TEST_CASE("what is not JSON is refused with its offset") {
  struct Case {
    std::string json;
    Errc code;
    std::size_t offset;
  };
  const Case cases[] = {
      {"", Errc::syntax, 0},
      {"{\"a\":1", Errc::syntax, 6},
      {"{\"a\" 1}", Errc::syntax, 5},
      {"{a:1}", Errc::syntax, 1},
      {"[1,]", Errc::syntax, 3},
      {"[01]", Errc::syntax, 2},
      {"nul", Errc::syntax, 3},
      {"[\"a\x01\"]", Errc::syntax, 3},
      {"[\"\\x\"]", Errc::syntax, 3},
      {"[\"\xff\"]", Errc::encoding, 2},
      {"[\"\xc3(\"]", Errc::encoding, 2},
      {"[\"\xed\xa0\x80\"]", Errc::encoding, 2},
      {"{\"\xf8\":1}", Errc::encoding, 2},
  };
  for (const Case& c : cases) {
    const Outcome outcome = read(c.json, 1000);
    INFO(c.json);
    REQUIRE(outcome.error);
    CHECK(outcome.error->code() == c.code);
    CHECK(outcome.error->where().offset == c.offset);
  }
}

TEST_CASE("nesting is bounded on both sides of the limit") {
  const ReaderLimits limits{.depth_max = 8};
  CHECK_FALSE(read(nested(8), 1000, limits).error);
  const Outcome deeper = read(nested(9), 1000, limits);
  REQUIRE(deeper.error);
  CHECK(deeper.error->code() == Errc::limit);
  CHECK(deeper.error->message() == "nested deeper than 8");
  CHECK(read(nested(100'000), 1000).error->code() == Errc::limit);
}

TEST_CASE("a key's length is bounded on both sides of the limit, whole or in parts") {
  const ReaderLimits limits{.key_bytes_max = 10};
  for (const std::size_t part : {std::size_t{1}, std::size_t{1000}}) {
    CHECK_FALSE(read("{\"0123456789\":1}", part, limits).error);
    const Outcome longer = read("{\"0123456789a\":1}", part, limits);
    REQUIRE(longer.error);
    CHECK(longer.error->code() == Errc::limit);
  }
}

TEST_CASE("the number of keys of open objects is bounded on both sides of the limit") {
  const ReaderLimits limits{.open_keys_max = 4};
  CHECK_FALSE(read(R"({"a":{"b":{"c":1,"d":2}},"e":{"f":{"g":1}}})", 1000, limits).error);
  const Outcome more = read(R"({"a":{"b":{"c":1,"d":2,"e":3}}})", 1000, limits);
  REQUIRE(more.error);
  CHECK(more.error->code() == Errc::limit);
  CHECK(more.error->message() == "more than 4 keys");
}

TEST_CASE("a key given twice is refused, in small objects and in large ones, but not across objects") {
  for (const std::size_t keys :
       {std::size_t{1}, std::size_t{5}, std::size_t{11}, std::size_t{12}, std::size_t{5000}}) {
    INFO(keys << " keys");
    CHECK_FALSE(read(object_of(keys), 4096).error);
    const Outcome twice = read(object_of(keys, "\"k0\":2"), 4096);
    REQUIRE(twice.error);
    CHECK(twice.error->code() == Errc::duplicate);
  }
  CHECK_FALSE(read(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})", 4096).error);
  CHECK(read(R"({"a":{"b":1,"b":2}})", 4096).error->code() == Errc::duplicate);
  CHECK(read(R"({"a":1,"\u0061":2})", 4096).error->code() == Errc::duplicate);
}

TEST_CASE("where keys need not be unique, nothing is kept of them") {
  const ReaderLimits limits{.open_keys_max = 4, .unique_keys = false};
  CHECK_FALSE(read(R"({"a":{"b":1,"b":2}})", 1000, limits).error);
  CHECK_FALSE(read(object_of(20), 1000, limits).error);
}

TEST_CASE("a refusal of the receiver ends the reading and is reported with its place") {
  Transcript transcript;
  transcript.refuse_key = "b";
  PushReader reader(transcript);
  const auto fed = reader.feed(R"({"a":1,"b":2,"c":3})");
  REQUIRE_FALSE(fed);
  CHECK(fed.error().message() == "that key is not wanted");
  CHECK(transcript.text == "{a:#b:");
  CHECK_FALSE(reader.feed("}"));
}

TEST_CASE("reading stops behind a document, and goes on with the next after a reset") {
  Transcript transcript;
  PushReader reader(transcript);
  const std::string_view two = "{\"a\":1} \n {\"b\":2}\n";
  const auto first = reader.feed(two);
  REQUIRE(first);
  CHECK(*first == 10);
  CHECK(reader.done());
  CHECK(reader.finish());
  CHECK(*reader.feed(two.substr(10)) == 0);
  reader.reset();
  CHECK_FALSE(reader.done());
  CHECK(*reader.feed(two.substr(10)) == 8);
  CHECK(reader.finish());
  CHECK(transcript.text == "{a:#}{b:#}");
}

TEST_CASE("what is kept grows by eight bytes for a key of an open object, and is given back") {
  Transcript transcript;
  PushReader reader(transcript);
  REQUIRE(reader.feed(R"({"a":1,"b":{"c":1)"));
  CHECK(reader.kept_bytes() == 3 * sizeof(std::size_t));
  REQUIRE(reader.feed("}"));
  CHECK(reader.kept_bytes() == 2 * sizeof(std::size_t));
  REQUIRE(reader.feed(R"(,"half)"));
  CHECK(reader.kept_bytes() == 2 * sizeof(std::size_t) + 4);
  REQUIRE(reader.feed(R"(":1})"));
  CHECK(reader.kept_bytes() == 0);
}
