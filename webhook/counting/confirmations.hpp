// Confirmations. Before a write is denied, the view must be as new as the write's arrival. A confirmation
// proves it for each watch that shows its scopes: by a marker, which the watch must reach, or by a list. A
// confirmation of all watches also ends a ledger's quarantine. Thread-safety: one thread at a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "counting/cluster_view.hpp"
#include "counting/effects.hpp"
#include "counting/reservation.hpp"
#include "counting/shared_ledger.hpp"

namespace hygiene::counting {

// The part of a confirmation that is about one watch. It is reached once the marker is written, or the list
// is whole.
struct WatchCheck {
  WatchIndex watch = 0;
  bool by_list = false;
  bool asked = false;
  bool reached = false;
  std::uint64_t id = 0;        // of the list or the marker
  std::uint64_t revision = 0;  // of the list's end or the marker
  std::uint64_t min_view = 0;  // what the watch had shown, or the ledger demanded of it, when it was asked
};

struct Confirmation {
  std::vector<Scope> scopes;                  // none: it ends quarantine, or probes how far the API server is
  std::optional<std::string> namespace_name;  // its lists are of this namespace; nothing: of all
  std::uint64_t arrival = 0;                  // of the last write that it confirms
  std::uint64_t read = 0;                     // the last read of the ledger before it
  std::string ledger_version;                 // when it began
  std::string ledger_id;
  bool ends_quarantine = false;
  Time started{};
  std::vector<WatchCheck> checks;
};

class Confirmations {
 public:
  // The moment that a new confirmation must be as new as.
  struct Now {
    Time time{};
    std::uint64_t arrival = 0;
    std::uint64_t read = 0;
  };

  // All references must outlive it. `covering`: by policy, the watches that show what the policy counts.
  Confirmations(bool strict, ClusterView& view, SharedLedger& ledger, const WatchesByPolicy& covering,
                std::vector<Effect>& effects)
      : strict_(strict), view_(view), ledger_(ledger), covering_(covering), effects_(effects) {}

  // Forgets all confirmations.
  void reset();
  bool none() const { return confirmations_.empty(); }

  // Requests a confirmation of the scope for a write with this arrival. `in`: the write's namespace.
  void want(const Scope& scope, std::string_view in, std::uint64_t arrival);
  void want_nothing() {
    wanted_.clear();
    held_until_.reset();
  }
  // Begin the requested confirmations: in strict mode one for all scopes, in local mode one for each
  // namespace. True: one began. After each comes a pause, by what it cost.
  bool start_together(const Now& now);
  bool start_by_namespace(const Now& now);
  // When the next of those requested can begin, if a pause holds it back.
  std::optional<Time> held_until() const { return held_until_; }
  // Begins a confirmation of every watch, for no scope.
  void start_of_all(bool ends_quarantine, const Now& now);
  // The same, at most once a second, to learn how far the API server is. True: one began.
  bool probe(const Now& now);

  void list_ended(ListId list, std::uint64_t revision);
  // No revision: the marker could not be written.
  void marker_written(MarkerId marker, std::optional<std::uint64_t> revision);
  // Asks for the lists and markers that could not be asked for before, and gives up confirmations that broke
  // off or took too long.
  void advance(Time now);
  // Forgets pauses that are over.
  void tick(Time now);

  // True: the watches have reached all that some confirmation needs.
  bool any_reached() const;
  // Returns the reached confirmations and forgets them.
  std::vector<Confirmation> take_reached(Time now);
  // By watch, the revision up to which everything is known.
  std::vector<std::uint64_t> seen() const;

 private:
  struct WantedScope {
    Scope scope;
    std::optional<std::string> namespace_name;  // of the list that shows the scope
  };

  using Extent = std::optional<std::string>;  // a namespace, or all

  Extent extent_of(const std::optional<std::string>& namespace_name) const;
  bool due(const WantedScope& wanted, Time now);
  void pause_after(const Confirmation& confirmation, Time now);
  bool reached(const Confirmation& confirmation) const;
  bool broke_off(const Confirmation& confirmation) const;
  void start(std::vector<Scope> scopes, std::optional<std::string> namespace_name, bool ends_quarantine,
             const Now& now);
  void ask(const Confirmation& confirmation, WatchCheck& check);
  void reach(WatchCheck& check, std::uint64_t revision);
  void abandon_lists(const Confirmation& confirmation);

  const bool strict_;
  ClusterView& view_;
  SharedLedger& ledger_;
  const WatchesByPolicy& covering_;
  std::vector<Effect>& effects_;
  std::vector<Confirmation> confirmations_;
  std::vector<WantedScope> wanted_;
  std::map<Extent, Time> pauses_;  // when the next confirmation of this extent may begin
  std::optional<Time> held_until_;
  std::optional<Time> last_probe_;
  MarkerId markers_ = 0;
};

}  // namespace hygiene::counting
