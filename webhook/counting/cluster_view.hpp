// What this replica has seen of the API server: the inventory, how far each watch has come, and which uids
// are gone for good. Thread-safety: one thread at a time.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "counting/inventory.hpp"
#include "counting/reservation.hpp"
#include "counting/watch_plan.hpp"

namespace hygiene::counting {

using WatchIndex = std::size_t;  // into WatchPlan::watches()
using ListId = std::uint64_t;    // 0: none
using WatchesByPolicy = std::vector<std::vector<WatchIndex>>;

class ClusterView {
 public:
  // How many uids of deleted Secrets are remembered, 1 MiB of them. A uid is remembered for as long as a
  // reservation of it may turn up. Beyond the bound the oldest are forgotten; their reservations then hold
  // their places until they are settled.
  static constexpr std::size_t kGoneMax = 65'536;

  explicit ClusterView(HashKey key) : inventory_(key) {}

  Inventory& inventory() { return inventory_; }
  const Inventory& inventory() const { return inventory_; }
  const WatchPlan& plan() const { return plan_; }
  // Sets the watches. A watch with the selector of an earlier one goes on, unless it was being listed.
  // Returns the indexes of the others, which must begin with a list. The same plan changes nothing.
  std::vector<WatchIndex> set_plan(WatchPlan plan);

  // Begins a list of what a watch shows. With `before_watch` the list is of all namespaces, and the watch
  // goes on from its end. Without, it confirms all namespaces or one. It replaces an unfinished list of the
  // same extent. Nothing is forgotten until the list is whole. Precondition: an unsettled watch is listed by
  // `before_watch` only.
  ListId begin_list(WatchIndex watch, std::optional<std::string> namespace_name, bool before_watch);
  void abandon_list(ListId list);
  bool current(ListId list) const;
  // True: a list of this extent beside the watch is under way.
  bool confirms(WatchIndex watch, const std::optional<std::string>& namespace_name) const;
  // True: what is known has changed.
  bool list_shows(ListId list, const Subject& subject, const Stored& stored);

  struct ListEnd {
    bool whole = false;      // it was not replaced or abandoned meanwhile
    bool went_back = false;  // its revision is below one seen before, as after a restore of etcd: list again
  };
  // Calls `gone` for each Secret that the list no longer showed, after the Secret was removed.
  ListEnd end_list(ListId list, std::uint64_t revision, Time now, const Inventory::Visit& gone);

  // Events of a watch. True: what is known has changed.
  bool shows(WatchIndex watch, const Subject& subject, const Stored& stored);
  bool removes(WatchIndex watch, const Subject& subject, std::uint64_t uid, std::uint64_t revision, Time now);
  void bookmark(WatchIndex watch, std::uint64_t revision);
  // Takes what a read of one Secret found. False: another Secret has its name, or nothing is new.
  bool measured(const Subject& subject, const Stored& stored);
  void forget_gone_before(Time moment);

  std::uint64_t revision(WatchIndex watch) const { return states_[watch].revision; }
  // True: the watch was listed and is not being listed again, so that it shows one moment.
  bool settled(WatchIndex watch) const { return states_[watch].synced && states_[watch].listing == 0; }
  bool synced(WatchIndex watch) const { return states_[watch].synced; }

  // How the reservation ended, as the view shows it: the object's revision if its write is stored, 0 if it
  // never will be, nothing if the view cannot tell.
  std::optional<std::uint64_t> end_of(const ReservationView& reservation) const;

 private:
  struct State {
    std::uint64_t revision = 0;
    bool synced = false;
    ListId listing = 0;  // the list before the watch, while it is read
  };
  struct Listing {
    ListId id = 0;
    WatchIndex watch = 0;
    std::optional<std::string> namespace_name;
    bool before_watch = false;
  };
  // How far a list beside a watch has come: events of the watch up to its revision are old.
  struct ListedUpTo {
    WatchIndex watch = 0;
    std::optional<std::string> namespace_name;
    std::uint64_t revision = 0;
  };

  const Listing* listing(ListId list) const;
  static Inventory::Mark mark_of(const Listing& listing) {
    return listing.namespace_name ? Inventory::Mark::part : Inventory::Mark::whole;
  }
  Inventory::Filter extent(const Listing& listing) const;
  bool listed_already(WatchIndex watch, std::string_view namespace_name, std::uint64_t revision) const;
  Subject told_apart(const Subject& subject);
  void advance(WatchIndex watch, std::uint64_t revision);
  void add_gone(std::uint64_t uid, Time now);

  Inventory inventory_;
  WatchPlan plan_;
  std::vector<State> states_;
  std::map<std::string, std::string, std::less<>> types_;  // by which patterns match it, the first such type
  std::vector<Listing> listings_;
  std::vector<ListedUpTo> listed_up_to_;
  ListId lists_ = 0;
  boost::unordered_flat_set<std::uint64_t> gone_;
  std::deque<std::pair<Time, std::uint64_t>> gone_order_;
};

}  // namespace hygiene::counting
