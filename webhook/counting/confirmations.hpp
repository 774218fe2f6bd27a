// Confirmations: before a write is denied, what is known must be as new as its arrival. A confirmation asks
// each watch that shows its scopes: for a marker, which the watch must come to, or for a list. A ledger's
// quarantine ends by one too. Thread-safety: one thread at a time.
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

// One watch of a confirmation. It is reached once its marker is written, or its list is whole.
struct WatchCheck {
  WatchIndex watch = 0;
  bool by_list = false;
  bool asked = false;
  bool reached = false;
  std::uint64_t id = 0;        // of the list or the marker
  std::uint64_t revision = 0;  // of the same
  std::uint64_t min_view = 0;  // of the ledger when it was asked
};

struct Confirmation {
  std::vector<Scope> scopes;  // none: the end of quarantine, or a look at how far the API server is
  std::optional<std::string> namespace_name;  // of its lists; nothing: they are of all namespaces
  std::uint64_t arrival = 0;                  // of the last write that it confirms
  std::uint64_t read = 0;      // reservations of reads of the ledger up to it were there before
  std::string ledger_version;  // when it began
  std::string ledger_id;
  bool ends_quarantine = false;
  Time started{};
  std::vector<WatchCheck> checks;
};

class Confirmations {
 public:
  // What a confirmation that begins is to be as new as.
  struct Now {
    Time time{};
    std::uint64_t arrival = 0;
    std::uint64_t read = 0;
  };

  // What it refers to must outlive it. `covering`: by policy, the watches that show what it counts.
  Confirmations(bool strict, ClusterView& view, SharedLedger& ledger, const WatchesByPolicy& covering,
                std::vector<Effect>& effects)
      : strict_(strict), view_(view), ledger_(ledger), covering_(covering), effects_(effects) {}

  // Forgets all of them.
  void reset();
  bool none() const { return confirmations_.empty(); }

  // The scope is to be confirmed for a write with this arrival. `in`: the namespace of the write.
  void want(const Scope& scope, std::string_view in, std::uint64_t arrival);
  void want_nothing() { wanted_.clear(); }
  // Begin what is wanted, of each scope at most once a second: in strict mode all in one confirmation, in
  // local mode one for each namespace. True where one began.
  bool start_together(const Now& now);
  bool start_by_namespace(const Now& now);
  // Begins one of every watch, of no scope.
  void start_of_all(bool ends_quarantine, const Now& now);
  // The same at most once a second, to see how far the API server is. True where it began.
  bool probe(const Now& now);

  void list_ended(ListId list, std::uint64_t revision);
  // Nothing: it could not be written.
  void marker_written(MarkerId marker, std::optional<std::uint64_t> revision);
  // Asks for what could not be asked for before, and gives up those that broke off or took too long.
  void advance(Time now);
  // Forgets since when scopes wait for another confirmation, where they wait no more.
  void tick(Time now);

  // True where the watches have come as far as a confirmation needs.
  bool any_reached() const;
  // Those. They are none of ours any more.
  std::vector<Confirmation> take_reached();
  // By watch, the revision up to which all is known.
  std::vector<std::uint64_t> seen() const;

 private:
  struct WantedScope {
    Scope scope;
    std::optional<std::string> namespace_name;  // of a list that shows the scope
  };

  bool due(const Scope& scope, Time now) const;
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
  std::map<ScopeId, Time> last_;  // when a scope's last confirmation began, if within a second
  std::optional<Time> last_probe_;
  MarkerId markers_ = 0;
};

}  // namespace hygiene::counting
