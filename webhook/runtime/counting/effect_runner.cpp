#include "runtime/counting/effect_runner.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "counting/ledger_text.hpp"
#include "runtime/common/api_metrics.hpp"
#include "runtime/counting/watch_marker.hpp"
#include "secret/reader.hpp"

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;
using counting::LedgerRead;
using counting::Swapped;

// Read in one go, one after the other.
constexpr std::size_t kMeasuredAtOnce = 256;
// A replica looks at all its ledgers at once.
constexpr std::size_t kIdleClientsMax = 1 + counting::kNamespaceLedgers;

constexpr std::string_view kNotMeasured = "a Secret could not be measured";
constexpr const char* kLedgerNotRead = "the ledger could not be read";
constexpr const char* kLedgerOfOther =
    "another version wrote the ledger, in a format that this one does not know";
constexpr const char* kLedgerNotWritten = "the ledger could not be written";
constexpr const char* kMarkerNotWritten = "a marker could not be written";
constexpr const char* kNotLookedUp = "a Secret could not be looked up";
constexpr const char* kNotListed = "Secrets could not be listed";

// Readiness and metrics say of what has not worked for longer: an API server is back within a minute.
constexpr std::chrono::minutes kOutage{1};

cluster::Resource ledger(const std::string& namespace_name, const std::string& name) {
  return {.plural = "configmaps", .namespace_name = namespace_name, .name = name};
}

// Whether a write that failed may have been done all the same. Of a ledger that is replaced `missing` says
// that someone deleted it; of one that is made, that there is no such namespace, which a reading does not
// mend.
Swapped outcome_of(const Error& error, bool create) {
  switch (error.code()) {
    case Errc::conflict:
    case Errc::duplicate:
      return Swapped::conflict;
    case Errc::missing:
      return create ? Swapped::unclear : Swapped::conflict;
    default:
      return Swapped::unclear;
  }
}

}  // namespace

EffectRunner::EffectRunner(EffectRunnerOptions options, SharedEngine& engine, telemetry::Metrics& metrics,
                           telemetry::Log& log, Synced synced)
    : options_(std::move(options)),
      engine_(engine),
      metrics_(metrics),
      warnings_(log, options_.pace.warnings),
      synced_(std::move(synced)),
      around_{thread_.context().get_executor(),
              [this] { return make_client(options_.watch_api); },
              engine,
              metrics,
              log,
              warnings_,
              outage_,
              options_.pace.watch} {
  engine_.set_runner({[this](std::vector<counting::Effect> effects) {
                        asio::post(thread_.context(), [this, effects = std::move(effects)]() mutable {
                          for (counting::Effect& effect : effects) perform(std::move(effect));
                        });
                      },
                      [this](std::vector<WatchState> watches) {
                        asio::post(thread_.context(), [this, watches = std::move(watches)]() mutable {
                          begin(std::move(watches));
                        });
                      }});
}

EffectRunner::~EffectRunner() {
  stop();
}

void EffectRunner::start() {
  const EffectPace& pace = options_.pace;
  asio::co_spawn(thread_.context(),
                 repeat([this] { return tick(); }, {pace.expiry, pace.expiry}, warnings_,
                        "limits across Secrets are behind"),
                 asio::detached);
  asio::co_spawn(thread_.context(),
                 repeat([this] { return measure(); },
                        {pace.measure, pace.measure + pace.measure_after_failure}, warnings_, kNotMeasured),
                 asio::detached);
  thread_.start();
}

void EffectRunner::stop() {
  thread_.stop();
}

void EffectRunner::begin(std::vector<WatchState> watches) {
  for (const WatchState& watch : watches) {
    const bool runs = std::ranges::find(watches_, watch.epoch, &WatchState::epoch) != watches_.end();
    if (!runs) asio::co_spawn(thread_.context(), run_secret_watch(around_, watch), asio::detached);
  }
  watches_ = std::move(watches);
}

asio::awaitable<Again> EffectRunner::tick() {
  const auto now = SharedEngine::Clock::now();
  engine_.expire(now);
  const bool synced = engine_.synced();
  metrics_.inventory_synced().Set(synced && !engine_.in_quarantine() ? 1 : 0);
  const std::optional<std::string> outage = outage_.longer_than(kOutage);
  metrics_.counting_working().Set(outage ? 0 : 1);
  synced_(synced, outage ? *outage + " for longer than a minute; the log says why" : std::string());
  if (now < next_engine_tick_) co_return Again::soon;
  next_engine_tick_ = now + options_.pace.engine;
  // Where no policy counts the API server is not asked, for the ledger neither.
  if (engine_.active()) engine_.with([](auto& engine, auto moment) { engine.tick(moment); });
  if (now < next_report_) co_return Again::soon;
  next_report_ = now + options_.pace.report;
  const Usage usage = engine_.usage(0);
  metrics_.set_usage(usage.policies);
  std::vector<telemetry::LedgerGauges> ledgers;
  for (const LedgerUsage& ledger : usage.ledgers) {
    const double share = ledger.namespaces.empty() ? 0 : ledger.namespaces.front().ratio;
    ledgers.push_back({ledger.ledger, ledger.entries, ledger.bytes, share, ledger.cooling});
  }
  metrics_.set_ledgers(ledgers);
  co_return Again::soon;
}

