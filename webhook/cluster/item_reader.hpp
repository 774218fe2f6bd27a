// Reads the Secrets of a collection that an API server sends: the items of a list, the rows of a Table, the
// object of a watch event, each whole or as metadata alone. Takes tokens and gives one secret::Facts after
// the other; it holds no more than one Secret's. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "json/selective_events.hpp"
#include "secret/facts.hpp"
#include "secret/reader.hpp"

namespace hygiene::cluster {

// Source: kube-apiserver 1.36. A Table (`Accept: application/json;as=Table;g=meta.k8s.io;v=v1`, with
// includeObject=Metadata, its default) is the one form that gives the type beside metadata: as the cell of
// the column that columnDefinitions names Type. In a watch only the first event has columnDefinitions.
enum class Shape {
  list,         // {"items": [OBJECT…]}: a SecretList or a PartialObjectMetadataList
  table,        // {"columnDefinitions": […], "rows": [{"cells": […], "object": OBJECT}…]}
  event,        // {"type": …, "object": OBJECT}
  table_event,  // {"type": …, "object": TABLE}
};

// Takes the tokens of one document after the other. Refuses what secret::Reader refuses, a Table without a
// column Type, and a row without its object.
class ItemReader final : public json::SelectiveEvents {
 public:
  // Calls `take` with each Secret after its last byte; the secret::Facts are valid during the call only.
  using Take = std::function<void(const secret::Facts&)>;
  ItemReader(Shape shape, Take take, secret::ReadOptions options = {});

  // Resets it for the next document, also in the middle of one. Columns stay known.
  void reset();
  // How many bytes of text it holds.
  std::size_t kept_bytes() const { return reader_.kept_bytes() + text_.size(); }

 private:
  void on_begin_object() override;
  void on_end_object() override { close(); }
  void on_begin_array() override;
  void on_end_array() override { close(); }
  void on_key(std::string_view name) override { key_.assign(name); }
  void on_string(std::string_view part, bool last) override;
  void on_number() override { end_of_value(); }
  void on_boolean(bool) override { end_of_value(); }
  void on_null() override { end_of_value(); }
  void on_left(const json::Events* reader) override;

  // The container that is being read.
  enum class Place : std::uint8_t { outside, document, table, columns, column, rows, row, cells, items };

  // What a value at `key_` opens; `outside`: nothing that is needed.
  Place opens(bool object) const;
  bool secret_opens() const;
  void open(bool object);
  void close();
  // Takes the end of a value that is no container, or was skipped.
  void end_of_value();
  void take_secret();

  static constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);

  Shape shape_;
  Take take_;
  secret::Facts facts_;
  secret::Reader reader_;
  std::vector<Place> places_{Place::outside};
  std::string key_;           // of the field whose value is next
  bool secret_read_ = false;  // of this row
  std::size_t column_ = 0;    // the next one of columnDefinitions, or the next cell
  std::size_t type_column_ = kNoColumn;
  std::string text_;  // a column's name, or the row's type
};

}  // namespace hygiene::cluster
