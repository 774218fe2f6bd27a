#include "counting/inventory.hpp"

#include <algorithm>

namespace hygiene::counting {
namespace {

constexpr std::uint32_t kTypeBits = 12;
constexpr std::uint32_t kMark = 3U << 30;  // both
constexpr std::uint32_t kUnmeasured = (1U << 30) - 1;

std::uint32_t packed_bytes(const std::optional<std::uint64_t>& bytes) {
  // An object of etcd holds 1.5 MiB; a size beyond 30 bits is none.
  return bytes ? static_cast<std::uint32_t>(std::min<std::uint64_t>(*bytes, kUnmeasured - 1)) : kUnmeasured;
}

}  // namespace

Inventory::Inventory(HashKey key) : key_(key) {
  // Of the type that has no name; it is never given back.
  types_.acquire("");
}

void Inventory::select(std::shared_ptr<const Selection> selection) {
  selection_ = std::move(selection);
  tallies_.clear();
  for (std::uint32_t number = 0; number < records_; ++number) {
    if (record(number).name_at != kFree) count(record(number), true);
  }
}

bool Inventory::put(const Subject& subject, const Stored& stored, std::optional<Mark> listed) {
  const auto hash = name_hash(key_, subject.namespace_name, subject.name);
  auto number = number_of(subject.namespace_name, subject.name, hash);
  const bool known = number != NameIndex::kNone;
  if (!known) number = insert(subject, hash);
  if (number == NameIndex::kNone) return false;
  auto& found = record(number);
  if (known) {
    // What a list shows is no newer than the list, so that what is newer still is none of its sweep's.
    if (stored.revision < found.revision) return false;
    if (listed) found.bytes_and_mark |= bit_of(*listed);
    const bool measured_now = stored.bytes && (found.bytes_and_mark & ~kMark) == kUnmeasured;
    if (stored.revision == found.revision && !measured_now) return false;
    count(found, false);
    retype(found, subject.type);
  }
  found.uid = stored.uid;
  found.revision = stored.revision;
  found.created_s = stored.created_s;
  found.bytes_and_mark =
      packed_bytes(stored.bytes) | (found.bytes_and_mark & kMark) | (listed ? bit_of(*listed) : 0);
  count(found, true);
  return true;
}

bool Inventory::remove(std::string_view namespace_name, std::string_view name, std::uint64_t revision) {
  const auto number = number_of(namespace_name, name, name_hash(key_, namespace_name, name));
  if (number == NameIndex::kNone || record(number).revision > revision) return false;
  erase(number);
  return true;
}

std::optional<StoredSecret> Inventory::find(std::string_view namespace_name, std::string_view name,
                                            std::uint32_t hash) const {
  const auto number = number_of(namespace_name, name, hash);
  return number == NameIndex::kNone ? std::nullopt : std::optional(secret_of(record(number)));
}

const Tally& Inventory::tally(ScopeId scope) const {
  static const Tally kNothing;
  const auto found = tallies_.find(scope);
  return found == tallies_.end() ? kNothing : found->second;
}

NameIndex::Number Inventory::number_of(std::string_view namespace_name, std::string_view name,
                                       std::uint32_t hash) const {
  return index_.find(hash, [&](NameIndex::Number number) {
    const auto& found = record(number);
    return names_.name(found.name_at) == name &&
           namespaces_.text(found.namespace_and_type >> kTypeBits) == namespace_name;
  });
}

NameIndex::Number Inventory::insert(const Subject& subject, std::uint32_t hash) {
  if (subject.name.size() > NameArena::kNameBytesMax || records_ == kFree) return NameIndex::kNone;
  const auto in = namespaces_.acquire(subject.namespace_name);
  if (!in) return NameIndex::kNone;
  std::uint32_t number = first_free_;
  if (number != kFree) {
    first_free_ = record(number).created_s;
  } else {
    if (records_ % kPage == 0) pages_.push_back(std::make_unique_for_overwrite<Record[]>(kPage));
    number = records_++;
  }
  const auto type = types_.acquire(subject.type).value_or(0);
  record(number) = {0, 0, 0, 0, names_.add(subject.name), (*in << kTypeBits) | type};
  index_.add(hash, number);
  return number;
}

void Inventory::erase(std::uint32_t number) {
  auto& gone = record(number);
  count(gone, false);
  const auto subject = subject_of(gone);
  index_.remove(name_hash(key_, subject.namespace_name, subject.name), number);
  names_.remove(gone.name_at);
  namespaces_.release(gone.namespace_and_type >> kTypeBits);
  retype(gone, "");
  gone.name_at = kFree;
  gone.created_s = first_free_;
  first_free_ = number;
}

void Inventory::retype(Record& record, std::string_view type) {
  const auto before = record.namespace_and_type & (kTypesMax - 1);
  if (types_.text(before) == type) return;
  const auto after = type.empty() ? 0 : types_.acquire(type).value_or(0);
  if (before != 0) types_.release(before);
  record.namespace_and_type = (record.namespace_and_type & ~(kTypesMax - 1)) | after;
}

Subject Inventory::subject_of(const Record& record) const {
  return {namespaces_.text(record.namespace_and_type >> kTypeBits), names_.name(record.name_at),
          types_.text(record.namespace_and_type & (kTypesMax - 1))};
}

StoredSecret Inventory::secret_of(const Record& record) const {
  const auto bytes = record.bytes_and_mark & ~kMark;
  return {subject_of(record),
          {record.uid, record.revision,
           bytes == kUnmeasured ? std::nullopt : std::optional<std::uint64_t>(bytes), record.created_s}};
}

void Inventory::count(const Record& record, bool in) {
  const auto bytes = record.bytes_and_mark & ~kMark;
  const Tally change{1, bytes == kUnmeasured ? 0 : bytes, bytes == kUnmeasured ? 1U : 0U};
  if (!selection_) return;
  selection_->scopes_of(subject_of(record), scopes_);
  for (const auto& scope : scopes_) {
    if (in) {
      auto& tally = tallies_[scope.id];
      tally.count += change.count;
      tally.bytes += change.bytes;
      tally.unmeasured += change.unmeasured;
      continue;
    }
    const auto found = tallies_.find(scope.id);
    auto& tally = found->second;
    tally.count -= change.count;
    tally.bytes -= change.bytes;
    tally.unmeasured -= change.unmeasured;
    if (tally.count == 0) tallies_.erase(found);
  }
}

}  // namespace hygiene::counting
