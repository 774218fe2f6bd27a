#include "simulation.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "support.hpp"

namespace hygiene::counting::test {
namespace {

constexpr Time kUnit{250};            // of one step
constexpr Time kSettle = 90 * kUnit;  // also how long the API server gives a write

std::shared_ptr<const Selection> policies(std::size_t variant, std::uint64_t limit, std::uint64_t bytes,
                                          bool more) {
  static std::map<std::string, std::shared_ptr<const Selection>> known;
  const std::array<std::string, 3> matches{"  match: {types: [t]}\n", "  match: {types: [t, u]}\n", ""};
  std::string text =
      document("limits", "  mode: Enforce\n" + matches[variant] +
                             "  exclude: {namespaces: [own]}\n  limits: {secretsPerNamespace: " +
                             std::to_string(limit) + ", bytesPerNamespace: " + std::to_string(bytes) + "}");
  if (variant == 2)
    text += document("one", "  mode: Warn\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 1}");
  // Another policy before it, so that indexes and watches move.
  if (more) text += document("a", "  mode: Warn\n  match: {types: [v]}\n  limits: {secretsPerNamespace: 1}");
  auto& selection = known[text];
  if (!selection) selection = test::select(text);
  return selection;
}

std::string uid_text(std::uint64_t uid) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(uid));
  return "0000000000000000" + std::string(digits);
}

}  // namespace

Simulation::Simulation(std::uint64_t seed) : random_(seed) {
  strict_ = seed % 4 != 0;
  variant_ = below(3);
  switch (below(3)) {
    case 0:
      limit_ = 2, limit_bytes_ = 999;
      break;
    case 1:
      limit_ = 99, limit_bytes_ = 3 + below(4);
      break;
    default:
      limit_ = 3, limit_bytes_ = 6;
  }
  for (std::size_t i = 0, count = 3 + below(3); i < count; ++i)
    names_.push_back(std::string(1, static_cast<char>('a' + i)));
  updates_percent_ = std::array{0U, 30U, 60U}[below(3)];
  lossy_ = strict_ && chance(25);
  // Most schedules begin with a ledger that has cooled.
  if (strict_ && chance(90)) {
    Ledger ledger;
    ledger.id = "first";
    server_.swap_ledger({true, render_ledger(ledger, "own", "ledger")});
  }
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
  options.settle = kSettle;
  options.cool_at_start = replica.run > 1;
  replica.offset = Time(below(1'000'000));
  replica.answers.clear();
  replica.watches.clear();
  replica.engine = std::make_unique<Engine>(options, kKey, local(replica));
  select(replica);
  take(index);
}

void Simulation::select(Replica& replica) {
  const auto before = replica.engine->view().plan();
  auto fresh = replica.engine->select(policies(variant_, limit_, limit_bytes_, chance(30)), local(replica));
  const auto& watches = replica.engine->view().plan().watches();
  std::vector<WatchState> states(watches.size());
  for (WatchIndex i = 0; i < watches.size(); ++i) {
    const auto old = std::ranges::find(before.watches(), watches[i].field_selector, &Watch::field_selector);
    if (old != before.watches().end())
      states[i] = replica.watches[static_cast<std::size_t>(old - before.watches().begin())];
  }
  replica.watches = std::move(states);
  for (const auto watch : fresh) begin_list(replica, watch);
}

void Simulation::begin_list(Replica& replica, WatchIndex watch) {
  replica.watches[watch] = {0, replica.engine->begin_list(watch), std::nullopt, 0};
}

void Simulation::read_list(std::size_t index, WatchIndex watch, std::size_t count) {
  auto& replica = replicas_[index];
  auto& state = replica.watches[watch];
  if (!state.snapshot) {
    state.snapshot = server_.list();
    return;
  }
  const auto& plan = replica.engine->view().plan();
  for (; count != 0 && state.shown < state.snapshot->objects.size(); --count, ++state.shown) {
    const auto& item = state.snapshot->objects[state.shown];
    if (plan.watch_of(item.object.type) != watch) continue;
    replica.engine->list_shows(state.list, {item.namespace_name, item.name, plan.watches()[watch].type},
                               stored(item.object.uid, item.revision, item.object.bytes));
  }
  if (count == 0) return;
  const auto list = std::exchange(state.list, 0);
  state.position = state.snapshot->position;
  const auto revision = state.snapshot->revision;
  state.snapshot.reset();
  if (!replica.engine->list_ends(list, revision, local(replica))) throw Violation("LIST");
}

