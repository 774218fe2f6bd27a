// The schedule: what happens, and when.
#include <algorithm>
#include <array>
#include <numeric>

#include "counting/ledger_text.hpp"
#include "simulation.hpp"

namespace hygiene::counting::test {
namespace {

constexpr std::size_t kSteps = 400;
enum Action {
  request,
  deliver_some,
  mark,
  answer,
  reply,
  land_one,
  abort_one,
  remove,
  tick,
  relist,
  break_one,
  crash_one,
  lose,
  leap,
  stand_still,
  reload,
  measure_one,
  restore
};
// How often each is, in tenths.
constexpr std::array kWeights{90U, 160U, 20U, 400U, 120U, 120U, 10U, 40U, 60U,
                              4U,  4U,   3U,  3U,   10U,  3U,   3U,  15U, 3U};
constexpr std::array kRoomyWeights{200U, 160U, 20U, 800U, 100U, 100U, 20U, 100U, 60U,
                                   3U,   3U,   3U,  3U,   5U,   2U,   2U,  2U,   1U};
constexpr std::array kActions{"request", "deliver", "bookmark",    "answer", "reply",   "land",
                              "abort",   "remove",  "tick",        "relist", "break",   "crash",
                              "lose",    "leap",    "stand still", "reload", "measure", "restore"};

// Between a backup and its restoration the API server stored so much else.
constexpr std::uint64_t kOtherWrites = 10'000;

}  // namespace

void Simulation::step(std::size_t action) {
  const auto index = below(replicas_.size());
  auto& replica = replicas_[index];
  const auto any = [this](Request::State state) -> Request* {
    const auto count = std::ranges::count(requests_, state, &Request::state);
    auto nth = below(static_cast<std::size_t>(count));
    for (auto& candidate : requests_) {
      if (candidate.state == state && nth-- == 0) return &candidate;
    }
    return nullptr;
  };
  const auto watch = below(replica.watches.size());
  switch (action) {
    case request:
      new_request();
      break;
    case deliver_some:
      deliver_events(index, watch, 1 + below(3));
      break;
    case mark:
      bookmark(replica, watch);
      break;
    case answer:
      deliver_answer(index);
      break;
    case reply:
      if (auto* found = any(Request::State::admitted)) found->state = Request::State::in_flight;
      break;
    case land_one:
      if (auto* found = any(Request::State::in_flight)) land(*found);
      break;
    case abort_one:
      if (auto* found = any(Request::State::in_flight)) found->state = Request::State::done;
      break;
    case remove: {
      const auto slot = static_cast<Slot>(below(scenario_.names.size()));
      if (!server_.secrets[slot]) break;
      say("  slot ", int{slot}, " uid ", server_.secrets[slot].uid, " is deleted at ", server_.revision + 1);
      server_.remove(slot);
      break;
    }
    case tick:
      replica.engine->tick(local(replica));
      break;
    case relist:
      gap_ = true;
      begin_list(index, watch);
      break;
    case break_one:
      gap_ = true;
      break_off(index, watch);
      break;
    case crash_one:
      crash(index);
      break;
    case lose:
      if (lossy_) lose_a_ledger();
      break;
    case leap:
      now_ += kUnit * (1 + below(12));
      break;
    case stand_still: {
      // A suspended machine's clock: it never goes back.
      const auto length = kUnit * (1 + below(12));
      now_ += length;
      replica.offset -= length;
      break;
    }
    case reload:
      gap_ = true;
      select(index);
      break;
    case measure_one:
      if (unannotated_percent_ != 0) measure(index);
      break;
    case restore:
      if (restores_) back_up_or_restore();
      break;
    default:
      break;
  }
  if (!late_.empty() && chance(10)) {
    server_.swap_ledger(late_.back());
    late_.pop_back();
  }
  if (chance(50)) end_waits(replica);
  for (std::size_t i = 0; i < replicas_.size(); ++i) take(i);
}

void Simulation::lose_a_ledger() {
  const auto name = ledger_name("ledger", below(1 + namespace_ledgers_));
  if (chance(50)) {
    server_.lose_ledger(name);
  } else {
    server_.spoil_ledger(name);
  }
}

void Simulation::new_request() {
  Request request;
  request.called = now_;
  request.slot = static_cast<Slot>(below(scenario_.names.size()));
  request.dry_run = chance(dry_runs_percent_);
  request.exempt = chance(exempt_percent_);
  request.annotated = !chance(unannotated_percent_);
  const auto& known = server_.secrets[request.slot];
  if (known && chance(updates_percent_)) {
    request.update = true;
    request.type = known.type;
    request.uid = known.uid;
    request.before = known.revision;
    request.stored_bytes = known.bytes;
    request.bytes = 1 + static_cast<std::uint32_t>(below(4));
  } else {
    request.type = scenario_.roomy ? Type{0} : static_cast<Type>(below(scenario_.written));
    request.uid = ++uids_;
    request.bytes = 1 + static_cast<std::uint32_t>(scenario_.roomy ? 0 : below(3));
  }
  landed_.resize(uids_ + 1);
  dry_.resize(uids_ + 1);
  if (!request.update) dry_[request.uid] = request.dry_run;
  requests_.push_back(request);
  call(requests_.back());
}

void Simulation::bookmark(Replica& replica, WatchIndex watch) {
  const auto& state = replica.watches[watch];
  if (state.broken || state.list != 0) return;
  // A watch that has seen all events is told how far the API server is.
  const bool seen_all = state.position == server_.log.size();
  if (!seen_all && state.position == 0) return;
  const auto revision = seen_all ? server_.revision : server_.log[state.position - 1].revision;
  // Nor does it tell what is older than where the watch began.
  if (revision >= replica.engine->view().revision(watch))
    replica.engine->bookmark(watch, revision, local(replica));
}

void Simulation::store(const Request& request) {
  if (request.uncounted) {
    let_through_ = true;
    excuse(request);
  }
  server_.put(request.slot, {request.uid, 0, request.bytes, request.type, request.annotated});
  for (auto& spared : spared_) {
    if (spared.uid == request.uid && spared.before == request.before) spared.stored_at = server_.revision;
  }
  say("  uid ", request.uid, " is stored at ", server_.revision);
}

void Simulation::land(Request& request) {
  const auto stored_now = server_.secrets[request.slot];
  request.state = Request::State::done;
  if (!request.update) {
    if (stored_now) return;
    store(request);
    landed_[request.uid] = true;
    return;
  }
  if (stored_now.uid != request.uid) return;
  if (stored_now.revision == request.before) {
    store(request);
    return;
  }
  // A conflict: the API server tries again, and calls webhooks again.
  request.before = stored_now.revision;
  request.stored_bytes = stored_now.bytes;
  call(request);
}

void Simulation::crash(std::size_t index) {
  gap_ = true;
  for (auto& request : requests_) {
    const bool waits = request.state == Request::State::waits || request.state == Request::State::admitted;
    if (waits && request.replica == index) request.state = Request::State::done;
  }
  // What was sent may be done all the same.
  for (const auto& sent : replicas_[index].answers) {
    const auto* swap = std::get_if<SwapLedger>(&sent.effect);
    if (swap != nullptr && !sent.served && chance(50)) late_.push_back(*swap);
  }
  start(index);
}

// The API server and its etcd go down, and come back with what a backup held. Replicas live on until somebody
// restarts them.
void Simulation::back_up_or_restore() {
  if (!backup_) {
    backup_ = server_;
    server_.revision += kOtherWrites;
    return;
  }
  say("  restored to ", backup_->revision);
  backup_->restored_after(server_.ledger_changes());
  server_ = *std::exchange(backup_, std::nullopt);
  gap_ = true;
  was_restored_ = true;
  restored_ = now_;
  for (auto& request : requests_) {
    if (request.state == Request::State::waits) replicas_[request.replica].engine->cancel(request.ticket);
    request.state = Request::State::done;
  }
  late_.clear();
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    for (auto& sent : replicas_[i].answers) sent.served = sent.cut = true;
    replicas_[i].measures.clear();
    replicas_[i].stale = true;
    for (WatchIndex watch = 0; watch < replicas_[i].watches.size(); ++watch) break_off(i, watch);
  }
}

