#include "simulation.hpp"

#include <algorithm>
#include <array>

#include "counting/support.hpp"

namespace hygiene::counting::test {
namespace {

constexpr std::array kEffects{"ReadLedger", "SwapLedger", "WriteMarker", "ListScope", "ReadName", "Wait"};

std::string described(const Effect& effect) {
  if (const auto* marker = std::get_if<WriteMarker>(&effect)) return " of type " + marker->type;
  if (const auto* name = std::get_if<ReadName>(&effect)) return ' ' + name->name;
  const auto* list = std::get_if<ListScope>(&effect);
  if (list == nullptr) return {};
  return ' ' + std::to_string(list->list) + " of watch " + std::to_string(list->watch) + " in " +
         list->namespace_name.value_or("all");
}

std::string uid_text(std::uint64_t uid) {
  char digits[33] = "00000000000000000000000000000000";
  for (auto* at = digits + 31; uid != 0; uid >>= 4) *at-- = "0123456789abcdef"[uid & 15];
  return digits;
}

}  // namespace

Simulation::Simulation(std::uint64_t seed, std::ostream* trace)
    : random_(seed), trace_(trace), scenario_(Scenario::make(random_)) {
  strict_ = seed % 4 != 0;
  updates_percent_ = std::array{0U, 30U, 60U}[below(3)];
  dry_runs_percent_ = chance(30) ? 15 : 0;
  exempt_percent_ = chance(20) ? 10 : 0;
  unannotated_percent_ = chance(25) ? 20 : 0;
  lossy_ = strict_ && chance(25);
  restores_ = chance(10);
  for (const auto& limit : scenario_.limits) excess_.emplace_back(limit.scopes.size());
  // Most schedules begin with a ledger that has cooled.
  if (strict_) namespace_ledgers_ = std::array{0U, 1U, 2U, 3U}[below(4)];
  for (std::size_t shard = 0; strict_ && shard <= namespace_ledgers_; ++shard) {
    if (chance(10)) continue;
    Ledger ledger;
    ledger.id = "first";
    const auto name = ledger_name("ledger", shard);
    server_.swap_ledger({shard, "own", name, true, render_ledger(ledger, "own", name)});
  }
  if (strict_) {
    block_secrets_max_ = scenario_.roomy ? 2 + below(4) : std::array{0U, 1U, 2U, 4U, 8U}[below(5)];
    block_lasts_ = kUnit * (scenario_.roomy ? 20 + below(60) : 1 + below(40));
    block_room_part_ = scenario_.roomy ? 1 : 1 + below(3);
    settle_ += block_lasts_;
  }
  say(strict_ ? "strict\n" : "local\n", scenario_.text);
  replicas_.resize(strict_ ? 2 + below(2) : 1);
  for (std::size_t i = 0; i < replicas_.size(); ++i) start(i);
}

void Simulation::start(std::size_t index) {
  auto& replica = replicas_[index];
  EngineOptions options;
  options.strict = strict_;
  options.replica = "r" + std::to_string(index) + "." + std::to_string(++replica.run);
  options.ledger_namespace = "own";
  options.ledger_name = "ledger";
  options.namespace_ledgers = namespace_ledgers_;
  options.settle = settle_;
  options.block_secrets_max = block_secrets_max_;
  options.block_lasts = block_lasts_;
  options.block_room_part = block_room_part_;
  options.quarantine_at_start = replica.run > 1;
  replica.stale = false;
  replica.offset = Time(1'000'000'000 + below(1'000'000));
  replica.answers.clear();
  replica.measures.clear();
  replica.waits.clear();
  replica.watches.clear();
  replica.engine = std::make_unique<Engine>(options, kKey, local(replica));
  select(index);
  take(index);
}

void Simulation::select(std::size_t index) {
  auto& replica = replicas_[index];
  const auto before = replica.engine->view().plan();
  const auto fresh = replica.engine->select(scenario_.policies(chance(30)), local(replica));
  const auto& plan = replica.engine->view().plan();
  const auto& watches = plan.watches();
  std::vector<WatchState> states(watches.size());
  for (WatchIndex i = 0; i < watches.size(); ++i) {
    const auto old = std::ranges::find(before.watches(), watches[i].field_selector, &Watch::field_selector);
    if (old != before.watches().end())
      states[i] = std::move(replica.watches[static_cast<std::size_t>(old - before.watches().begin())]);
  }
  replica.watches = std::move(states);
  for (std::size_t i = 0; i < scenario_.types.size(); ++i)
    replica.watch_of[i] = plan.watch_of(scenario_.types[i]);
  for (const auto watch : fresh) begin_list(index, watch);
}

void Simulation::begin_list(std::size_t index, WatchIndex watch) {
  auto& replica = replicas_[index];
  say("  r", index, " lists for watch ", watch);
  replica.watches[watch] = {0, replica.engine->begin_list(watch), std::nullopt, 0, false};
}

// The API server has no events any more that come after what was seen, or a page of the list any more.
void Simulation::break_off(std::size_t index, WatchIndex watch) {
  auto& replica = replicas_[index];
  auto& state = replica.watches[watch];
  say("  r", index, " watch ", watch, " breaks off");
  if (state.list != 0) replica.engine->list_failed(state.list, local(replica));
  state = {0, 0, std::nullopt, 0, true};
}

std::string_view Simulation::type_shown(const Replica& replica, WatchIndex watch, const Shown& shown) const {
  const auto& plan = replica.engine->view().plan();
  if (plan.types_needed()) return scenario_.types[shown.object.type];
  return plan.watches()[watch].type;
}

Subject Simulation::subject(const Replica& replica, WatchIndex watch, const Shown& shown) const {
  static constexpr std::array<std::string_view, kTypesMax> kMarkers{"marker-0", "marker-1", "marker-2",
                                                                    "marker-3", "marker-4"};
  const auto type = type_shown(replica, watch, shown);
  if (shown.slot >= kSlotsMax) return {"own", kMarkers[shown.slot - kSlotsMax], type};
  const auto& name = scenario_.names[shown.slot];
  return {name.namespace_name, name.name, type};
}

Stored Simulation::stored_of(const Object& object) {
  Stored stored{object.uid, object.revision, std::nullopt, 0};
  if (object.annotated) stored.bytes = object.bytes;
  return stored;
}

// True if there was something to do.
bool Simulation::read_list(std::size_t index, WatchIndex watch, std::size_t count) {
  auto& replica = replicas_[index];
  auto& state = replica.watches[watch];
  if (!state.snapshot) {
    state.snapshot = server_.list();
    say("  r", index, " watch ", watch, " gets a list of revision ", server_.revision);
    return true;
  }
  for (; count != 0 && state.shown < state.snapshot->objects.size(); --count, ++state.shown) {
    const auto& item = state.snapshot->objects[state.shown];
    if (replica.watch_of[item.object.type] != watch) continue;
    say("  r", index, " watch ", watch, " lists slot ", int{item.slot}, " revision ", item.revision);
    replica.engine->list_shows(state.list, subject(replica, watch, item), stored_of(item.object));
  }
  if (count == 0) return true;
  const auto list = std::exchange(state.list, 0);
  state.position = state.snapshot->position;
  const auto revision = state.snapshot->revision;
  state.snapshot.reset();
  say("  r", index, " watch ", watch, " is listed up to ", revision);
  if (!replica.engine->list_ends(list, revision, local(replica))) {
    if (!restored_) throw Violation("LIST");
    state.broken = true;
  }
  return true;
}

bool Simulation::deliver_events(std::size_t index, WatchIndex watch, std::size_t count) {
  auto& replica = replicas_[index];
  auto& state = replica.watches[watch];
  if (state.broken) {
    begin_list(index, watch);
    return true;
  }
  if (state.list != 0) return read_list(index, watch, count);
  const auto before = state.position;
  while (count != 0 && state.position < server_.log.size()) {
    const auto& change = server_.log[state.position++];
    if (replica.watch_of[change.object.type] != watch) continue;
    --count;
    const auto at = subject(replica, watch, change);
    say("  r", index, " watch ", watch, change.deleted ? " removes " : " shows ", at.name, " uid ",
        change.object.uid, " revision ", change.revision);
    if (change.deleted) {
      replica.engine->removes(watch, at, change.object.uid, change.revision, local(replica));
    } else {
      replica.engine->shows(watch, at, stored_of(change.object), local(replica));
    }
  }
  return state.position != before;
}

void Simulation::take(std::size_t index) {
  auto& replica = replicas_[index];
  for (auto& effect : replica.engine->take_effects()) {
    if (trace_ != nullptr) say("  r", index, " wants ", kEffects[effect.index()], described(effect));
    if (const auto* wait = std::get_if<Wait>(&effect)) {
      replica.waits.emplace_back(local(replica) + wait->length, wait->shard);
      continue;
    }
    if (const auto* swap = std::get_if<SwapLedger>(&effect)) excuse_owed(index, swap->shard);
    auto& asked = replica.answers.emplace_back();
    asked.effect = std::move(effect);
    asked.turn = ++turns_;
  }
  for (const auto& decision : replica.engine->take_decisions()) decided(index, decision);
}

// True if one was over.
bool Simulation::end_waits(Replica& replica) {
  std::vector<ShardIndex> over;
  std::erase_if(replica.waits, [&](const auto& wait) {
    if (wait.first > local(replica)) return false;
    over.push_back(wait.second);
    return true;
  });
  for (const auto shard : over) replica.engine->waited(shard, local(replica));
  return !over.empty();
}

void Simulation::decided(std::size_t index, const Decision& decision) {
  const auto found = std::ranges::find_if(requests_, [&](const Request& request) {
    return request.state == Request::State::waits && request.replica == index &&
           request.ticket == decision.ticket;
  });
  if (found == requests_.end()) return;
  auto& request = *found;
  say("  r", index, " decides uid ", request.uid, " before ", request.before, ": ",
      std::array{"allowed", "denied", "unknown, "}[static_cast<std::size_t>(decision.answer)],
      decision.answer == counting::Answer::unknown ? to_string(decision.why) : std::string_view());
  for (const auto& reading : decision.usages) say("    ", reading.used, " of ", reading.claim.allowed);
  const auto& name = scenario_.names[request.slot];
  for (ShardIndex shard = 0; trace_ != nullptr && shard <= namespace_ledgers_; ++shard) {
    const auto& reservations = replicas_[index].engine->shard(shard).reservations();
    const auto item = reservations.find(name.namespace_name, name.name, decision.reservation);
    if (item && item->place != Reservations::Place::on_its_own) say("    in a block of ledger ", shard);
  }
  request.answer = decision.answer;
  request.state = Request::State::done;
  if (decision.answer == counting::Answer::allowed && !request.dry_run) {
    request.state = Request::State::admitted;
    request.uncounted = strict_ && decision.why != Unknown::no;
    if (request.never_denied && !request.uncounted) excuse(request);
  }
  if (decision.answer != counting::Answer::denied) return;  // unknown: --when-counts-unknown=deny
  request.was_full = request.was_full || full_for(request, charges_with_entries());
  if (!request.was_full) throw Violation("FALSE");
}

void Simulation::call(Request& request) {
  static const policy::Requester kExempt{"exempt", {}};
  auto& replica = replicas_[request.replica = below(replicas_.size())];
  const auto& name = scenario_.names[request.slot];
  secret::Facts object, old;
  object.namespace_name = name.namespace_name;
  object.name = name.name;
  object.type = scenario_.types[request.type];
  object.uid = old.uid = uid_text(request.uid);
  object.labels.add("owner").value = "helm";
  object.data_bytes = request.bytes;
  old.data_bytes = request.stored_bytes;
  old.resource_version = object.resource_version = std::to_string(request.before);
  const auto operation = request.update ? policy::Operation::update : policy::Operation::create;
  auto claims =
      make_claims(replica.engine->selection(),
                  {operation, request.exempt ? &kExempt : nullptr, &object, request.update ? &old : nullptr},
                  request.dry_run);
  request.grows = !claims.empty();
  request.never_denied =
      request.exempt || (request.update && (request.type == scenario_.spared_type ||
                                            request.bytes <= request.stored_bytes + scenario_.allow_growth));
  request.state = Request::State::waits;
  request.run = replica.run;
  request.turn = ++turns_;
  if (strict_ && request.never_denied && request.grows && !request.dry_run)
    request.owed = {replica.engine->shard_of(ScopeKind::name_space, name.namespace_name), kFirstShard};
  if (request.never_denied && request.grows) spared_.push_back(request);
  request.was_full = full_for(request, charges_with_entries());
  say("  r", request.replica, request.dry_run ? " dry run" : "", request.exempt ? " exempt" : "",
      request.update ? " UPDATE " : " CREATE ", name.name, " type ", object.type, " uid ", request.uid,
      " before ", request.before, " bytes ", request.bytes);
  // The decision may come within the call: the ticket is known before it.
  request.ticket = replica.engine->request(std::move(claims), local(replica));
  take(request.replica);
}

void Simulation::serve(std::size_t index, Answer& answer) {
  answer.served = true;
  if (const auto* read = std::get_if<ReadLedger>(&answer.effect)) {
    answer.ledger = server_.read_ledger(read->name);
    if (fails(2)) answer.ledger = {LedgerRead::Kind::failed, {}};
  } else if (const auto* swap = std::get_if<SwapLedger>(&answer.effect)) {
    if (fails(3)) {
      // The connection is lost: it may be done later, or never.
      answer.unclear = true;
      if (chance(50)) late_.push_back(*swap);
    } else {
      const bool was_in_quarantine = server_.ledger_in_quarantine(swap->name);
      answer.swapped = server_.swap_ledger(*swap);
      if (answer.swapped && !was_in_quarantine && !server_.ledger_in_quarantine(swap->name))
        ledger_written_by(index, swap->shard, answer.turn);
      answer.unclear = fails(4);
      say("  the ledger is ", answer.swapped ? "swapped: " : "another", answer.swapped.value_or(""));
    }
  } else if (const auto* marker = std::get_if<WriteMarker>(&answer.effect)) {
    if (!fails(2)) answer.revision = server_.put_marker(scenario_.type_number(marker->type));
  } else if (std::holds_alternative<ListScope>(answer.effect)) {
    answer.snapshot = server_.list();
  } else if (const auto* name = std::get_if<ReadName>(&answer.effect)) {
    const auto& found = server_.secrets[scenario_.slot_of(name->namespace_name, name->name)];
    if (found) answer.name = {found.uid, found.revision};
    answer.unclear = fails(2);
  }
}

// Two objects of a list. True once it is at its end.
bool Simulation::show_page(Replica& replica, Answer& answer, const ListScope& list) {
  const auto& objects = answer.snapshot.objects;
  for (unsigned left = 2; left != 0 && answer.shown < objects.size(); --left, ++answer.shown) {
    const auto& item = objects[answer.shown];
    if (list.watch >= replica.watches.size() || replica.watch_of[item.object.type] != list.watch) continue;
    const auto at = subject(replica, list.watch, item);
    if (list.namespace_name && *list.namespace_name != at.namespace_name) continue;
    say("  list ", list.list, " shows ", at.name, " uid ", item.object.uid);
    replica.engine->list_shows(list.list, at, stored_of(item.object));
  }
  return answer.shown == objects.size();
}

// One step of one effect: it reaches the API server, or its answer comes back.
void Simulation::deliver_answer(std::size_t index) {
  auto& replica = replicas_[index];
  if (replica.answers.empty()) return;
  const auto at = replica.answers.begin() + static_cast<std::ptrdiff_t>(below(replica.answers.size()));
  if (trace_ != nullptr)
    say("  r", index, at->served ? " is answered " : " has served ", kEffects[at->effect.index()],
        described(at->effect));
  if (!at->served) {
    serve(index, *at);
    return;
  }
  const auto* list = std::get_if<ListScope>(&at->effect);
  if (list != nullptr && !at->cut && !show_page(replica, *at, *list)) return;
  const auto answer = std::move(*at);
  replica.answers.erase(at);
  deliver(replica, answer);
}

void Simulation::deliver(Replica& replica, const Answer& answer) {
  auto& engine = *replica.engine;
  const auto now = local(replica);
  if (const auto* read = std::get_if<ReadLedger>(&answer.effect)) {
    engine.ledger_read(read->shard, answer.cut ? LedgerRead() : answer.ledger, now);
  } else if (const auto* swap = std::get_if<SwapLedger>(&answer.effect)) {
    const auto result = answer.unclear || answer.cut ? Swapped::unclear
                        : answer.swapped             ? Swapped::done
                                                     : Swapped::conflict;
    engine.ledger_swapped(swap->shard, result, answer.swapped.value_or(""), now);
  } else if (const auto* marker = std::get_if<WriteMarker>(&answer.effect)) {
    const bool lost = answer.revision == 0 || answer.cut;
    engine.marker_written(marker->shard, marker->marker, lost ? std::nullopt : std::optional(answer.revision),
                          now);
  } else if (const auto* scope = std::get_if<ListScope>(&answer.effect)) {
    if (answer.cut || fails(5)) {
      engine.list_failed(scope->list, now);
    } else {
      engine.list_ends(scope->list, answer.snapshot.revision, now);
    }
  } else if (const auto* name = std::get_if<ReadName>(&answer.effect)) {
    engine.name_read(*name, answer.unclear || answer.cut ? std::nullopt : std::optional(answer.name), now);
  }
}

// One step of reading sizes: what lacks them is looked for, read, or its size comes back.
void Simulation::measure(std::size_t index) {
  auto& replica = replicas_[index];
  if (replica.measures.empty()) {
    for (const auto& secret : replica.engine->view().inventory().unmeasured(2)) {
      say("  r", index, " finds unmeasured ", secret.subject.name, " of type ", secret.subject.type);
      const auto type = std::ranges::find(scenario_.types, secret.subject.type);
      replica.measures.push_back({scenario_.slot_of(secret.subject.namespace_name, secret.subject.name),
                                  static_cast<Type>(type - scenario_.types.begin()),
                                  false,
                                  {}});
    }
    return;
  }
  auto& next = replica.measures.front();
  if (!next.served) {
    next.served = true;
    if (!fails(5)) next.found = server_.secrets[next.slot];
    return;
  }
  const auto done = next;
  replica.measures.erase(replica.measures.begin());
  if (!done.found) return;
  const auto& name = scenario_.names[done.slot];
  const std::string_view type =
      done.type < scenario_.types.size() ? std::string_view(scenario_.types[done.type]) : std::string_view();
  say("  r", index, " measures ", name.name, " uid ", done.found.uid);
  replica.engine->measured({name.namespace_name, name.name, type},
                           stored(done.found.uid, done.found.revision, done.found.bytes), local(replica));
}

}  // namespace hygiene::counting::test