void Simulation::deliver_events(std::size_t index, WatchIndex watch, std::size_t count) {
  auto& replica = replicas_[index];
  auto& state = replica.watches[watch];
  if (state.list != 0) {
    read_list(index, watch, count);
    return;
  }
  const auto& plan = replica.engine->view().plan();
  while (count != 0 && state.position < server_.log.size()) {
    const auto& change = server_.log[state.position++];
    if (plan.watch_of(change.object.type) != watch) continue;
    --count;
    const Subject subject{change.namespace_name, change.name, plan.watches()[watch].type};
    if (change.deleted) {
      replica.engine->removes(watch, subject, change.object.uid, change.revision, local(replica));
    } else {
      replica.engine->shows(watch, subject, stored(change.object.uid, change.revision, change.object.bytes),
                            local(replica));
    }
  }
}

void Simulation::take(std::size_t index) {
  auto& replica = replicas_[index];
  for (auto& effect : replica.engine->take_effects()) {
    replica.answers.push_back({});
    replica.answers.back().effect = std::move(effect);
  }
  for (const auto& decision : replica.engine->take_decisions()) decided(index, decision);
}

void Simulation::decided(std::size_t index, const Decision& decision) {
  const auto found = std::ranges::find_if(requests_, [&](const auto& request) {
    return request->state == Request::State::waits && request->replica == index &&
           request->ticket == decision.ticket;
  });
  if (found == requests_.end()) return;
  auto& request = **found;
  if (decision.answer == counting::Answer::allowed) {
    request.state = Request::State::admitted;
    return;
  }
  request.state = Request::State::done;
  if (decision.answer != counting::Answer::denied) return;  // unknown: --when-counts-unknown=deny
  request.was_full = request.was_full || full_for(request, charges(true));
  if (!request.was_full) throw Violation("FALSE");
}

void Simulation::call(Request& request) {
  auto& replica = replicas_[request.replica = below(replicas_.size())];
  secret::Facts object, old;
  object.namespace_name = ModelServer::kNamespace;
  object.name = request.name;
  object.type = request.type;
  object.uid = old.uid = uid_text(request.uid);
  object.data_bytes = request.bytes;
  old.data_bytes = request.stored_bytes;
  old.resource_version = object.resource_version = std::to_string(request.before);
  const auto operation = request.update ? policy::Operation::update : policy::Operation::create;
  auto claims = make_claims(replica.engine->selection(),
                            {operation, nullptr, &object, request.update ? &old : nullptr}, false);
  request.grows = !claims.empty();
  request.state = Request::State::waits;
  request.was_full = full_for(request, charges(true));
  // The decision may come within the call: the ticket is known before it.
  request.ticket = replica.engine->request(std::move(claims), local(replica));
  take(request.replica);
}

void Simulation::new_request() {
  requests_.push_back(std::make_unique<Request>());
  auto& request = *requests_.back();
  request.called = now_;
  if (!server_.secrets.empty() && chance(updates_percent_)) {
    auto at = server_.secrets.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(below(server_.secrets.size())));
    request.update = true;
    request.name = at->first;
    request.type = at->second.type;
    request.uid = at->second.uid;
    request.before = at->second.revision;
    request.stored_bytes = at->second.bytes;
    request.bytes = 1 + below(4);
  } else {
    request.name = names_[below(names_.size())];
    request.type = variant_ == 0 || chance(50) ? "t" : "u";
    request.uid = ++uids_;
    request.bytes = 1 + below(3);
  }
  call(request);
}

