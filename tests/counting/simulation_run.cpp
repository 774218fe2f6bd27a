// The schedule, and what must hold.
#include <algorithm>
#include <array>

#include "simulation.hpp"

namespace hygiene::counting::test {
namespace {

constexpr Time kUnit{250};
constexpr Time kSettle = 90 * kUnit;
constexpr std::size_t kSteps = 400;
enum Action {
  request,
  deliver,
  bookmark,
  answer,
  reply,
  land_one,
  abort_one,
  remove,
  tick,
  relist,
  crash_one,
  lose,
  leap,
  reload
};
constexpr std::array kWeights{9.0, 16.0, 2.0, 40.0, 12.0, 12.0, 1.0, 4.0, 6.0, 0.5, 0.3, 0.3, 1.0, 0.3};

}  // namespace

void Simulation::step(std::size_t action) {
  const auto index = below(replicas_.size());
  auto& replica = replicas_[index];
  const auto any = [this](Request::State state) -> Request* {
    std::vector<Request*> found;
    for (const auto& candidate : requests_) {
      if (candidate->state == state) found.push_back(candidate.get());
    }
    return found.empty() ? nullptr : found[below(found.size())];
  };
  const auto watch = below(replica.watches.size());
  switch (action) {
    case request:
      new_request();
      break;
    case deliver:
      deliver_events(index, watch, 1 + below(3));
      break;
    case bookmark:
      if (replica.watches[watch].list == 0 && replica.watches[watch].position > 0)
        replica.engine->bookmark(watch, server_.log[replica.watches[watch].position - 1].revision,
                                 local(replica));
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
    case remove:
      if (!server_.secrets.empty()) {
        auto at = server_.secrets.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(below(server_.secrets.size())));
        server_.remove(std::string(at->first));
      }
      break;
    case tick:
      replica.engine->tick(local(replica));
      break;
    case relist:
      gap_ = true;
      begin_list(replica, watch);
      break;
    case crash_one:
      crash(index);
      break;
    case lose:
      if (lossy_ && chance(50)) {
        server_.lose_ledger();
      } else if (lossy_) {
        server_.spoil_ledger();
      }
      break;
    case leap:
      now_ += kUnit * (1 + below(12));
      break;
    case reload:
      gap_ = true;
      select(replica);
      break;
    default:
      break;
  }
  if (!late_.empty() && chance(10)) {
    server_.swap_ledger(late_.back());
    late_.pop_back();
  }
  for (std::size_t i = 0; i < replicas_.size(); ++i) take(i);
}

void Simulation::crash(std::size_t index) {
  gap_ = true;
  for (const auto& request : requests_) {
    const bool waits = request->state == Request::State::waits || request->state == Request::State::admitted;
    if (waits && request->replica == index) request->state = Request::State::done;
  }
  // What was sent may be done all the same.
  for (const auto& answer : replicas_[index].answers) {
    const auto* swap = std::get_if<SwapLedger>(&answer.effect);
    if (swap != nullptr && !answer.served && chance(50)) late_.push_back(*swap);
  }
  start(index);
}

// The API server's own deadline.
void Simulation::expire() {
  for (const auto& request : requests_) {
    if (request->state == Request::State::done || now_ <= request->called + kSettle) continue;
    if (request->state == Request::State::waits) replicas_[request->replica].engine->cancel(request->ticket);
    request->state = Request::State::done;
  }
  if (requests_.size() > 12)
    std::erase_if(requests_, [](const auto& request) { return request->state == Request::State::done; });
}

// By name, what is stored or may still be; with what entries hold, which may be more.
std::map<std::string, std::uint64_t> Simulation::charges(bool with_ledger) {
  std::map<std::string, std::uint64_t> charges;
  const auto charge = [&charges](const std::string& name, std::uint64_t bytes) {
    auto& charged = charges[name];
    charged = std::max(charged, bytes);
  };
  for (const auto& [name, object] : server_.secrets) charge(name, object.bytes);
  for (const auto& request : requests_) {
    if (request->state != Request::State::admitted && request->state != Request::State::in_flight) continue;
    if (!request->grows) continue;
    if (request->update) {
      const auto found = server_.secrets.find(request->name);
      if (found == server_.secrets.end() || found->second.uid != request->uid ||
          found->second.revision != request->before)
        continue;  // this attempt can no longer be stored
    }
    charge(request->name, request->bytes);
  }
  if (!with_ledger) return charges;
  // Once stored, a CREATE's entry holds nothing, unless somebody missed it among what he did not see. A list
  // that confirms, as in local mode, does not show what was stored and deleted again: the watch must have.
  if (!strict_) {
    const auto& view = replicas_.front().engine->view();
    replicas_.front().engine->book().for_each([&](const Book::Item& item) {
      const auto& entry = item.entry;
      const auto deleted = server_.deleted.find(entry.key.uid);
      const auto watch = view.plan().watch_of(entry.type);
      const bool seen = landed_.contains(entry.key.uid) && !gap_ &&
                        (deleted == server_.deleted.end() || view.revision(watch) >= deleted->second);
      if (entry.key.before != 0 || !seen) charge(std::string(entry.name), entry.bytes);
    });
    return charges;
  }
  if (!server_.ledger()) return charges;
  if (const auto version = ledger_version(*server_.ledger()); version != parsed_version_) {
    auto ledger = parse_ledger(*server_.ledger());
    parsed_ = ledger ? ledger->entries : std::vector<Entry>();
    parsed_version_ = version;
  }
  for (const auto& entry : parsed_) {
    if (entry.key.before == 0 && landed_.contains(entry.key.uid) && !gap_) continue;
    charge(entry.name, entry.bytes);
  }
  return charges;
}

