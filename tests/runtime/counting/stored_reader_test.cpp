// From what an API server sends of a collection to what the counting engine is told.
#include "runtime/counting/stored_reader.hpp"

#include <catch2/catch.hpp>

#include "counting/counted_write.hpp"

using namespace hygiene;
using runtime::StoredItem;
using runtime::StoredReader;

namespace {

std::string metadata(const std::string& more = "") {
  return R"({"metadata":{"name":"a","namespace":"team","uid":"7d0d0c8e-6a44-4d3b-8f0b-6f3b5a0a1b2c",)"
         R"("resourceVersion":"42","creationTimestamp":"2026-11-24T09:54:32Z")" +
         more + "}}";
}
std::string bytes(const std::string& value) {
  return R"(,"annotations":{"secret-hygiene.io/bytes":")" + value + R"("})";
}
std::string list(const std::string& items) {
  return R"({"kind":"PartialObjectMetadataList","metadata":{"resourceVersion":"99"},"items":[)" + items +
         "]}";
}

StoredItem one(const std::string& object) {
  StoredReader reader(cluster::Shape::list, "t");
  REQUIRE(reader.feed(list(object)));
  auto items = reader.take();
  REQUIRE(items.size() == 1);
  return items.front();
}

std::uint32_t created(const std::string& time) {
  secret::Facts facts;
  facts.created = time;
  return runtime::stored_item(facts, "t").stored.created_s;
}

}  // namespace

TEST_CASE("metadata of a Secret gives every field, and the type is the watch's") {
  const StoredItem item = one(metadata(bytes("1234")));
  CHECK(item.namespace_name == "team");
  CHECK(item.name == "a");
  CHECK(item.type == "t");
  CHECK(item.stored.uid == counting::uid_bits("7d0d0c8e-6a44-4d3b-8f0b-6f3b5a0a1b2c"));
  CHECK(item.stored.revision == 42);
  CHECK(item.stored.bytes == std::optional<std::uint64_t>(1234));
  CHECK(item.stored.created_s == 1795514072);
  const counting::Subject subject = item.subject();
  CHECK(subject.namespace_name == "team");
  CHECK(subject.name == "a");
  CHECK(subject.type == "t");
}

TEST_CASE("a size is only what a Secret can have; anything else is to be measured") {
  struct Case {
    const char* text;
    std::optional<std::uint64_t> bytes;
  };
  for (const Case& c :
       {Case{"0", 0}, Case{"1048576", 1048576}, Case{"1048577", {}}, Case{"18446744073709551615", {}},
        Case{"18446744073709551616", {}}, Case{"", {}}, Case{"-1", {}}, Case{"+1", {}}, Case{" 1", {}},
        Case{"1 ", {}}, Case{"1Ki", {}}, Case{"0x10", {}}, Case{"1.0", {}}, Case{"many", {}}}) {
    INFO(c.text);
    CHECK(one(metadata(bytes(c.text))).stored.bytes == c.bytes);
  }
  CHECK_FALSE(one(metadata()).stored.bytes);
}

TEST_CASE("a time is seconds since 1970, and 0 where it is none") {
  CHECK(created("1970-01-01T00:00:00Z") == 0);
  CHECK(created("1970-01-01T00:00:01Z") == 1);
  CHECK(created("2024-02-29T23:59:59Z") == 1709251199);
  CHECK(created("2026-11-24T09:54:32.123456Z") == 1795514072);
  CHECK(created("2106-02-07T06:28:15Z") == 4294967295);
  CHECK(created("2106-02-07T06:28:16Z") == 4294967295);
  for (const char* none : {"", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2023-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z", "yesterday", "2026"}) {
    INFO(none);
    CHECK(created(none) == 0);
  }
}

TEST_CASE("a Table gives each Secret's own type, also in later events, which have no columns") {
  const std::string columns = R"("columnDefinitions":[{"name":"Name"},{"name":"Type"},{"name":"Data"}],)";
  const auto table = [](const std::string& head, const std::string& type) {
    return "{" + head + R"("rows":[{"cells":["a",")" + type + R"(",1],"object":)" + metadata() + "}]}";
  };
  StoredReader pages(cluster::Shape::table, "");
  REQUIRE(pages.feed(table(columns, "Opaque")));
  CHECK(pages.take().at(0).type == "Opaque");
  StoredReader events(cluster::Shape::table_event, "");
  REQUIRE(events.feed(R"({"type":"ADDED","object":)" + table(columns, "Opaque") + "}"));
  CHECK(events.take().at(0).type == "Opaque");
  events.next_document();
  REQUIRE(events.feed(R"({"type":"ADDED","object":)" + table("", "kubernetes.io/tls") + "}"));
  CHECK(events.take().at(0).type == "kubernetes.io/tls");
}

TEST_CASE("Secrets come as soon as their last byte, however the document is cut") {
  const std::string text = list(metadata() + "," + metadata(bytes("5")));
  for (std::size_t at = 1; at < text.size(); ++at) {
    StoredReader reader(cluster::Shape::list, "t");
    REQUIRE(reader.feed(text.substr(0, at)));
    auto items = reader.take();
    REQUIRE(reader.feed(text.substr(at)));
    for (auto& item : reader.take()) items.push_back(std::move(item));
    REQUIRE(items.size() == 2);
    CHECK(items[1].stored.bytes == std::optional<std::uint64_t>(5));
  }
}

TEST_CASE("a document that breaks off leaves nothing for the next one") {
  StoredReader reader(cluster::Shape::event, "t");
  const std::string event = R"({"type":"DELETED","object":)" + metadata() + "}";
  REQUIRE(reader.feed(event.substr(0, event.size() - 1)));  // the Secret is whole, its event is not
  reader.next_document();
  CHECK(reader.take().empty());
  REQUIRE(reader.feed(event));
  CHECK(reader.take().size() == 1);
}

TEST_CASE("what is no document is an error that repeats nothing of it") {
  for (const char* text : {"planted", R"({"items":[{"metadata":"planted"}]})",
                           R"({"items":[{"metadata":{"name":["planted"]}}]})"}) {
    INFO(text);
    StoredReader reader(cluster::Shape::list, "t");
    const auto fed = reader.feed(text);
    REQUIRE_FALSE(fed);
    CHECK(fed.error().message().find("planted") == std::string::npos);
    CHECK(reader.take().empty());
  }
  StoredReader table(cluster::Shape::table, "");
  CHECK_FALSE(table.feed(R"({"columnDefinitions":[{"name":"Name"}],"rows":[{"cells":["a"],"object":)" +
                         metadata() + "}]}"));
}
