// Secrets in a list, a Table, a watch event and a Table of a watch event: each document is read as all four.
// The same Secrets however the bytes are cut, and as many as RapidJSON finds.
#include <span>
#include <string>
#include <vector>

#include <rapidjson/document.h>

#include "cluster/item_reader.hpp"
#include "cluster/stream_readers.hpp"
#include "fuzz/harness.hpp"
#include "json/document.hpp"
#include "json/push_reader.hpp"

using namespace hygiene;
using cluster::Shape;
using test::require;

namespace {

struct Reading {
  std::vector<secret::Facts> secrets;
  std::string next;
  bool refused = false;
  bool operator==(const Reading&) const = default;
};

Reading read(Shape shape, std::span<const std::string_view> pieces) {
  Reading reading;
  cluster::ListReader meta;
  cluster::ItemReader items(shape, [&reading](const secret::Facts& facts) {
    facts.assert_sums();
    reading.secrets.push_back(facts);
  });
  cluster::ListTee tee(meta, items);
  json::PushReader push(tee);
  for (const std::string_view piece : pieces) {
    const auto used = push.feed(piece);
    reading.refused = reading.refused || !used || *used < piece.size();
    if (reading.refused) break;
  }
  reading.refused = reading.refused || !push.finish();
  if (!reading.refused) reading.next = meta.next;
  return reading;
}

// What is no object is passed over.
std::size_t objects_at(const rapidjson::Document& tree, json::Path path) {
  return static_cast<std::size_t>(
      std::ranges::count_if(json::elements_at(tree, path), &rapidjson::Value::IsObject));
}

std::size_t secrets_in(Shape shape, const rapidjson::Document& tree) {
  switch (shape) {
    case Shape::list:
      return objects_at(tree, {"items"});
    case Shape::table:
      return objects_at(tree, {"rows"});
    case Shape::event:
      return json::object_at(tree, {"object"}) == nullptr ? 0 : 1;
    case Shape::table_event:
      return objects_at(tree, {"object", "rows"});
  }
  return 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const test::CutText text = test::cut_text(data, size);
  for (const Shape shape : {Shape::list, Shape::table, Shape::event, Shape::table_event}) {
    const Reading whole = read(shape, {&text.whole, 1});
    const Reading parts = read(shape, text.parts);
    require(whole == parts);
    if (whole.refused) continue;
    rapidjson::Document tree;
    // It has no place for a number beyond a double.
    if (!json::parse_document(tree, text.whole)) continue;
    require(whole.secrets.size() == secrets_in(shape, tree));
    require(whole.next == json::text_at(tree, {"metadata", "continue"}));
  }
  return 0;
}
