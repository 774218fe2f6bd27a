#include "runtime/quota/quota_runner.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "secret/reader.hpp"

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Error;
using base::Result;

// Read in one go, one after the other.
constexpr std::size_t kMeasuredAtOnce = 256;
constexpr std::size_t kIdleClientsMax = 4;

}  // namespace

QuotaRunner::QuotaRunner(QuotaRunnerOptions options, Quota& quota, telemetry::Metrics& metrics,
                         telemetry::Log& log, Synced synced)
    : options_(std::move(options)),
      quota_(quota),
      metrics_(metrics),
      complaints_(log, options_.pace.complaints),
      synced_(std::move(synced)),
      around_{context_.get_executor(),
              [this] { return make_client(options_.watch_api); },
              quota,
              metrics,
              log,
              complaints_,
              options_.pace.watch} {
  quota_.set_runner(
      {[this](std::vector<counting::Effect> effects) {
         asio::post(context_, [this, effects = std::move(effects)]() mutable {
           for (counting::Effect& effect : effects) perform(std::move(effect));
         });
       },
       [this](std::vector<QuotaWatch> watches) {
         asio::post(context_, [this, watches = std::move(watches)]() mutable { begin(std::move(watches)); });
       }});
}

QuotaRunner::~QuotaRunner() {
  stop();
}

void QuotaRunner::start() {
  asio::co_spawn(context_, tick(), asio::detached);
  asio::co_spawn(context_, measure(), asio::detached);
  thread_.start();
}

void QuotaRunner::stop() {
  thread_.stop();
}

void QuotaRunner::begin(std::vector<QuotaWatch> watches) {
  for (const QuotaWatch& watch : watches) {
    const bool runs = std::any_of(watches_.begin(), watches_.end(),
                                  [&watch](const QuotaWatch& each) { return each.epoch == watch.epoch; });
    if (!runs) asio::co_spawn(context_, run_secret_watch(around_, watch), asio::detached);
  }
  watches_ = std::move(watches);
}

asio::awaitable<void> QuotaRunner::pause(std::chrono::milliseconds length) {
  asio::steady_timer timer(context_, length);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> QuotaRunner::tick() {
  for (;;) {
    co_await pause(options_.pace.expiry);
    try {
      tick_once();
    } catch (const std::exception&) {
      // Out of memory, most likely: the next tick does what this one left.
      complaints_.add("limits across Secrets are late", Error(Errc::limit, "an exception"));
    }
  }
}

void QuotaRunner::tick_once() {
  const auto now = Quota::Clock::now();
  quota_.expire(now);
  const bool synced = quota_.synced();
  metrics_.inventory_synced().Set(synced && !quota_.cooling() ? 1 : 0);
  synced_(synced);
  if (now < next_engine_tick_) return;
  next_engine_tick_ = now + options_.pace.engine;
  // Where no policy counts the API server is not asked, for the ledger neither.
  if (quota_.active()) quota_.with([](auto& engine, auto moment) { engine.tick(moment); });
  if (now < next_report_) return;
  next_report_ = now + options_.pace.report;
  metrics_.set_usage(quota_.usage(0).policies);
}

// One Secret after the other: the API server has better things to do, and only old Secrets lack the size.
asio::awaitable<void> QuotaRunner::measure() {
  for (;;) {
    co_await pause(options_.pace.measure);
    bool all = false;
    try {
      all = co_await measure_all();
    } catch (const std::exception&) {
      complaints_.add("a Secret could not be measured", Error(Errc::limit, "an exception"));
    }
    if (!all) co_await pause(options_.pace.measure_after_failure);
  }
}

asio::awaitable<bool> QuotaRunner::measure_all() {
  const std::vector<StoredItem> unmeasured = quota_.unmeasured(kMeasuredAtOnce);
  if (unmeasured.empty()) co_return true;
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return false;
  bool all = true;
  for (const StoredItem& item : unmeasured) {
    const Result<void> measured = co_await measure_one(*client, item);
    if (measured) continue;
    all = false;
    complaints_.add("a Secret could not be measured", measured.error());
    // The next one would fare no better.
    if (measured.error().code() == Errc::io) break;
  }
  give_back(std::move(client));
  co_return all;
}

asio::awaitable<Result<void>> QuotaRunner::read_facts(cluster::ApiClient& client, cluster::Resource of,
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

asio::awaitable<Result<void>> QuotaRunner::measure_one(cluster::ApiClient& client, const StoredItem& item) {
  secret::Facts facts;
  const Result<void> read =
      co_await read_facts(client, secret(item.namespace_name, item.name), cluster::Form::whole, facts);
  // What is gone the watch tells.
  if (!read && read.error().code() == Errc::missing) co_return Result<void>();
  if (!read) co_return read;
  StoredItem measured = stored_item(facts, item.type);
  measured.stored.bytes = facts.data_bytes;
  quota_.with(
      [&measured](auto& engine, auto now) { engine.measured(measured.subject(), measured.stored, now); });
  co_return Result<void>();
}

Result<std::unique_ptr<cluster::ApiClient>> QuotaRunner::make_client(const cluster::ApiOptions& options) {
  auto access = cluster::find_access(options_.access);
  if (!access) return access.error();
  return cluster::ApiClient::make(context_.get_executor(), std::move(*access), options);
}

std::unique_ptr<cluster::ApiClient> QuotaRunner::take_client() {
  if (!idle_.empty()) {
    std::unique_ptr<cluster::ApiClient> client = std::move(idle_.back());
    idle_.pop_back();
    return client;
  }
  auto client = make_client(options_.effect_api);
  if (client) return std::move(*client);
  complaints_.add("the API server cannot be asked what counts", client.error());
  return nullptr;
}

void QuotaRunner::give_back(std::unique_ptr<cluster::ApiClient> client) {
  if (idle_.size() < kIdleClientsMax) idle_.push_back(std::move(client));
}

cluster::Resource QuotaRunner::ledger() const {
  cluster::Resource resource;
  resource.plural = "configmaps";
  resource.namespace_name = options_.ledger_namespace;
  resource.name = options_.ledger_name;
  return resource;
}

cluster::Resource QuotaRunner::secret(const std::string& namespace_name, const std::string& name) const {
  cluster::Resource resource;
  resource.plural = "secrets";
  resource.namespace_name = namespace_name;
  resource.name = name;
  return resource;
}

}  // namespace hygiene::runtime
