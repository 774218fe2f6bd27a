// What the counting engine is told of a Secret, from what an API server sends of a collection.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cluster/item_reader.hpp"
#include "counting/inventory.hpp"
#include "json/push_reader.hpp"

namespace hygiene::runtime {

struct StoredItem {
  std::string namespace_name;
  std::string name;
  std::string type;
  counting::Stored stored;

  counting::Subject subject() const { return {namespace_name, name, type}; }
};

// Of facts with ReadOptions::keep_created. The size is the annotation's; nothing where there is none, or one
// that no Secret has.
StoredItem stored_item(const secret::Facts& facts, std::string_view type);

class StoredReader {
 public:
  // `type` is that of every Secret, where the shape does not give it.
  StoredReader(cluster::Shape shape, std::string type);

  // Reads a part of the document at hand. Errors: those of json::PushReader and cluster::ItemReader.
  Result<void> feed(std::string_view part);
  // Takes the tokens of the document where another has parsed it.
  json::Events& events() { return reader_; }
  // What was read since the last call.
  std::vector<StoredItem> take() { return std::exchange(items_, {}); }
  // Ready for the next document, also in the middle of one: what take() did not get of it is forgotten.
  void next_document();

 private:
  std::string type_;
  bool gives_type_;
  std::vector<StoredItem> items_;
  cluster::ItemReader reader_;
  json::PushReader push_{reader_};
};

}  // namespace hygiene::runtime
