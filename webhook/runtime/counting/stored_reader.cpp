#include "runtime/counting/stored_reader.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/rfc3339.hpp"
#include "counting/counted_write.hpp"
#include "secret/annotated_size.hpp"

namespace hygiene::runtime {
namespace {

std::uint32_t seconds(std::string_view time) {
  const auto moment = base::parse_rfc3339(time);
  if (!moment) return 0;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(moment->time_since_epoch().count(), 0,
                                                             std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

StoredItem stored_item(const secret::Facts& facts, std::string_view type) {
  StoredItem item{facts.namespace_name, facts.name, std::string(type), {}};
  item.stored.uid = counting::uid_bits(facts.uid);
  item.stored.revision = counting::revision_number(facts.resource_version);
  item.stored.bytes = secret::annotated_size(facts);
  item.stored.created_s = seconds(facts.created);
  return item;
}

StoredReader::StoredReader(cluster::Shape shape, std::string type)
    : type_(std::move(type)),
      gives_type_(shape == cluster::Shape::table || shape == cluster::Shape::table_event),
      reader_(shape,
              [this](const secret::Facts& facts) {
                items_.push_back(stored_item(facts, gives_type_ ? std::string_view(facts.type) : type_));
              },
              {.keep_created = true}) {}

Result<void> StoredReader::feed(std::string_view part) {
  const auto read = push_.feed(part);
  if (!read) return read.error();
  return {};
}

void StoredReader::next_document() {
  items_.clear();
  push_.reset();
  reader_.reset();
}

}  // namespace hygiene::runtime