// One Secret after the other: the API server has better things to do, and only old Secrets lack the size.
asio::awaitable<Again> EffectRunner::measure() {
  const std::vector<StoredItem> unmeasured = engine_.unmeasured(kMeasuredAtOnce);
  if (unmeasured.empty()) co_return Again::soon;
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return Again::later;
  Again again = Again::soon;
  for (const StoredItem& item : unmeasured) {
    const Result<void> measured = co_await measure_one(*client, item);
    if (measured) continue;
    again = Again::later;
    warnings_.add(kNotMeasured, measured.error());
    // The next one would fare no better.
    if (measured.error().code() == Errc::io) break;
  }
  give_back(std::move(client));
  co_return again;
}

asio::awaitable<Result<void>> EffectRunner::read_facts(cluster::ApiClient& client, cluster::Resource of,
                                                       cluster::Form form, secret::Facts& facts) {
  secret::Reader reader(facts, {.keep_created = true});
  json::PushReader push(reader);
  const Result<void> read =
      co_await client.read(std::move(of), form, [&push](std::string_view part) -> Result<void> {
        if (const auto fed = push.feed(part); !fed) return fed.error();
        return {};
      });
  if (!read) co_return read;
  co_return push.finish();
}

asio::awaitable<Result<void>> EffectRunner::measure_one(cluster::ApiClient& client, const StoredItem& item) {
  secret::Facts facts;
  const Result<void> read =
      co_await read_facts(client, secret(item.namespace_name, item.name), cluster::Form::whole, facts);
  // What is gone the watch tells.
  if (!read && read.error().code() == Errc::missing) co_return Result<void>();
  if (!read) co_return read;
  StoredItem measured = stored_item(facts, item.type);
  measured.stored.bytes = facts.data_bytes;
  engine_.with(
      [&measured](auto& engine, auto now) { engine.measured(measured.subject(), measured.stored, now); });
  co_return Result<void>();
}

Result<std::unique_ptr<cluster::ApiClient>> EffectRunner::make_client(const cluster::ApiOptions& options) {
  return cluster::ApiClient::open(thread_.context().get_executor(), options_.access,
                                  counted(options, metrics_));
}

std::unique_ptr<cluster::ApiClient> EffectRunner::take_client() {
  if (!idle_.empty()) {
    std::unique_ptr<cluster::ApiClient> client = std::move(idle_.back());
    idle_.pop_back();
    return client;
  }
  auto client = make_client(options_.effect_api);
  if (client) return std::move(*client);
  warnings_.add("cannot ask the API server for what counts", client.error());
  return nullptr;
}

void EffectRunner::give_back(std::unique_ptr<cluster::ApiClient> client) {
  if (idle_.size() < kIdleClientsMax) idle_.push_back(std::move(client));
}

cluster::Resource EffectRunner::secret(const std::string& namespace_name, const std::string& name) const {
  return {.plural = "secrets", .namespace_name = namespace_name, .name = name};
}

template <class Outcome>
asio::awaitable<Outcome> EffectRunner::paced(const char* failure, asio::awaitable<Outcome> task) {
  Outcome outcome{};
  try {
    outcome = co_await std::move(task);
  } catch (const std::exception&) {
    outcome = Outcome{};
  }
  if (failed(outcome)) {
    outage_.failed(failure, Outage::Clock::now());
    co_await cluster::pause(thread_.context().get_executor(), options_.pace.after_failed_effect);
  } else {
    outage_.worked(failure);
  }
  co_return outcome;
}

void EffectRunner::perform(counting::Effect effect) {
  std::visit(
      [this](auto& each) { asio::co_spawn(thread_.context(), perform(std::move(each)), asio::detached); },
      effect);
}

asio::awaitable<void> EffectRunner::perform(counting::ReadLedger effect) {
  const LedgerRead read = co_await paced(kLedgerNotRead, read_ledger(effect));
  const bool unknown_format = engine_.with([&](auto& engine, auto now) {
    engine.ledger_read(effect.shard, read, now);
    return engine.ledger_has_unknown_format(effect.shard);
  });
  if (unknown_format)
    warnings_.add(kLedgerOfOther, Error(Errc::unsupported, "it was not changed, and it does not count"));
}

asio::awaitable<LedgerRead> EffectRunner::read_ledger(const counting::ReadLedger& effect) {
  LedgerRead read;
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return read;
  const Result<base::WipingText> text = co_await client->get(ledger(effect.namespace_name, effect.name));
  give_back(std::move(client));
  if (text) {
    read.kind = LedgerRead::Kind::found;
    read.config_map = text->view();
  } else if (text.error().code() == Errc::missing) {
    read.kind = LedgerRead::Kind::missing;
  } else {
    warnings_.add(kLedgerNotRead, text.error());
  }
  co_return read;
}

