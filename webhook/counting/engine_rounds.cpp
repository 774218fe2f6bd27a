// Confirmations: before a write is denied, what is known must be as new as its arrival.
#include <algorithm>
#include <array>

#include "counting/engine.hpp"

namespace hygiene::counting {
namespace {

// A request of a client waits 10 s unless told otherwise, and no answer comes later than 30 s.
constexpr Time kRoundMax{30'000};
constexpr Time kRoundsApart{1'000};  // of one scope
// Lists that run beside each other, of one namespace each.
constexpr std::ptrdiff_t kListRoundsMax = 4;

// A type for the marker of the watch that shows what has no watch of its own.
constexpr std::string_view kMarkerType = "secret-hygiene.io/marker";

// No such Secret lives without a service account: its controller deletes it.
bool marker_can_exist(std::string_view type) {
  return type != secret::kTypeServiceAccountToken;
}

}  // namespace

void Engine::want(const Pending& pending, const Claim& claim) {
  for (const auto& round : rounds_) {
    if (round.arrival >= pending.arrival &&
        std::ranges::find(round.scopes, claim.scope.id, &Scope::id) != round.scopes.end())
      return;
  }
  if (std::ranges::any_of(wanted_,
                          [&claim](const Wanted& other) { return other.scope.id == claim.scope.id; }))
    return;
  wanted_.push_back({claim.scope, claim.scope.kind == ScopeKind::cluster
                                      ? std::nullopt
                                      : std::optional(pending.claims.namespace_name)});
}

bool Engine::due(const Scope& scope, Time now) const {
  const auto last = last_rounds_.find(scope.id);
  return last == last_rounds_.end() || now - last->second >= kRoundsApart;
}

void Engine::start_rounds(Time now) {
  if (options_.strict) {
    start_strict_round(now);
  } else {
    start_list_rounds(now);
  }
}

void Engine::start_strict_round(Time now) {
  if (!rounds_.empty() || !ledger_ || written_ || reading_ || read_wanted_ || ahead_) return;
  if (ledger_->cooling) {
    end_cooling(now);
    return;
  }
  std::vector<Scope> scopes;
  std::optional<std::string> in;
  bool one_namespace = true;
  for (const auto& wanted : wanted_) {
    if (!due(wanted.scope, now)) continue;
    if (scopes.empty()) in = wanted.namespace_name;
    one_namespace = one_namespace && in == wanted.namespace_name;
    scopes.push_back(wanted.scope);
  }
  if (!scopes.empty()) {
    start(std::move(scopes), one_namespace ? in : std::nullopt, false, now);
  } else if (lagging_ && (!last_probe_ || now - *last_probe_ >= kRoundsApart)) {
    last_probe_ = now;
    start({}, std::nullopt, false, now);
  }
}

// What was admitted before is stored by now or never will be; what is known must be as new as that.
void Engine::end_cooling(Time now) {
  if (!rounds_.empty() || now - cooling_since_ < options_.settle) return;
  for (WatchIndex i = 0; i < view_.plan().watches().size(); ++i) {
    if (!view_.settled(i)) return;
  }
  start({}, std::nullopt, true, now);
}

void Engine::start_list_rounds(Time now) {
  if (cooling_) {
    end_cooling(now);
    return;
  }
  while (!wanted_.empty()) {
    std::vector<Scope> scopes;
    const auto in = wanted_.front().namespace_name;
    std::erase_if(wanted_, [&](const Wanted& wanted) {
      if (wanted.namespace_name != in) return false;
      if (due(wanted.scope, now)) scopes.push_back(wanted.scope);
      return true;
    });
    const bool listed_now =
        std::ranges::any_of(rounds_, [&](const Round& round) { return round.namespace_name == in; });
    const auto parts =
        std::ranges::count_if(rounds_, [](const Round& round) { return round.namespace_name.has_value(); });
    if (scopes.empty() || listed_now || (in && parts >= kListRoundsMax)) continue;
    start(std::move(scopes), in, false, now);
  }
}

void Engine::start(std::vector<Scope> scopes, std::optional<std::string> namespace_name, bool ends_cooling,
                   Time now) {
  Round round;
  round.namespace_name = std::move(namespace_name);
  round.arrival = arrivals_;
  round.read = readings_;
  if (ledger_) {
    round.version = ledger_->version;
    round.ledger_id = ledger_->id;
  }
  round.ends_cooling = ends_cooling;
  round.started = now;
  for (WatchIndex i = 0; i < view_.plan().watches().size(); ++i) {
    const bool needed = scopes.empty() || std::ranges::any_of(scopes, [&](const Scope& scope) {
                          const auto& covering = covering_[scope.policy];
                          return std::ranges::find(covering, i) != covering.end();
                        });
    if (needed)
      round.legs.push_back(
          {i, !options_.strict || !marker_can_exist(view_.plan().watches()[i].type), false, false, 0, 0, 0});
  }
  for (const auto& scope : scopes) last_rounds_[scope.id] = now;
  round.scopes = std::move(scopes);
  for (auto& leg : round.legs) ask(round, leg);
  // What is settled by now shall not stand in the way.
  read_names(now);
  rounds_.push_back(std::move(round));
}

void Engine::ask(const Round& round, Leg& leg) {
  leg.min_view = ledger_ ? min_view(leg.watch) : 0;
  if (!leg.by_list) {
    leg.asked = true;
    leg.id = ++ids_;
    const auto& type = view_.plan().watches()[leg.watch].type;
    effects_.emplace_back(WriteMarker{leg.id, type.empty() ? std::string(kMarkerType) : type});
    return;
  }
  // A list beside a watch that is being listed itself would be of two moments.
  if (!view_.settled(leg.watch)) return;
  leg.asked = true;
  leg.id = view_.begin_list(leg.watch, round.namespace_name, false);
  effects_.emplace_back(ListScope{leg.id, leg.watch, round.namespace_name});
}

void Engine::marker_written(MarkerId marker, std::optional<std::uint64_t> revision, Time now) {
  for (auto& round : rounds_) {
    for (auto& leg : round.legs) {
      if (leg.by_list || leg.id != marker || leg.reached) continue;
      leg.reached = revision.has_value();
      leg.asked = revision.has_value();
      leg.revision = revision.value_or(0);
      if (revision) note_revision(leg);
    }
  }
  proceed(now);
  if (options_.strict) read_or_write_ledger(now);
}

// The ledger had seen more than there is: revisions went back, as when etcd was restored.
void Engine::note_revision(const Leg& leg) {
  if (leg.revision < leg.min_view) ahead_ = true;
}

bool Engine::reached(const Round& round) const {
  return std::ranges::all_of(round.legs, [this](const Leg& leg) {
    if (!leg.reached || !view_.settled(leg.watch)) return false;
    return leg.by_list || view_.revision(leg.watch) >= leg.revision;
  });
}

// By watch, the revision up to which all is known.
std::vector<std::uint64_t> Engine::seen() const {
  std::vector<std::uint64_t> seen;
  for (WatchIndex i = 0; i < view_.plan().watches().size(); ++i) seen.push_back(view_.revision(i));
  for (const auto& round : rounds_) {
    for (const auto& leg : round.legs) {
      if (leg.by_list && leg.reached) seen[leg.watch] = std::max(seen[leg.watch], leg.revision);
    }
  }
  return seen;
}

void Engine::advance_rounds(Time now) {
  for (auto& round : rounds_) {
    const bool broken_off = std::ranges::any_of(round.legs, [this](const Leg& leg) {
      if (!leg.asked) return !leg.by_list;  // a marker that could not be written
      return leg.by_list && !leg.reached && !view_.current(leg.id);
    });
    if (broken_off || now - round.started >= kRoundMax) {
      abandon(round);
      round.done = true;
      continue;
    }
    for (auto& leg : round.legs) {
      if (!leg.asked) ask(round, leg);
    }
    if (!options_.strict && reached(round)) finish(round);
  }
  std::erase_if(rounds_, [](const Round& round) { return round.done; });
  if (options_.strict) read_or_write_ledger(now);
}

void Engine::abandon(const Round& round) {
  for (const auto& leg : round.legs) {
    if (leg.by_list) view_.abandon_list(leg.id);
  }
}

void Engine::finish(Round& round) {
  round.done = true;
  if (round.ends_cooling && !options_.strict) {
    cooling_ = false;
    return;
  }
  if (round.ends_cooling) {
    // It may have been lost once more, and another cool in its place.
    if (!ledger_->cooling || ledger_->id != round.ledger_id) return;
    Ledger warm = *ledger_;
    warm.cooling = false;
    warm.min_views.clear();
    for (const auto& leg : round.legs)
      warm.min_views[view_.plan().watches()[leg.watch].field_selector] = leg.revision;
    swap(std::move(warm));
    return;
  }
  // In local mode nobody else admits anything.
  const bool one_moment = !options_.strict || round.legs.size() == 1;
  const bool unchanged = options_.strict && ledger_->version == round.version;
  const AsOf as_of{round.read, past_.begun() ? &past_ : nullptr};
  for (const auto& scope : round.scopes)
    confirmed_[scope.id] = {round.arrival, round.read, book_.held(scope, as_of), unchanged, one_moment};
}

}  // namespace hygiene::counting
