#include "cluster/stream_readers.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "json/push_reader.hpp"

using namespace hygiene;

namespace {

template <class Reader>
void read(Reader& into, const std::string& text) {
  json::PushReader reader(into, {});
  REQUIRE(reader.feed(text));
  REQUIRE(reader.finish());
}

}  // namespace

TEST_CASE("an object says what it is") {
  cluster::ObjectReader object;
  read(object, R"({"data": {"kind": "x"}, "kind": "Status", "status": "Failure", "message": "no"})");
  CHECK(object.is.kind == "Status");
  CHECK(object.is.status == "Failure");
  CHECK(object.is.message == "no");
}

TEST_CASE("a key that holds the separator of paths is not taken for a path") {
  cluster::WatchReader event;
  read(event, R"({"type": "ADDED", "object/reason": "forged", "object": {"metadata/resourceVersion": "9",
                  "metadata": {"resourceVersion": "7"}, "/": {"reason": "forged"}}})");
  CHECK(event.type == "ADDED");
  CHECK(event.reason.empty());
  CHECK(event.resource_version == "7");

  cluster::ListReader list;
  read(
      list,
      R"({"metadata/continue": "forged", "": {"kind": "forged"}, "metadata": {"": {"continue": "forged"}}})");
  CHECK(list.next.empty());
  CHECK(list.is.kind.empty());
}
