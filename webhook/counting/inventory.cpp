#include "counting/inventory.hpp"

#include <algorithm>
#include <tuple>

namespace hygiene::counting {
namespace {

constexpr std::uint8_t bit_of(Inventory::Mark mark) {
  return static_cast<std::uint8_t>(mark);
}

}  // namespace

Tally& Tally::operator+=(const Tally& more) {
  count += more.count;
  bytes += more.bytes;
  unmeasured += more.unmeasured;
  return *this;
}

Tally& Tally::operator-=(const Tally& part) {
  count = base::checked_difference(count, part.count);
  bytes = base::checked_difference(bytes, part.bytes);
  unmeasured = base::checked_difference(unmeasured, part.unmeasured);
  return *this;
}

Inventory::Inventory(HashKey key) : secrets_(key) {
  // Number 0 is that of the type that has no name; it is never given back.
  types_.acquire("");
}

void Inventory::select(std::shared_ptr<const Selection> selection) {
  selection_ = std::move(selection);
  tallies_.clear();
  secrets_.for_each([this](Number number) { count(number); });
}

void Inventory::show_namespace(const std::string& name, const NamespaceLabels& labels) {
  for (const auto policy : selection_->namespaces().show(name, labels)) {
    const Tally moved = tally(selection_->scope_of(policy, ScopeKind::name_space, {name, {}, {}}));
    if (moved == Tally{}) continue;
    const bool selected = selection_->namespaces().selects(policy, name);
    take_off(selection_->cluster(policy, !selected), moved);
    tallies_[selection_->cluster(policy, selected)] += moved;
  }
}

bool Inventory::put(const Subject& subject, const Stored& stored, std::optional<Mark> listed) {
  const auto [number, added] = secrets_.find_or_add({subject.namespace_name, subject.name});
  if (number == kNone) return false;
  auto& found = secrets_[number];
  // What a list shows is no newer than the list. So what is newer is safe from its sweep without a mark.
  if (stored.revision < found.revision) return false;
  if (listed) found.marks |= bit_of(*listed);
  if (!added) {
    const bool measured_now = stored.bytes && found.bytes == kUnmeasured;
    const bool typed_now = types_.text(found.type) != subject.type;  // a watch of its type is new
    if (stored.revision == found.revision && !measured_now && !typed_now) return false;
    uncount(number);
  }
  retype(found, subject.type);
  found.uid = stored.uid;
  found.revision = stored.revision;
  found.created_s = stored.created_s;
  found.bytes = kUnmeasured;
  // An object of etcd is at most 1.5 MiB large.
  if (stored.bytes)
    found.bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(*stored.bytes, kUnmeasured - 1));
  count(number);
  return true;
}

bool Inventory::remove(std::string_view namespace_name, std::string_view name, std::uint64_t revision) {
  const auto number = secrets_.find({namespace_name, name});
  if (number == kNone || secrets_[number].revision > revision) return false;
  erase(number);
  return true;
}

std::optional<StoredSecret> Inventory::find(std::string_view namespace_name, std::string_view name) const {
  const auto number = secrets_.find({namespace_name, name});
  return number == kNone ? std::nullopt : std::optional(secret(number));
}

const Tally& Inventory::tally(ScopeId scope) const {
  static const Tally kNothing;
  const auto found = tallies_.find(scope);
  return found == tallies_.end() ? kNothing : found->second;
}

void Inventory::erase(Number number) {
  uncount(number);
  retype(secrets_[number], "");
  secrets_.erase(number);
}

void Inventory::retype(Record& record, std::string_view type) {
  if (types_.text(record.type) == type) return;
  if (record.type != 0) types_.release(record.type);
  record.type = type.empty() ? 0 : static_cast<std::uint16_t>(types_.acquire(type).value_or(0));
}

Subject Inventory::subject(Number number) const {
  const auto [in, name] = secrets_.name(number);
  return {in, name, types_.text(secrets_[number].type)};
}

