#include "runtime/quota_runner.hpp"

#include <chrono>
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
using base::Error;
using base::Result;

// How late an answer to a write may come after its deadline; and how often the engine sees the time.
constexpr std::chrono::milliseconds kTick{100};
constexpr unsigned kTicksASecond = 10;
constexpr unsigned kTicksAReport = 15 * kTicksASecond;
// Read in one go, one after the other.
constexpr std::size_t kMeasuredAtOnce = 256;
constexpr std::size_t kIdleClientsMax = 4;

}  // namespace

QuotaRunner::QuotaRunner(QuotaRunnerOptions options, Quota& quota, telemetry::Metrics& metrics,
                         telemetry::Log& log, Synced synced)
    : options_(std::move(options)),
      quota_(quota),
      metrics_(metrics),
      log_(log),
      synced_(std::move(synced)),
      around_{context_.get_executor(), [this] { return make_client(); }, quota, metrics, log} {
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
  thread_ = std::thread([this] {
    asio::co_spawn(context_, tick(), asio::detached);
    asio::co_spawn(context_, measure(), asio::detached);
    context_.run();
  });
}

void QuotaRunner::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

void QuotaRunner::begin(std::vector<QuotaWatch> watches) {
  for (const QuotaWatch& watch : watches) {
    const bool runs = std::any_of(watches_.begin(), watches_.end(),
                                  [&watch](const QuotaWatch& each) { return each.epoch == watch.epoch; });
    if (!runs) asio::co_spawn(context_, run_secret_watch(around_, watch), asio::detached);
  }
  watches_ = std::move(watches);
}

asio::awaitable<void> QuotaRunner::tick() {
  asio::steady_timer timer(context_);
  for (;;) {
    timer.expires_after(kTick);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    quota_.expire(Quota::Clock::now());
    if (++ticks_ % kTicksASecond != 0) continue;
    // Where no policy counts the API server is not asked, for the ledger neither.
    if (quota_.active()) quota_.with([](auto& engine, auto now) { engine.tick(now); });
    const bool synced = quota_.synced();
    metrics_.inventory_synced().Set(synced ? 1 : 0);
    synced_(synced);
    if (ticks_ % kTicksAReport == kTicksASecond) metrics_.set_usage(quota_.usage(0).policies);
  }
}

// One Secret after the other: the API server has better things to do, and only old Secrets lack the size.
asio::awaitable<void> QuotaRunner::measure() {
  asio::steady_timer timer(context_);
  for (;;) {
    timer.expires_after(std::chrono::seconds(1));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const std::vector<StoredItem> unmeasured = quota_.unmeasured(kMeasuredAtOnce);
    if (unmeasured.empty()) continue;
    Result<std::unique_ptr<cluster::ApiClient>> client = take_client();
    if (!client) continue;
    for (const StoredItem& item : unmeasured) co_await measure_one(**client, item);
    give_back(std::move(*client));
  }
}

asio::awaitable<void> QuotaRunner::measure_one(cluster::ApiClient& client, StoredItem item) {
  secret::Facts facts;
  secret::Reader reader(facts, {.keep_created = true});
  json::PushReader push(reader);
  cluster::Resource resource;
  resource.plural = "secrets";
  resource.namespace_name = item.namespace_name;
  resource.name = item.name;
  const Result<void> read =
      co_await client.read(resource, cluster::Form::whole, [&push](std::string_view part) {
        const auto fed = push.feed(part);
        return fed ? Result<void>() : Result<void>(fed.error());
      });
  // Gone, or not to be had: the watch tells, or the next round asks again.
  if (!read || !push.finish()) co_return;
  StoredItem measured = stored_item(facts, item.type);
  measured.stored.bytes = facts.data_bytes;
  quota_.with(
      [&measured](auto& engine, auto now) { engine.measured(measured.subject(), measured.stored, now); });
}

Result<std::unique_ptr<cluster::ApiClient>> QuotaRunner::make_client() {
  auto access = cluster::find_access(options_.access);
  if (!access) return access.error();
  return cluster::ApiClient::make(context_.get_executor(), std::move(*access), options_.api);
}

Result<std::unique_ptr<cluster::ApiClient>> QuotaRunner::take_client() {
  if (idle_.empty()) return make_client();
  std::unique_ptr<cluster::ApiClient> client = std::move(idle_.back());
  idle_.pop_back();
  return client;
}

void QuotaRunner::give_back(std::unique_ptr<cluster::ApiClient> client) {
  if (idle_.size() < kIdleClientsMax) idle_.push_back(std::move(client));
}

void QuotaRunner::complain(const char* what, const Error& error) {
  log_.warning(what, {{"error", error.message()}});
}

}  // namespace hygiene::runtime