void Simulation::land(Request& request) {
  const auto stored_now = server_.secrets.find(request.name);
  request.state = Request::State::done;
  if (!request.update) {
    if (stored_now != server_.secrets.end()) return;
    server_.put(request.name, request.uid, request.bytes, request.type);
    landed_.insert(request.uid);
    return;
  }
  if (stored_now == server_.secrets.end() || stored_now->second.uid != request.uid) return;
  if (stored_now->second.revision == request.before) {
    server_.put(request.name, request.uid, request.bytes, request.type);
    return;
  }
  // A conflict: the API server tries again, and calls webhooks again.
  request.before = stored_now->second.revision;
  request.stored_bytes = stored_now->second.bytes;
  call(request);
}

void Simulation::serve(Answer& answer) {
  answer.served = true;
  if (std::holds_alternative<ReadLedger>(answer.effect)) {
    answer.ledger = server_.read_ledger();
    if (chance(2)) answer.ledger = {LedgerRead::Kind::failed, {}};
  } else if (const auto* swap = std::get_if<SwapLedger>(&answer.effect)) {
    if (chance(3)) {
      // The connection is lost: it may be done later, or never.
      answer.unclear = true;
      if (chance(50)) late_.push_back(*swap);
    } else {
      answer.swapped = server_.swap_ledger(*swap);
      answer.unclear = chance(4);
    }
  } else if (const auto* marker = std::get_if<WriteMarker>(&answer.effect)) {
    if (!chance(2)) answer.revision = server_.put_marker(marker->type);
  } else if (std::holds_alternative<ListScope>(answer.effect)) {
    answer.snapshot = server_.list();
  } else if (const auto* name = std::get_if<ReadName>(&answer.effect)) {
    const auto found = server_.secrets.find(name->name);
    if (found != server_.secrets.end()) answer.name = {found->second.uid, found->second.revision};
    answer.unclear = chance(2);
  }
}

// One step of one effect: it reaches the API server, or its answer comes back.
void Simulation::deliver_answer(std::size_t index) {
  auto& replica = replicas_[index];
  if (replica.answers.empty()) return;
  const auto at = replica.answers.begin() + static_cast<std::ptrdiff_t>(below(replica.answers.size()));
  if (!at->served) {
    serve(*at);
    return;
  }
  auto& engine = *replica.engine;
  if (const auto* list = std::get_if<ListScope>(&at->effect)) {
    const auto& plan = engine.view().plan();
    // In pages: two objects at once.
    for (unsigned page = 2; page != 0 && at->shown < at->snapshot.objects.size(); --page, ++at->shown) {
      const auto& item = at->snapshot.objects[at->shown];
      if (list->watch >= plan.watches().size() || plan.watch_of(item.object.type) != list->watch ||
          (list->namespace_name && *list->namespace_name != item.namespace_name))
        continue;
      engine.list_shows(list->list, {item.namespace_name, item.name, plan.watches()[list->watch].type},
                        stored(item.object.uid, item.revision, item.object.bytes));
    }
    if (at->shown < at->snapshot.objects.size()) return;
  }
  const auto answer = std::move(*at);
  replica.answers.erase(at);
  const auto now = local(replica);
  if (std::holds_alternative<ReadLedger>(answer.effect)) {
    engine.ledger_read(answer.ledger, now);
  } else if (std::holds_alternative<SwapLedger>(answer.effect)) {
    const auto result = answer.unclear   ? Swapped::unclear
                        : answer.swapped ? Swapped::done
                                         : Swapped::conflict;
    engine.ledger_swapped(result, answer.swapped.value_or(""), now);
  } else if (const auto* marker = std::get_if<WriteMarker>(&answer.effect)) {
    engine.marker_written(marker->marker,
                          answer.revision == 0 ? std::nullopt : std::optional(answer.revision), now);
  } else if (const auto* scope = std::get_if<ListScope>(&answer.effect)) {
    if (chance(5)) {
      engine.list_failed(scope->list, now);
    } else {
      engine.list_ends(scope->list, answer.snapshot.revision, now);
    }
  } else if (const auto* name = std::get_if<ReadName>(&answer.effect)) {
    engine.name_read(*name, answer.unclear ? std::nullopt : std::optional(answer.name), now);
  }
}

}  // namespace hygiene::counting::test