StoredSecret Inventory::secret(Number number) const {
  const auto& found = secrets_[number];
  std::optional<std::uint64_t> bytes;
  if (found.bytes != kUnmeasured) bytes = found.bytes;
  return {subject(number), {found.uid, found.revision, bytes, found.created_s}};
}

Tally Inventory::counted(const Record& record) {
  return record.bytes == kUnmeasured ? Tally{1, 0, 1} : Tally{1, record.bytes, 0};
}

void Inventory::count(Number number) {
  if (!selection_) return;
  for (const auto& scope : selection_->scopes_of(subject(number)))
    tallies_[scope.id] += counted(secrets_[number]);
}

void Inventory::uncount(Number number) {
  if (!selection_) return;
  for (const auto& scope : selection_->scopes_of(subject(number)))
    take_off(scope.id, counted(secrets_[number]));
}

void Inventory::take_off(ScopeId scope, const Tally& part) {
  const auto found = tallies_.find(scope);
  base::invariant(found != tallies_.end(), "what is stored counts in each of its scopes");
  found->second -= part;
  if (found->second == Tally{}) tallies_.erase(found);
}

void Inventory::unmark(Mark mark, const Filter& among) {
  secrets_.for_each([&](Number number) {
    if (among(subject(number))) secrets_[number].marks &= static_cast<std::uint8_t>(~bit_of(mark));
  });
}

void Inventory::sweep(Mark mark, const Filter& among, std::uint64_t revision, const Visit& gone) {
  secrets_.for_each([&](Number number) {
    const auto& found = secrets_[number];
    if (found.revision > revision || (found.marks & bit_of(mark)) != 0 || !among(subject(number))) return;
    const auto swept = secret(number);
    // Erasing ends what the views point to.
    const std::string in(swept.subject.namespace_name), name(swept.subject.name), type(swept.subject.type);
    erase(number);
    gone({{in, name, type}, swept.stored});
  });
}

std::optional<std::uint32_t> Inventory::visit_some(std::uint32_t from, std::uint32_t most,
                                                   const Visit& visit) const {
  return secrets_.visit_some(from, most, [&](Number number) { visit(secret(number)); });
}

std::vector<StoredSecret> Inventory::unmeasured(std::size_t most) const {
  std::vector<StoredSecret> found;
  const bool any = selection_ && std::ranges::any_of(selection_->counting(), [&](std::uint32_t policy) {
                     return selection_->policies().policies[policy].sums_bytes() &&
                            tally(selection_->cluster(policy)).unmeasured != 0;
                   });
  if (!any) return found;
  secrets_.for_each([&](Number number) {
    if (found.size() == most || secrets_[number].bytes != kUnmeasured) return;
    const bool needed = std::ranges::any_of(selection_->counting(), [&](std::uint32_t policy) {
      return selection_->policies().policies[policy].sums_bytes() &&
             selection_->selects(policy, subject(number)) &&
             selection_->namespaces().selects(policy, subject(number).namespace_name);
    });
    if (needed) found.push_back(secret(number));
  });
  return found;
}

std::vector<StoredSecret> Inventory::extremes(const Scope& scope, Order order) const {
  const auto before = [order](const StoredSecret& a, const StoredSecret& b) {
    const auto key = [order](const StoredSecret& secret) {
      const std::uint64_t first =
          order == Order::largest ? ~secret.stored.bytes.value_or(0) : std::uint64_t{secret.stored.created_s};
      return std::tuple(first, secret.subject.namespace_name, secret.subject.name);
    };
    return key(a) < key(b);
  };
  std::vector<StoredSecret> best;
  if (!selection_) return best;
  secrets_.for_each([&](Number number) {
    const auto candidate = secret(number);
    // Numbers first: patterns and hashes cost more.
    if (best.size() == kExtremes && !before(candidate, best.back())) return;
    if (!selection_->lies_in(scope, candidate.subject) ||
        !selection_->selects(scope.policy, candidate.subject))
      return;
    best.insert(std::ranges::upper_bound(best, candidate, before), candidate);
    if (best.size() > kExtremes) best.pop_back();
  });
  return best;
}

}  // namespace hygiene::counting
