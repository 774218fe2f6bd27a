// The limits across Secrets at run time: the counting engine behind a lock, and the writes that wait for its
// word. A write that fits is answered on the thread that asks; what the engine wants done goes to a runner.
// Thread-safety: internally locked.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "counting/engine.hpp"
#include "policy/request.hpp"
#include "runtime/counting/stored_reader.hpp"
#include "runtime/counting/usage.hpp"

namespace hygiene::runtime {

// A watch that the policies need. With another epoch than before it begins anew, with a list.
struct WatchState {
  counting::Watch watch;
  bool with_types = false;  // the type of each Secret must be learnt
  std::uint64_t epoch = 0;
};

// What was decided, and by which policies.
struct CountingAnswer {
  counting::Decision decision;
  std::shared_ptr<const counting::Selection> selection;
};

class SharedEngine {
 public:
  using Clock = std::chrono::steady_clock;

  // What the engine wants done, and the watches after every change of policies. Called with no lock held, on
  // any thread.
  struct Runner {
    std::function<void(std::vector<counting::Effect>)> effects;
    std::function<void(std::vector<WatchState>)> watches;
  };

  explicit SharedEngine(counting::EngineOptions options);
  ~SharedEngine();

  // Before the first select().
  void set_runner(Runner runner) { runner_ = std::move(runner); }

  // In force from the next ask() on; writes that wait are asked for anew. Costs no more than a look at the
  // policies where none counts and none did.
  void select(std::shared_ptr<const policy::PolicySet> policies);
  // The labels of a namespace, of which policies may count some; null: it is gone.
  void show_namespace(const std::string& name, const counting::NamespaceLabels& labels);
  // True where a policy in force counts.
  bool active() const { return active_; }

  // One write that asks. Its answer() is there at once, or after `ready` was called.
  class PendingWrite;
  // Null where no limit is asked. Without an answer by `deadline` it is answered as not known. `request` is
  // looked at during the call only.
  std::shared_ptr<PendingWrite> ask(const policy::Request& request, bool dry_run, Clock::time_point deadline);
  // Null: not decided yet. Else it stays as it is while the PendingWrite lives.
  static const CountingAnswer* answer(const PendingWrite& write);
  // Calls `ready` once it is decided, perhaps at once.
  void when_decided(const std::shared_ptr<PendingWrite>& write, std::function<void()> ready);
  // Nobody waits any more.
  void give_up(const std::shared_ptr<PendingWrite>& write);

  // For the runner: the engine, its clock, and then whatever followed is dealt out.
  template <class F>
  auto with(F use) {
    Dealing dealing(*this);
    return use(*engine_, now());
  }
  // The same for one watch; false where it is no longer wanted.
  template <class F>
  bool with_watch(const WatchState& watch, F use) {
    Dealing dealing(*this);
    const auto index = index_of(watch);
    if (!index) return false;
    use(*engine_, *index, now());
    return true;
  }
  // Answers writes whose deadline has passed as not known.
  void expire(Clock::time_point moment);

  // True while every watch that the policies need was listed and, in strict mode, the ledger read; also where
  // none is needed.
  bool synced() const;
  // True while counts are not known because reservations may have been lost.
  bool in_quarantine() const;
  // Up to `most` Secrets whose size a policy sums and nobody has written down.
  std::vector<StoredItem> unmeasured(std::size_t most) const;
  std::optional<WatchState> watch_at(counting::WatchIndex index) const;
  // How full the scopes are, the fullest first, at most `most` of them. One pass over all Secrets, in steps
  // between which others get the lock.
  Usage usage(std::size_t most) const;

  // Names that may go, of a full scope: the oldest or largest, looked up at most every ten seconds a scope;
  // none where looking up has taken too much of the last second.
  std::vector<std::string> examples(const CountingAnswer& of, const counting::Claim& claim);

 private:
  // Locks; deals out decisions and effects once unlocked.
  class Dealing {
   public:
    explicit Dealing(SharedEngine& engine) : engine_(engine) { engine_.mutex_.lock(); }
    ~Dealing() { engine_.unlock_and_deal(); }
    Dealing(const Dealing&) = delete;
    Dealing& operator=(const Dealing&) = delete;

   private:
    SharedEngine& engine_;
  };
  struct Examples {
    Clock::time_point found;
    std::vector<std::string> names;
  };

  bool is_own_marker(const policy::Request& request) const;
  counting::Time now() const;
  std::optional<counting::WatchIndex> index_of(const WatchState& watch) const;
  std::vector<WatchState> watches() const;
  void request(const std::shared_ptr<PendingWrite>& write, const counting::CountedWrite& claims);
  // Gives each decision to the write that waits for it.
  void deal_decisions();
  void deal(counting::Decision decision);
  void unlock_and_deal();

  const Clock::time_point begin_;
  const counting::HashKey key_;
  const std::string markers_namespace_;  // empty: there are none
  Runner runner_;
  std::atomic<bool> active_ = false;

  mutable std::mutex mutex_;
  std::unique_ptr<counting::Engine> engine_;
  std::shared_ptr<const counting::Selection> selection_;
  std::map<std::string, counting::NamespaceLabels> namespaces_;
  std::set<std::string, std::less<>> markers_;   // their names, of all watches
  std::map<std::string, std::uint64_t> epochs_;  // by field selector of a watch
  std::uint64_t last_epoch_ = 0;
  std::unordered_map<counting::Ticket, std::shared_ptr<PendingWrite>> waiting_;
  std::vector<std::function<void()>> ready_;  // to be called once unlocked
  std::map<counting::ScopeId, Examples> examples_;
  Clock::time_point examples_second_{};
  Clock::duration examples_took_{};  // of that second
};

}  // namespace hygiene::runtime
