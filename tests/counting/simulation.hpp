// A deterministic simulation of replicas that run the shipped engine against a model of an API server: late
// landings, watches that lag and begin anew, lost answers, crashes, a lost ledger, names that come back,
// other policies. One seed is one schedule. What must hold:
//   OVER    never more stored than the limit
//   INV     stored, and admitted and still able to be stored: never more than the limit
//   FALSE   nothing is denied that fitted at every moment between its arrival and its answer
//   LEAK    no entry outlives its time: none is left a while after all that it may be for is over
//   STUCK   once all is quiet, what fits is allowed
//   VAGUE   once all is quiet, what does not fit is denied
#pragma once

#include <deque>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>

#include "model_server.hpp"

namespace hygiene::counting::test {

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed);
  // Throws Violation.
  void run();

 private:
  struct Request {
    enum class State { waits, admitted, in_flight, done } state = State::waits;
    bool update = false;
    std::string name, type;
    std::uint64_t uid = 0, before = 0, bytes = 0, stored_bytes = 0;
    bool grows = false;  // has an entry
    Time called{};
    std::size_t replica = 0;
    Ticket ticket = 0;
    bool was_full = false;
  };
  struct Answer {  // on its way to a replica
    Effect effect;
    bool served = false;
    bool unclear = false;
    LedgerRead ledger;
    std::optional<std::string> swapped;
    std::uint64_t revision = 0;
    Engine::NameState name;
    Snapshot snapshot;
    std::size_t shown = 0;
  };
  struct WatchState {
    std::size_t position = 0;
    ListId list = 0;  // being read
    std::optional<Snapshot> snapshot;
    std::size_t shown = 0;
  };
  struct Replica {
    std::unique_ptr<Engine> engine;
    Time offset{};
    std::vector<WatchState> watches;
    std::deque<Answer> answers;
    std::uint64_t run = 0;
  };

  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  Time local(const Replica& replica) const { return now_ + replica.offset; }

  void start(std::size_t index);
  void select(Replica& replica);
  void watch_from(Replica& replica, const std::vector<WatchIndex>& fresh);
  void take(std::size_t index);
  void decided(std::size_t index, const Decision& decision);

  void step(std::size_t action);
  void new_request();
  void call(Request& request);
  void land(Request& request);
  void serve(Answer& answer);
  void deliver_answer(std::size_t index);
  void deliver_events(std::size_t index, WatchIndex watch, std::size_t count);
  void begin_list(Replica& replica, WatchIndex watch);
  void read_list(std::size_t index, WatchIndex watch, std::size_t count);
  void crash(std::size_t index);
  void expire();

  std::map<std::string, std::uint64_t> charges(bool with_ledger);
  bool full_for(const Request& request, const std::map<std::string, std::uint64_t>& charges) const;
  void check();
  void settle(unsigned seconds);
  void check_quiet();

  std::mt19937_64 random_;
  std::size_t variant_ = 0;
  bool strict_ = true, lossy_ = false, gap_ = false;
  std::uint64_t limit_ = 0, limit_bytes_ = 0;
  unsigned updates_percent_ = 0;
  std::vector<std::string> names_;
  Time now_{1'000'000};
  std::uint64_t uids_ = 0;
  ModelServer server_;
  std::vector<Replica> replicas_;
  std::deque<std::unique_ptr<Request>> requests_;
  std::vector<SwapLedger> late_;  // writes of the ledger that nobody waits for any more
  std::set<std::uint64_t> landed_;
  std::string parsed_version_;
  std::vector<Entry> parsed_;
};

}  // namespace hygiene::counting::test
