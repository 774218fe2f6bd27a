// Decides whether writes fit under the limits across Secrets: a state machine without I/O, clock or threads.
// Calls are its inputs; after each, the caller takes out effects and decisions. docs/counting.md describes
// the algorithm and what it assumes. Thread-safety: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "counting/earlier_ledger.hpp"
#include "counting/shard.hpp"

namespace hygiene::counting {

class Engine {
 public:
  Engine(EngineOptions options, HashKey key, Time now);

  // Changes the policies, which are counted from what is known. Returns the indexes of the watches that must
  // begin with a list.
  std::vector<WatchIndex> select(std::shared_ptr<const Selection> selection, Time now);
  // Takes the labels of a namespace; null: it is gone. Writes in it that wait are asked for anew if policies
  // select it otherwise than before.
  void show_namespace(const std::string& name, const NamespaceLabels& labels, Time now);
  const ClusterView& view() const { return around_.view; }
  const Selection& selection() const { return *around_.selection; }
  std::size_t shards() const { return shards_.size(); }
  const Shard& shard(ShardIndex index) const { return *shards_[index]; }
  // True: policies have limits that it counts for.
  bool is_needed(ShardIndex shard) const;
  // The shard that counts in the scopes of this kind, for Secrets of the namespace.
  ShardIndex shard_of(ScopeKind kind, std::string_view namespace_name) const;
  bool is_strict() const { return options_.strict; }
  // Some policy has a limit per cluster.
  bool has_cluster_limits() const { return cluster_limits_; }
  // True while reservations may have been lost, so that some sum is not known.
  bool in_quarantine() const;
  // False in strict mode until each ledger that is needed was read, and while one is lost.
  bool has_ledger() const;
  // True: another version wrote the ledger, in a format that this one does not know. Of a shard or
  // kEarlierLedger.
  bool ledger_has_unknown_format(ShardIndex shard) const {
    return shard == kEarlierLedger ? earlier_.has_unknown_format() : shards_[shard]->has_unknown_format();
  }

  // Asks for a decision about a write, which comes at once or later; about one that is never denied, at once.
  // Call cancel() once nobody waits; a reservation that was written for it holds its place until it is
  // settled.
  Ticket request(CountedWrite claims, Time now);
  void cancel(Ticket ticket);

  // A watch begins with a list: begin_list gives the number for list_shows and list_ends, and the watch goes
  // on from the list's resourceVersion. Call begin_list again after list_failed or `expired`.
  ListId begin_list(WatchIndex watch);
  void list_shows(ListId list, const Subject& subject, const Stored& stored);
  // False: the watch cannot go on from this list. Begin another, unless one has begun already.
  bool list_ends(ListId list, std::uint64_t revision, Time now);
  void list_failed(ListId list, Time now);
  // Events of a watch. False: its revisions went back, as after a restore of etcd. Nothing is known then:
  // begin another list.
  bool shows(WatchIndex watch, const Subject& subject, const Stored& stored, Time now);
  bool removes(WatchIndex watch, const Subject& subject, std::uint64_t uid, std::uint64_t revision, Time now);
  bool bookmark(WatchIndex watch, std::uint64_t revision, Time now);
  // A read of the Secret measured its size.
  void measured(const Subject& subject, const Stored& stored, Time now);

  // Answers to effects, each for the shard that the effect names.
  void ledger_read(ShardIndex shard, const LedgerRead& read, Time now);
  void ledger_swapped(ShardIndex shard, Swapped swapped, std::string_view config_map, Time now);
  // No revision: the marker could not be written.
  void marker_written(ShardIndex shard, MarkerId marker, std::optional<std::uint64_t> revision, Time now);
  // No state: the read failed.
  void name_read(const ReadName& read, std::optional<NameState> state, Time now);
  void waited(ShardIndex shard, Time now);

  // Call it about once a second.
  void tick(Time now);
  bool nothing_to_take() const { return effects_.empty() && decisions_.empty(); }
  std::vector<Effect> take_effects() { return std::exchange(effects_, {}); }
  std::vector<Decision> take_decisions() { return std::exchange(decisions_, {}); }

 private:
  // A write that claims of two shards: first of its namespace's, and with a place there of the cluster's.
  struct InTwoSteps {
    ShardIndex first = 0;
    std::uint64_t epoch = 0;  // of the policies that its claims are made by
    CountedWrite of_cluster;
    std::optional<Decision> decided;  // by the first
  };

  bool is_sharded() const { return shards_.size() > 1; }
  // Calls `use` for the shards that may hold something of the namespace.
  template <class Use>
  void for_shards_of(std::string_view namespace_name, Use use);
  void keep(const Subject& subject);
  void changed(const Subject& subject);
  bool takes_event(WatchIndex watch, std::uint64_t revision, Time now);
  void revisions_went_back(Time now);
  void look_at_earlier_ledger(Time now);
  void proceed(Time now);
  // Takes what shards have decided and want done, and leads writes on that claim of two.
  void collect(Time now);
  bool collect_from(ShardIndex shard, Time now);
  void decided(Decision decision, Time now);
  void finish(InTwoSteps write, Decision decision, Time now);

  const EngineOptions options_;
  ShardContext around_;
  std::vector<std::unique_ptr<Shard>> shards_;              // the first counts in scopes of the cluster
  bool cluster_limits_ = false, namespace_limits_ = false;  // some policy has one
  std::unordered_map<Ticket, InTwoSteps> in_two_steps_;
  std::vector<Effect> effects_;
  std::vector<Decision> decisions_;
  EarlierLedger earlier_;
  Ticket tickets_ = 0;
  Time forgets_before_{};  // how long a uid that is gone may still be in a ledger
};

}  // namespace hygiene::counting