bool Simulation::full_for(const Request& request, const std::map<std::string, std::uint64_t>& charges) const {
  const auto known = charges.find(request.name);
  std::uint64_t bytes = request.bytes;
  for (const auto& [name, charged] : charges) bytes += name == request.name ? 0 : charged;
  if (known != charges.end()) bytes += known->second > request.bytes ? known->second - request.bytes : 0;
  const auto count = charges.size() + (known == charges.end() ? 1U : 0U);
  return bytes > limit_bytes_ || (!request.update && count > limit_);
}

void Simulation::check() {
  const auto over = [this](const std::map<std::string, std::uint64_t>& charged) {
    std::uint64_t bytes = 0;
    for (const auto& [name, size] : charged) bytes += size;
    return charged.size() > limit_ || bytes > limit_bytes_;
  };
  std::map<std::string, std::uint64_t> stored_now;
  for (const auto& [name, object] : server_.secrets) stored_now[name] = object.bytes;
  if (over(stored_now)) throw Violation("OVER");
  if (over(charges(false))) throw Violation("INV");
  std::optional<std::map<std::string, std::uint64_t>> with_ledger;
  for (const auto& waiting : requests_) {
    if (waiting->state != Request::State::waits || waiting->was_full) continue;
    if (!with_ledger) with_ledger = charges(true);
    waiting->was_full = full_for(*waiting, *with_ledger);
  }
}

void Simulation::run() {
  // Each schedule has its own mix.
  std::array<double, kWeights.size()> weights = kWeights;
  for (auto& weight : weights) weight *= std::array{0.2, 1.0, 1.0, 3.0}[below(4)];
  std::discrete_distribution<std::size_t> actions(weights.begin(), weights.end());
  settle(4);
  for (std::size_t i = 0; i < kSteps; ++i) {
    now_ += kUnit;
    expire();
    step(actions(random_));
    check();
  }
  check_quiet();
}

// Everything arrives at once, for so long.
void Simulation::settle(unsigned seconds) {
  for (unsigned second = 0; second < seconds; ++second) {
    now_ += Time(1000);
    for (std::size_t i = 0; i < replicas_.size(); ++i) replicas_[i].engine->tick(local(replicas_[i]));
    for (unsigned pass = 0; pass < 6; ++pass) {
      for (std::size_t i = 0; i < replicas_.size(); ++i) {
        take(i);
        for (WatchIndex watch = 0; watch < replicas_[i].watches.size(); ++watch)
          deliver_events(i, watch, 1'000'000);
        for (std::size_t left = 2 * replicas_[i].answers.size(); left != 0; --left) deliver_answer(i);
        take(i);
      }
    }
  }
}

void Simulation::check_quiet() {
  for (const auto& request : requests_) {
    if (request->state == Request::State::waits) replicas_[request->replica].engine->cancel(request->ticket);
    request->state = Request::State::done;
  }
  lossy_ = false;
  late_.clear();
  // What was admitted, or lost, is over after kSettle; a ledger made anew cools as long; housekeeping is due
  // every 10 s.
  const auto long_enough = static_cast<unsigned>(kSettle / Time(1000));
  settle(2 * long_enough + 25);
  check();
  for (const auto& replica : replicas_) {
    if (replica.engine->book().size() != 0) throw Violation("LEAK");
    if (replica.engine->cooling()) throw Violation("STUCK");
  }
  charges(true);
  if (strict_ && !parsed_.empty()) throw Violation("LEAK");
  requests_.clear();
  Request last;
  for (const auto& name : names_) {
    if (!server_.secrets.contains(name)) last.name = name;
  }
  if (last.name.empty()) return;
  last.type = "t";
  last.uid = ++uids_;
  last.bytes = 1;
  last.called = now_;
  requests_.push_back(std::make_unique<Request>(last));
  auto& asked = *requests_.back();
  const bool full = full_for(asked, charges(true));
  call(asked);
  settle(8);
  if (!full && asked.state != Request::State::admitted) throw Violation("STUCK");
  if (full && asked.state != Request::State::done) throw Violation("VAGUE");
}

}  // namespace hygiene::counting::test