// The API server's own deadline.
void Simulation::expire() {
  for (auto& request : requests_) {
    if (request.state == Request::State::done || now_ <= request.called + kSettle) continue;
    if (request.state == Request::State::waits) replicas_[request.replica].engine->cancel(request.ticket);
    request.state = Request::State::done;
  }
  if (requests_.size() > 12)
    std::erase_if(requests_, [](const Request& request) { return request.state == Request::State::done; });
}

void Simulation::run() {
  try {
    run_all();
  } catch (const Violation&) {
    if (trace_ != nullptr) tell_all_known();
    throw;
  }
}

// What replicas make of it all.
void Simulation::tell_all_known() {
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    const auto& engine = *replicas_[i].engine;
    for (std::optional<std::uint32_t> from = 0; from;) {
      from = engine.view().inventory().visit_some(*from, 100, [&](const StoredSecret& secret) {
        say("r", i, " knows ", secret.subject.namespace_name, '/', secret.subject.name, " type ",
            secret.subject.type, " uid ", secret.stored.uid, " revision ", secret.stored.revision, " bytes ",
            secret.stored.bytes.value_or(0));
      });
    }
    const auto tell = [&](const Reservations::Item& item) {
      say("r", i, " has an entry ", item.reservation.namespace_name, '/', item.reservation.name, " type ",
          item.reservation.type, " uid ", item.reservation.key.uid, " before ", item.reservation.key.before,
          " bytes ", item.reservation.bytes, item.ended ? " decided" : "", " first read ", item.first_read);
    };
    for (ShardIndex shard = 0; shard < engine.shards(); ++shard)
      engine.shard(shard).reservations().for_each(tell);
  }
}

