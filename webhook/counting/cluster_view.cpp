#include "counting/cluster_view.hpp"

#include <algorithm>
#include <limits>

namespace hygiene::counting {
namespace {

constexpr auto kAnyRevision = std::numeric_limits<std::uint64_t>::max();

}  // namespace

std::vector<WatchIndex> ClusterView::set_plan(WatchPlan plan) {
  if (plan == plan_) return {};
  std::vector<State> states;
  std::vector<WatchIndex> fresh;
  for (WatchIndex i = 0; i < plan.watches().size(); ++i) {
    const auto& selector = plan.watches()[i].field_selector;
    const auto before = std::ranges::find(plan_.watches(), selector, &Watch::field_selector);
    const bool as_before =
        plan.types_needed() == plan_.types_needed() && (!plan.types_needed() || plan_.tells_apart(plan));
    if (before != plan_.watches().end() && as_before) {
      states.push_back(states_[static_cast<WatchIndex>(before - plan_.watches().begin())]);
      // Lists do not survive it: see below.
      if (states.back().synced && states.back().listing == 0) continue;
      states.back().listing = 0;
    } else {
      states.push_back({});
    }
    fresh.push_back(i);
  }
  plan_ = std::move(plan);
  states_ = std::move(states);
  types_.clear();
  // Indexes have moved: what was being listed begins anew.
  listings_.clear();
  listed_up_to_.clear();
  const auto unwatched = [this](const Subject& subject) {
    return plan_.watch_of(subject.type) == plan_.watches().size();
  };
  inventory_.unmark(Inventory::Mark::part, unwatched);
  inventory_.sweep(Inventory::Mark::part, unwatched, kAnyRevision, [](const StoredSecret&) {});
  return fresh;
}

ListId ClusterView::begin_list(WatchIndex watch, std::optional<std::string> namespace_name,
                               bool before_watch) {
  std::erase_if(listings_, [&](const Listing& other) {
    return other.watch == watch && (before_watch || other.namespace_name == namespace_name);
  });
  listings_.push_back({++lists_, watch, std::move(namespace_name), before_watch});
  if (before_watch) states_[watch].listing = lists_;
  const auto& listing = listings_.back();
  inventory_.unmark(mark_of(listing), extent(listing));
  return lists_;
}

void ClusterView::abandon_list(ListId list) {
  std::erase_if(listings_, [list](const Listing& listing) { return listing.id == list; });
}

const ClusterView::Listing* ClusterView::listing(ListId list) const {
  const auto found = std::ranges::find(listings_, list, &Listing::id);
  return found == listings_.end() ? nullptr : &*found;
}

bool ClusterView::confirms(WatchIndex watch, const std::optional<std::string>& namespace_name) const {
  return std::ranges::any_of(listings_, [&](const Listing& other) {
    return other.watch == watch && !other.before_watch && other.namespace_name == namespace_name;
  });
}

bool ClusterView::current(ListId list) const {
  return listing(list) != nullptr;
}

Inventory::Filter ClusterView::extent(const Listing& listing) const {
  return [this, listing](const Subject& subject) {
    return (!listing.namespace_name || *listing.namespace_name == subject.namespace_name) &&
           plan_.watch_of(subject.type) == listing.watch;
  };
}

bool ClusterView::list_shows(ListId list, const Subject& subject, const Stored& stored) {
  const auto* shown_by = listing(list);
  // A deletion may overtake the page that shows the Secret.
  if (shown_by == nullptr || gone_.contains(stored.uid)) return false;
  return inventory_.put(told_apart(subject), stored, mark_of(*shown_by));
}

ClusterView::ListEnd ClusterView::end_list(ListId list, std::uint64_t revision, Time now,
                                           const Inventory::Visit& gone) {
  const auto* found = listing(list);
  if (found == nullptr) return {};
  const Listing done = *found;
  abandon_list(list);
  auto& state = states_[done.watch];
  const auto mark = mark_of(done);
  if (done.before_watch && revision < state.revision) {
    state = {};
    std::erase_if(listed_up_to_, [&done](const ListedUpTo& listed) { return listed.watch == done.watch; });
    // What was gone may be there again.
    gone_.clear();
    gone_order_.clear();
    inventory_.unmark(mark, extent(done));
    inventory_.sweep(mark, extent(done), kAnyRevision, gone);
    return {true, true};
  }
  if (done.before_watch) base::invariant(revision >= state.revision, "a view never goes back");
  // An event of the watch that is older than the list does not save what the list no longer shows.
  inventory_.sweep(mark, extent(done), revision, [&](const StoredSecret& secret) {
    add_gone(secret.stored.uid, now);
    gone(secret);
  });
  if (done.before_watch) {
    state = {revision, true, 0};
    advance(done.watch, revision);
  } else if (revision > state.revision) {
    listed_up_to_.push_back({done.watch, done.namespace_name, revision});
  }
  return {true, false};
}

bool ClusterView::listed_already(WatchIndex watch, std::string_view namespace_name,
                                 std::uint64_t revision) const {
  return std::ranges::any_of(listed_up_to_, [&](const ListedUpTo& listed) {
    return listed.watch == watch && revision <= listed.revision &&
           (!listed.namespace_name || *listed.namespace_name == namespace_name);
  });
}

// Whoever chooses types cannot use up what the inventory has room for: types that policies treat alike are
// one.
Subject ClusterView::told_apart(const Subject& subject) {
  if (!plan_.types_needed()) return subject;
  std::string matching;
  for (const auto& pattern : plan_.patterns()) matching += pattern.matches(subject.type) ? '1' : '0';
  if (matching.find('1') == std::string::npos) return {subject.namespace_name, subject.name, {}};
  const auto type = types_.try_emplace(std::move(matching), subject.type).first;
  return {subject.namespace_name, subject.name, type->second};
}

void ClusterView::advance(WatchIndex watch, std::uint64_t revision) {
  auto& state = states_[watch];
  state.revision = std::max(state.revision, revision);
  std::erase_if(listed_up_to_, [&](const ListedUpTo& listed) {
    return listed.watch == watch && listed.revision <= state.revision;
  });
}

bool ClusterView::shows(WatchIndex watch, const Subject& subject, const Stored& stored) {
  const bool old =
      listed_already(watch, subject.namespace_name, stored.revision) || gone_.contains(stored.uid);
  advance(watch, stored.revision);
  return !old && inventory_.put(told_apart(subject), stored);
}

bool ClusterView::removes(WatchIndex watch, const Subject& subject, std::uint64_t uid, std::uint64_t revision,
                          Time now) {
  add_gone(uid, now);
  inventory_.remove(subject.namespace_name, subject.name, revision);
  advance(watch, revision);
  return true;
}

void ClusterView::bookmark(WatchIndex watch, std::uint64_t revision) {
  advance(watch, revision);
}

bool ClusterView::measured(const Subject& subject, const Stored& stored) {
  // What has taken the name meanwhile may have another type, and be shown by another watch or by none.
  const auto known = inventory_.find(subject.namespace_name, subject.name);
  return known && known->stored.uid == stored.uid && inventory_.put(known->subject, stored);
}

void ClusterView::add_gone(std::uint64_t uid, Time now) {
  if (!gone_.insert(uid).second) return;
  gone_order_.emplace_back(now, uid);
  base::invariant(gone_.size() == gone_order_.size(), "each uid that is gone has its turn to be forgotten");
  if (gone_order_.size() <= kGoneMax) return;
  gone_.erase(gone_order_.front().second);
  gone_order_.pop_front();
  // A page that is on its way could show it again.
  std::erase_if(listings_, [](const Listing& listing) { return !listing.before_watch; });
}

void ClusterView::forget_gone_before(Time moment) {
  while (!gone_order_.empty() && gone_order_.front().first < moment) {
    gone_.erase(gone_order_.front().second);
    gone_order_.pop_front();
  }
}

std::optional<std::uint64_t> ClusterView::end_of(const ReservationView& reservation) const {
  const auto watch = plan_.watch_of(reservation.type);
  if (watch == states_.size()) return std::nullopt;
  const auto known = inventory_.find(reservation.namespace_name, reservation.name);
  const bool same = known && known->stored.uid == reservation.key.uid;
  const auto before = reservation.key.before;
  if (same) {
    // Nothing that is as old as what the UPDATE replaces tells.
    return known->stored.revision > before ? std::optional(known->stored.revision) : std::nullopt;
  }
  if (gone_.contains(reservation.key.uid)) return 0;
  if (before == 0) return std::nullopt;
  // It existed at `before`: who has seen that moment and does not see it knows that it is gone.
  if (states_[watch].revision >= before) return 0;
  return std::nullopt;
}

}  // namespace hygiene::counting
