#include "counting/confirmations.hpp"

#include <algorithm>

namespace hygiene::counting {
namespace {

// A request of a client waits 10 s unless told otherwise, and no answer comes later than 30 s.
constexpr Time kConfirmationMax{30'000};
// After a confirmation comes a pause of four times what it took, within these bounds: markers, or lists of
// one namespace, are asked for at most ten times a second, and a fifth of the time.
constexpr int kPauseOverCost = 4;
constexpr Time kPauseMin{100};
constexpr Time kPauseMax{1'000};
constexpr Time kProbesApart{1'000};
// Lists that run beside each other, of one namespace each.
constexpr std::ptrdiff_t kNamespacesAtOnceMax = 4;

// A type for the marker of the watch that shows what has no watch of its own.
constexpr std::string_view kMarkerType = "secret-hygiene.io/marker";

// False where no marker can be seen: a token's controller deletes one without a service account, and the
// policies may leave out our own type.
bool marker_can_be_seen(const WatchPlan& plan, WatchIndex watch) {
  const auto& type = plan.watches()[watch].type;
  return type != secret::kTypeServiceAccountToken && (!type.empty() || plan.watch_of(kMarkerType) == watch);
}

}  // namespace

void Confirmations::reset() {
  for (const auto& confirmation : confirmations_) abandon_lists(confirmation);
  confirmations_.clear();
  wanted_.clear();
  pauses_.clear();
  held_until_.reset();
}

void Confirmations::want(const Scope& scope, std::string_view in, std::uint64_t arrival) {
  const bool begun = std::ranges::any_of(confirmations_, [&](const Confirmation& confirmation) {
    return confirmation.arrival >= arrival &&
           std::ranges::find(confirmation.scopes, scope.id, &Scope::id) != confirmation.scopes.end();
  });
  const bool wanted =
      std::ranges::any_of(wanted_, [&scope](const WantedScope& other) { return other.scope.id == scope.id; });
  if (begun || wanted) return;
  wanted_.push_back(
      {scope, scope.kind == ScopeKind::cluster ? std::nullopt : std::optional(std::string(in))});
}

// In strict mode one confirmation is for all that wait.
Confirmations::Extent Confirmations::extent_of(const std::optional<std::string>& namespace_name) const {
  return strict_ ? std::nullopt : namespace_name;
}

bool Confirmations::due(const WantedScope& wanted, Time now) {
  const auto pause = pauses_.find(extent_of(wanted.namespace_name));
  if (pause == pauses_.end() || now >= pause->second) return true;
  held_until_ = std::min(held_until_.value_or(pause->second), pause->second);
  return false;
}

void Confirmations::pause_after(const Confirmation& confirmation, Time now) {
  const auto cost = now - confirmation.started;
  pauses_[extent_of(confirmation.namespace_name)] =
      now + std::clamp(kPauseOverCost * cost, kPauseMin, kPauseMax);
}

bool Confirmations::start_together(const Now& now) {
  held_until_.reset();
  std::vector<Scope> scopes;
  std::optional<std::string> in;
  bool one_namespace = true;
  for (const auto& wanted : wanted_) {
    if (!due(wanted, now.time)) return false;
    if (scopes.empty()) in = wanted.namespace_name;
    one_namespace = one_namespace && in == wanted.namespace_name;
    scopes.push_back(wanted.scope);
  }
  if (scopes.empty()) return false;
  wanted_.clear();
  start(std::move(scopes), one_namespace ? in : std::nullopt, false, now);
  return true;
}

bool Confirmations::start_by_namespace(const Now& now) {
  bool started = false;
  held_until_.reset();
  while (!wanted_.empty()) {
    std::vector<Scope> scopes;
    const auto in = wanted_.front().namespace_name;
    std::erase_if(wanted_, [&](const WantedScope& wanted) {
      if (wanted.namespace_name != in) return false;
      if (due(wanted, now.time)) scopes.push_back(wanted.scope);
      return true;
    });
    const bool listed_now =
        std::ranges::find(confirmations_, in, &Confirmation::namespace_name) != confirmations_.end();
    const auto namespaces = std::ranges::count_if(
        confirmations_, [](const Confirmation& each) { return each.namespace_name.has_value(); });
    if (scopes.empty() || listed_now || (in && namespaces >= kNamespacesAtOnceMax)) continue;
    start(std::move(scopes), in, false, now);
    started = true;
  }
  return started;
}

void Confirmations::start_of_all(bool ends_quarantine, const Now& now) {
  start({}, std::nullopt, ends_quarantine, now);
}

bool Confirmations::probe(const Now& now) {
  if (last_probe_ && now.time - *last_probe_ < kProbesApart) return false;
  last_probe_ = now.time;
  start_of_all(false, now);
  return true;
}

void Confirmations::start(std::vector<Scope> scopes, std::optional<std::string> namespace_name,
                          bool ends_quarantine, const Now& now) {
  auto& made = confirmations_.emplace_back();
  made.namespace_name = std::move(namespace_name);
  made.arrival = now.arrival;
  made.read = now.read;
  if (const auto* ledger = ledger_.known()) {
    made.ledger_version = ledger->version;
    made.ledger_id = ledger->id;
  }
  made.ends_quarantine = ends_quarantine;
  made.started = now.time;
  for (WatchIndex watch = 0; watch < view_.plan().watches().size(); ++watch) {
    const bool needed = scopes.empty() || std::ranges::any_of(scopes, [&](const Scope& scope) {
                          const auto& covering = covering_[scope.policy];
                          return std::ranges::find(covering, watch) != covering.end();
                        });
    if (!needed) continue;
    auto& check = made.checks.emplace_back();
    check.watch = watch;
    check.by_list = !strict_ || !marker_can_be_seen(view_.plan(), watch);
  }
  made.scopes = std::move(scopes);
  for (auto& check : made.checks) ask(made, check);
}

void Confirmations::ask(const Confirmation& confirmation, WatchCheck& check) {
  check.min_view = std::max(ledger_.min_view(check.watch), view_.revision(check.watch));
  if (!check.by_list) {
    check.asked = true;
    check.id = ++markers_;
    const auto& type = view_.plan().watches()[check.watch].type;
    effects_.emplace_back(WriteMarker{kFirstShard, check.id, type.empty() ? std::string(kMarkerType) : type});
    return;
  }
  // A list beside a watch that is being listed itself would be of two moments, and one of the same extent
  // would end that of another shard.
  if (!view_.settled(check.watch) || view_.confirms(check.watch, confirmation.namespace_name)) return;
  check.asked = true;
  check.id = view_.begin_list(check.watch, confirmation.namespace_name, false);
  effects_.emplace_back(ListScope{kFirstShard, check.id, check.watch, confirmation.namespace_name});
}

void Confirmations::reach(WatchCheck& check, std::uint64_t revision) {
  check.reached = true;
  check.revision = revision;
  // The ledger, or the watch, had seen more than there is: revisions went back, as when etcd was restored.
  if (check.revision < check.min_view) ledger_.is_newer_than_etcd();
}

void Confirmations::list_ended(ListId list, std::uint64_t revision) {
  for (auto& confirmation : confirmations_) {
    for (auto& check : confirmation.checks) {
      if (check.by_list && check.id == list && view_.current(list)) reach(check, revision);
    }
  }
}

void Confirmations::marker_written(MarkerId marker, std::optional<std::uint64_t> revision) {
  for (auto& confirmation : confirmations_) {
    for (auto& check : confirmation.checks) {
      if (check.by_list || check.id != marker) continue;
      base::invariant(!check.reached, "a marker is answered once");
      check.asked = revision.has_value();
      if (revision) reach(check, *revision);
    }
  }
}

bool Confirmations::broke_off(const Confirmation& confirmation) const {
  return std::ranges::any_of(confirmation.checks, [this](const WatchCheck& check) {
    if (!check.asked) return !check.by_list;  // a marker that could not be written
    return check.by_list && !check.reached && !view_.current(check.id);
  });
}

void Confirmations::advance(Time now) {
  std::erase_if(confirmations_, [&](const Confirmation& confirmation) {
    const bool over = broke_off(confirmation) || now - confirmation.started >= kConfirmationMax;
    if (!over) return false;
    abandon_lists(confirmation);
    pause_after(confirmation, now);
    return true;
  });
  for (auto& confirmation : confirmations_) {
    for (auto& check : confirmation.checks) {
      if (!check.asked) ask(confirmation, check);
    }
  }
}

void Confirmations::tick(Time now) {
  std::erase_if(pauses_, [now](const auto& pause) { return now >= pause.second; });
}

void Confirmations::abandon_lists(const Confirmation& confirmation) {
  for (const auto& check : confirmation.checks) {
    if (check.by_list) view_.abandon_list(check.id);
  }
}

bool Confirmations::reached(const Confirmation& confirmation) const {
  return std::ranges::all_of(confirmation.checks, [this](const WatchCheck& check) {
    if (!check.reached || !view_.settled(check.watch)) return false;
    return check.by_list || view_.revision(check.watch) >= check.revision;
  });
}

bool Confirmations::any_reached() const {
  return std::ranges::any_of(confirmations_, [this](const Confirmation& each) { return reached(each); });
}

std::vector<Confirmation> Confirmations::take_reached(Time now) {
  std::vector<Confirmation> taken;
  std::erase_if(confirmations_, [&](Confirmation& confirmation) {
    if (!reached(confirmation)) return false;
    pause_after(confirmation, now);
    taken.push_back(std::move(confirmation));
    return true;
  });
  return taken;
}

std::vector<std::uint64_t> Confirmations::seen() const {
  std::vector<std::uint64_t> seen;
  for (WatchIndex watch = 0; watch < view_.plan().watches().size(); ++watch)
    seen.push_back(view_.revision(watch));
  for (const auto& confirmation : confirmations_) {
    for (const auto& check : confirmation.checks) {
      if (check.by_list && check.reached) seen[check.watch] = std::max(seen[check.watch], check.revision);
    }
  }
  return seen;
}

}  // namespace hygiene::counting
