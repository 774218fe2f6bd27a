#include "cluster/item_reader.hpp"

#include <utility>

namespace hygiene::cluster {

ItemReader::ItemReader(Shape shape, Take take, secret::ReadOptions options)
    : shape_(shape), take_(std::move(take)), reader_(facts_, options) {}

void ItemReader::reset() {
  restart();
  reader_.reset();
  places_.assign(1, Place::outside);
  key_.clear();
  text_.clear();
  secret_read_ = false;
  column_ = 0;
}

ItemReader::Place ItemReader::opens(bool object) const {
  switch (places_.back()) {
    case Place::outside:
      return shape_ == Shape::table ? Place::table : Place::document;
    case Place::document:
      if (shape_ == Shape::list && !object && key_ == "items") return Place::items;
      if (shape_ == Shape::table_event && object && key_ == "object") return Place::table;
      return Place::outside;
    case Place::table:
      if (object) return Place::outside;
      if (key_ == "columnDefinitions") return Place::columns;
      return key_ == "rows" ? Place::rows : Place::outside;
    case Place::columns:
      return object ? Place::column : Place::outside;
    case Place::rows:
      return object ? Place::row : Place::outside;
    case Place::row:
      return !object && key_ == "cells" ? Place::cells : Place::outside;
    default:
      return Place::outside;
  }
}

bool ItemReader::secret_opens() const {
  const Place place = places_.back();
  if (place == Place::items) return true;
  return key_ == "object" && (place == Place::row || (place == Place::document && shape_ == Shape::event));
}

void ItemReader::open(bool object) {
  const Place opened = opens(object);
  if (opened == Place::outside) return skip();
  places_.push_back(opened);
  key_.clear();
  if (opened == Place::columns || opened == Place::cells) column_ = 0;
  if (opened == Place::row) secret_read_ = false;
  if (opened == Place::row || opened == Place::column) text_.clear();
  if (opened == Place::rows && type_column_ == kNoColumn) {
    refuse(Errc::invalid, "the Table has no column Type");
  }
}

void ItemReader::close() {
  const Place closed = places_.back();
  places_.pop_back();
  if (closed == Place::column) {
    if (text_ == "Type") type_column_ = column_;
    ++column_;
  } else if (closed == Place::row) {
    if (!secret_read_) return refuse(Errc::invalid, "a row of the Table has no object");
    facts_.type = text_;
    take_secret();
  }
}

void ItemReader::end_of_value() {
  if (places_.back() == Place::cells) ++column_;
}

void ItemReader::take_secret() {
  take_(facts_);
  reader_.reset();
}

void ItemReader::on_begin_object() {
  if (!secret_opens()) return open(true);
  reader_.reset();
  hand_over(reader_);
}

void ItemReader::on_begin_array() {
  open(false);
}

void ItemReader::on_left(const json::Events* reader) {
  if (reader == nullptr) return end_of_value();
  secret_read_ = true;
  if (places_.back() != Place::row) take_secret();
}

void ItemReader::on_string(std::string_view part, bool last) {
  const Place place = places_.back();
  const bool wanted =
      place == Place::cells ? column_ == type_column_ : place == Place::column && key_ == "name";
  if (wanted) text_ += part;
  if (last) end_of_value();
}

}  // namespace hygiene::cluster