void Simulation::run_all() {
  // Each schedule has its own mix.
  auto sizes = kWeights;
  unsigned sum = 0;
  for (auto& weight : sizes) sum += weight *= std::array{1U, 5U, 5U, 15U}[below(4)];
  // Blocks are for many writes of one kind, and an API server that answers fast.
  if (scenario_.roomy) {
    sizes = kRoomyWeights;
    sum = std::accumulate(sizes.begin(), sizes.end(), 0U);
  }
  settle(4);
  for (std::size_t i = 0; i < kSteps; ++i) {
    now_ += kUnit;
    expire();
    std::size_t action = 0;
    for (auto at = below(sum); at >= sizes[action]; ++action) at -= sizes[action];
    say(i, " at ", now_.count(), ' ', kActions[action]);
    step(action);
    check();
  }
  say("quiet");
  check_quiet();
}

// Everything arrives at once, for so long. As often as to the API server's watches, within the time of an
// entry, bookmarks come.
void Simulation::settle(unsigned seconds) {
  for (unsigned second = 0; second < seconds; ++second) {
    now_ += Time(1000);
    for (auto& replica : replicas_) {
      for (WatchIndex watch = 0; second % 10 == 9 && watch < replica.watches.size(); ++watch)
        bookmark(replica, watch);
      replica.engine->tick(local(replica));
    }
    bool busy = true;
    for (unsigned pass = 0; busy && pass < 6; ++pass) {
      busy = false;
      for (std::size_t i = 0; i < replicas_.size(); ++i) busy = settle_once(i) || busy;
    }
  }
}

// True if there was something to do.
bool Simulation::settle_once(std::size_t index) {
  auto& replica = replicas_[index];
  take(index);
  bool busy = !replica.answers.empty();
  busy = end_waits(replica) || busy;
  for (WatchIndex watch = 0; watch < replica.watches.size(); ++watch)
    busy = deliver_events(index, watch, 1'000'000) || busy;
  for (std::size_t left = 2 * replica.answers.size(); left != 0; --left) deliver_answer(index);
  if (unannotated_percent_ != 0) {
    measure(index);
    busy = busy || !replica.measures.empty();
  }
  take(index);
  return busy;
}

}  // namespace hygiene::counting::test
