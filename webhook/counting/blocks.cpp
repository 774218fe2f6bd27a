#include "counting/blocks.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/invariant.hpp"
#include "counting/memory/keyed_hash.hpp"
#include "secret/helm.hpp"

namespace hygiene::counting {
namespace {

// Of one replica in one ledger: 16 lines take 4 KiB at most.
constexpr std::size_t kOwnMax = 16;
constexpr std::size_t kOwnOfNamespaceMax = 4;
constexpr std::size_t kLineBytesMax = 256;
// The first of a kind, before it is known how many writes follow.
constexpr std::uint64_t kFirstCount = 4;

}  // namespace

Blocks::Blocks(const EngineOptions& options, const Reservations& reservations, IsCurrent is_current)
    : options_(options),
      reservations_(reservations),
      is_current_(std::move(is_current)),
      last_id_(keyed_hash({}, 1, options.replica)) {}

template <class Which>
void Blocks::use_no_more(Which which) {
  for (auto& line : lines_) line.used_no_more = line.used_no_more || (line.own && which(line.block));
  if (!next_) return;
  for (auto& line : *next_) line.used_no_more = line.used_no_more || (line.own && which(line.block));
}

void Blocks::select(std::shared_ptr<const Selection> selection) {
  selection_ = std::move(selection);
  demands_.clear();
  use_no_more([](const Block&) { return true; });
}

void Blocks::stop(std::string_view namespace_name) {
  use_no_more([namespace_name](const Block& block) { return block.namespace_name == namespace_name; });
}

void Blocks::make_room(const Scope& scope, std::string_view namespace_name) {
  use_no_more([&](const Block& block) { return counts_in(block, scope, namespace_name); });
  const bool of_others = std::ranges::any_of(lines_, [&](const Line& line) {
    return !line.own && !line.is_bar() && counts_in(line.block, scope, namespace_name);
  });
  if (!of_others) return;
  const bool of_all = scope.kind == ScopeKind::cluster || (wanted_bar_ && *wanted_bar_ != namespace_name);
  wanted_bar_ = of_all ? std::string() : std::string(namespace_name);
}

Blocks::Line* Blocks::usable(Lines& lines, const CountedWrite& write, Time now) const {
  const auto found = std::ranges::find_if(lines, [&](const Line& line) {
    return line.own && !line.used_no_more && now < line.since + options_.block_lasts &&
           line.block.namespace_name == write.namespace_name && line.block.type == write.type;
  });
  if (found == lines.end() || found->left.count == 0 || found->left.bytes < write.bytes) return nullptr;
  return &*found;
}

// While the ledger is being written either version may be in force: the place is taken in both.
bool Blocks::take_place(const CountedWrite& write, Time now) {
  // A release has few Secrets, and a limit of its own: its writes ask the ledger, each.
  if (secret::release_of(write.name)) return false;
  auto* line = usable(lines_, write, now);
  auto* next = next_ ? usable(*next_, write, now) : nullptr;
  if (line == nullptr || (next_ && next == nullptr)) return false;
  take_from(*line, write);
  if (next != nullptr) take_from(*next, write);
  return true;
}

void Blocks::take_from(Line& line, const CountedWrite& write) {
  line.left -= {1, write.bytes, 0};
  line.largest = std::max(line.largest, write.bytes);
}

void Blocks::follow(const CountedWrite& write) {
  if (options_.block_secrets_max == 0 || secret::release_of(write.name)) return;
  demand({write.namespace_name, write.type, 1, write.bytes});
}

void Blocks::demand(Demand wanted) {
  const auto found = std::ranges::find_if(demands_, [&](const Demand& known) {
    return known.namespace_name == wanted.namespace_name && known.type == wanted.type;
  });
  if (found != demands_.end()) {
    found->writes += wanted.writes;
    found->largest = std::max(found->largest, wanted.largest);
  } else if (demands_.size() < kOwnMax) {
    demands_.push_back(std::move(wanted));
  }
}

bool Blocks::counts_in(const Block& block, const Scope& scope, std::string_view namespace_name) const {
  // No block is for what a release counts.
  if (!selection_ || scope.kind == ScopeKind::release) return false;
  if (scope.kind == ScopeKind::name_space && block.namespace_name != namespace_name) return false;
  const Subject subject{block.namespace_name, {}, block.type};
  return selection_->may_select(scope.policy, subject) &&
         selection_->scope_of(scope.policy, scope.kind, subject) == scope.id;
}

Tally Blocks::held(const Lines& lines, const Scope& scope, std::string_view namespace_name) const {
  Tally sum;
  for (const auto& line : lines) {
    if (line.is_bar() || !counts_in(line.block, scope, namespace_name)) continue;
    sum += line.own ? line.left : Tally{line.block.count, line.block.bytes, 0};
  }
  return sum;
}

Tally Blocks::held(const Scope& scope, std::string_view namespace_name) const {
  return held(lines_, scope, namespace_name);
}

void Blocks::take(std::vector<Block> blocks, Time now) {
  base::invariant(!next_, "the ledger is not read while it is being written");
  Lines taken;
  for (auto& block : blocks) {
    const auto known = std::ranges::find(lines_, block.id, [](const Line& line) { return line.block.id; });
    if (known != lines_.end()) {
      taken.push_back(std::move(*known));
      continue;
    }
    auto& line = taken.emplace_back();
    line.own = line.used_no_more = std::ranges::find(unsure_, block.id) != unsure_.end();
    line.since = now;
    line.block = std::move(block);
  }
  lines_ = std::move(taken);
}

bool Blocks::barred(std::string_view namespace_name) const {
  return std::ranges::any_of(*next_, [namespace_name](const Line& line) {
    return line.is_bar() &&
           (line.block.namespace_name.empty() || line.block.namespace_name == namespace_name);
  });
}

// True: the room of each limit that may count it is large for it, and for all blocks there.
bool Blocks::has_room(const Block& block) const {
  const Subject subject{block.namespace_name, {}, block.type};
  for (const auto policy : selection_->counting()) {
    if (!selection_->may_select(policy, subject)) continue;
    if (!is_current_(policy)) return false;
    for (const auto& limit : selection_->limits(policy)) {
      if (limit.scope == ScopeKind::release) continue;
      const Scope scope{selection_->scope_of(policy, limit.scope, subject), policy, limit.scope};
      auto used = reservations_.used(scope.id);
      auto blocks = held(*next_, scope, block.namespace_name);
      blocks += {block.count, block.bytes, 0};
      const bool sums = of_bytes(limit.limit);
      if (sums && used.unmeasured != 0) return false;
      const auto in_use = sums ? used.bytes : used.count;
      if (in_use >= limit.allowed ||
          (sums ? blocks.bytes : blocks.count) > (limit.allowed - in_use) / options_.block_room_part)
        return false;
    }
  }
  return true;
}

void Blocks::grant(const Demand& demand, Time now) {
  const auto own = std::ranges::count_if(*next_, [](const Line& line) { return line.own; });
  const auto there = std::ranges::count_if(*next_, [&](const Line& line) {
    return line.own && line.block.namespace_name == demand.namespace_name;
  });
  if (std::cmp_greater_equal(own, kOwnMax) || std::cmp_greater_equal(there, kOwnOfNamespaceMax)) return;
  if (barred(demand.namespace_name)) return;
  Line line;
  line.own = true;
  line.since = now;
  line.block = {++last_id_, 0, 0, demand.namespace_name, demand.type};
  for (auto count = std::min(std::max(2 * demand.writes, kFirstCount), options_.block_secrets_max);
       count != 0; count /= 2) {
    line.block.count = count;
    if (demand.largest > std::numeric_limits<std::uint64_t>::max() / count) continue;
    line.block.bytes = count * demand.largest;
    if (ledger_bytes(line.block) > kLineBytesMax) return;
    if (!has_room(line.block)) continue;
    line.left = {line.block.count, line.block.bytes, 0};
    next_->push_back(std::move(line));
    return;
  }
}

std::vector<Block> Blocks::next(Ledger::Views& views, Time now) {
  next_.emplace();
  for (const auto& line : lines_) {
    if (line.own) continue;
    if (line.over_by != 0) {
      auto& view = views[std::string(kOtherSelectors)];
      view = std::max(view, line.over_by);
    } else {
      next_->push_back(line);
      next_->back().over = now - line.since >= options_.settle;
    }
  }
  if (wanted_bar_) {
    auto& bar = next_->emplace_back();
    bar.own = true;
    bar.since = now;
    bar.block = {++last_id_, 0, 0, *wanted_bar_, {}};
  }
  for (const auto& line : lines_) {
    if (!line.own || line.used_no_more || line.is_bar()) continue;
    if (line.used() != 0) {
      demand({line.block.namespace_name, line.block.type, line.used(), line.largest});
    } else if (now < wants_at(line) && !barred(line.block.namespace_name)) {
      next_->push_back(line);
    }
  }
  for (const auto& demand : std::exchange(demands_, {})) {
    if (selection_) grant(demand, now);
  }
  std::vector<Block> blocks;
  for (const auto& line : *next_) blocks.push_back(line.block);
  return blocks;
}

void Blocks::written(std::uint64_t version) {
  base::invariant(next_.has_value(), "blocks are written once");
  lines_ = *std::exchange(next_, std::nullopt);
  for (auto& line : lines_) {
    if (line.over) line.over_by = version;
  }
  unsure_.clear();
}

void Blocks::may_be_written() {
  if (!next_) return;
  for (const auto& line : *next_) {
    if (line.own) unsure_.push_back(line.block.id);
  }
  not_written();
  use_no_more([](const Block&) { return true; });
}

void Blocks::reset() {
  lines_.clear();
  next_.reset();
  demands_.clear();
}

Time Blocks::wants_at(const Line& line) const {
  if (!line.own) return line.since + (line.over_by == 0 ? options_.settle : Time(0));
  if (line.is_bar()) return line.since + options_.block_lasts;
  if (line.used_no_more) return line.since;
  // The next takes its place before it is used up, or its time is.
  const bool half_used = 2 * line.left.count <= line.block.count || 2 * line.left.bytes < line.block.bytes;
  return half_used ? line.since : line.since + options_.block_lasts / (line.used() == 0 ? 1 : 2);
}

std::optional<Time> Blocks::want_write_at() const {
  std::optional<Time> at;
  const auto is_own_bar = [](const Line& line) { return line.own && line.is_bar(); };
  if (wanted_bar_ && std::ranges::none_of(lines_, is_own_bar)) at = Time::min();
  for (const auto& line : lines_) at = std::min(at.value_or(Time::max()), wants_at(line));
  return at;
}

std::size_t Blocks::bytes() const {
  std::size_t sum = 0;
  for (const auto& line : lines_) sum += ledger_bytes(line.block);
  return sum;
}

}  // namespace hygiene::counting