asio::awaitable<void> EffectRunner::perform(counting::SwapLedger effect) {
  const LedgerWritten written = co_await paced(kLedgerNotWritten, write_ledger(effect));
  engine_.with([&](auto& engine, auto now) {
    engine.ledger_swapped(effect.shard, written.swapped, written.config_map, now);
  });
}

asio::awaitable<EffectRunner::LedgerWritten> EffectRunner::write_ledger(const counting::SwapLedger& effect) {
  LedgerWritten written;
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return written;
  const auto target = ledger(effect.namespace_name, effect.create ? "" : effect.name);
  auto request =
      effect.create ? client->create(target, effect.config_map) : client->replace(target, effect.config_map);
  const std::string label = ledger_label(effect.shard);
  const auto began = SharedEngine::Clock::now();
  const Result<base::WipingText> text = co_await std::move(request);
  metrics_.ledger_write_duration_seconds(label).Observe(
      std::chrono::duration<double>(SharedEngine::Clock::now() - began).count());
  give_back(std::move(client));
  if (text) {
    metrics_.ledger_written_bytes(label).Increment(static_cast<double>(effect.config_map.size()));
    written.swapped = Swapped::done;
    written.config_map = text->view();
    co_return written;
  }
  written.swapped = outcome_of(text.error(), effect.create);
  if (written.swapped == Swapped::conflict) {
    metrics_.ledger_conflicts(label).Increment();
  } else {
    warnings_.add(kLedgerNotWritten, text.error());
  }
  co_return written;
}

asio::awaitable<void> EffectRunner::perform(counting::WriteMarker effect) {
  const std::optional<std::uint64_t> revision = co_await paced(kMarkerNotWritten, write_marker(effect));
  engine_.with(
      [&](auto& engine, auto now) { engine.marker_written(effect.shard, effect.marker, revision, now); });
}

asio::awaitable<std::optional<std::uint64_t>> EffectRunner::write_marker(
    const counting::WriteMarker& effect) {
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return std::nullopt;
  const cluster::Resource target = secret(options_.markers_namespace, marker_name(effect.type));
  const std::string patch = marker_patch();
  Result<base::WipingText> text = co_await client->patch(target, cluster::PatchKind::merge, patch);
  if (!text && text.error().code() == Errc::missing) {
    const std::string made = marker_secret(effect.type);
    text = co_await client->create(secret(options_.markers_namespace, ""), made);
    if (!text && text.error().code() == Errc::duplicate) {
      // Another replica was before.
      text = co_await client->patch(target, cluster::PatchKind::merge, patch);
    }
  }
  give_back(std::move(client));
  if (!text) {
    warnings_.add(kMarkerNotWritten, text.error());
    co_return std::nullopt;
  }
  co_return counting::revision_number(counting::ledger_version(text->view()));
}

asio::awaitable<void> EffectRunner::perform(counting::ListScope effect) {
  const std::optional<std::uint64_t> end = co_await paced(kNotListed, list_scope(effect));
  engine_.with([&](auto& engine, auto now) {
    if (end) {
      engine.list_ends(effect.list, *end, now);
    } else {
      engine.list_failed(effect.list, now);
    }
  });
}

asio::awaitable<std::optional<std::uint64_t>> EffectRunner::list_scope(const counting::ListScope& effect) {
  // Other policies may have come meanwhile; then the engine takes nothing of this list.
  const std::optional<WatchState> watch = engine_.watch_at(effect.watch);
  if (!watch) co_return std::nullopt;
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return std::nullopt;
  ListToEngine pages(engine_, *watch, effect.list);
  const cluster::ListRequest request = list_request(*watch, effect.namespace_name.value_or(""));
  const Result<cluster::ListEnd> end = co_await client->list(request, pages);
  give_back(std::move(client));
  if (!end) {
    warnings_.add(kNotListed, end.error());
    co_return std::nullopt;
  }
  co_return counting::revision_number(end->resource_version);
}

asio::awaitable<void> EffectRunner::perform(counting::Wait effect) {
  co_await cluster::pause(thread_.context().get_executor(), effect.length);
  engine_.with([&](auto& engine, auto now) { engine.waited(effect.shard, now); });
}

asio::awaitable<void> EffectRunner::perform(counting::ReadName effect) {
  const std::optional<counting::NameState> state = co_await paced(kNotLookedUp, read_name(effect));
  engine_.with([&](auto& engine, auto now) { engine.name_read(effect, state, now); });
}

asio::awaitable<std::optional<counting::NameState>> EffectRunner::read_name(
    const counting::ReadName& effect) {
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return std::nullopt;
  secret::Facts facts;
  const Result<void> read = co_await read_facts(*client, secret(effect.namespace_name, effect.name),
                                                cluster::Form::metadata, facts);
  give_back(std::move(client));
  if (read) {
    co_return counting::NameState{counting::uid_bits(facts.uid),
                                  counting::revision_number(facts.resource_version)};
  }
  if (read.error().code() == Errc::missing) co_return counting::NameState{};
  warnings_.add(kNotLookedUp, read.error());
  co_return std::nullopt;
}

}  // namespace hygiene::runtime
