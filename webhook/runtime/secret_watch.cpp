#include "runtime/secret_watch.hpp"

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Error;
using base::Result;

// A watch that died without a word is noticed after a little more than this: the API server ends each in
// time.
constexpr std::chrono::seconds kWatchLength{60};
constexpr std::chrono::seconds kPauseAfterFailure{2};
constexpr const char* kNotWanted = "the watch is no longer wanted";

// Takes the events of a watch to the engine.
class EventsToEngine final : public cluster::WatchSink {
 public:
  EventsToEngine(Quota& quota, const QuotaWatch& watch)
      : quota_(quota),
        watch_(watch),
        reader_(watch.with_types ? secret::Shape::table_event : secret::Shape::event, watch.watch.type) {}

  void begin() override { reader_.next_document(); }

  Result<void> part(std::string_view text) override { return reader_.feed(text); }

  Result<void> end_of_event(std::string_view type, std::string_view resource_version) override {
    const std::vector<StoredItem> items = reader_.take();
    reader_.next_document();
    const bool wanted = quota_.with_watch(watch_, [&](auto& engine, auto index, auto now) {
      if (type == "BOOKMARK") {
        engine.bookmark(index, counting::revision_number(resource_version), now);
        return;
      }
      for (const StoredItem& item : items) {
        if (type == "DELETED") {
          engine.removes(index, item.subject(), item.stored.uid, item.stored.revision, now);
        } else {
          engine.shows(index, item.subject(), item.stored, now);
        }
      }
    });
    if (!wanted) return Error(Errc::unsupported, kNotWanted);
    return {};
  }

 private:
  Quota& quota_;
  const QuotaWatch& watch_;
  StoredReader reader_;
};

asio::awaitable<void> pause(const asio::any_io_executor& executor) {
  asio::steady_timer timer(executor, kPauseAfterFailure);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace

cluster::ListRequest list_request(const QuotaWatch& watch, const std::string& namespace_name) {
  cluster::ListRequest request;
  request.resource.plural = "secrets";
  request.resource.namespace_name = namespace_name;
  request.field_selector = watch.watch.field_selector;
  request.form = watch.with_types ? cluster::Form::table : cluster::Form::metadata;
  return request;
}

ListToEngine::ListToEngine(Quota& quota, const QuotaWatch& watch, counting::ListId list)
    : quota_(quota),
      list_(list),
      reader_(watch.with_types ? secret::Shape::table : secret::Shape::list, watch.watch.type) {}

Result<void> ListToEngine::part(std::string_view text) {
  if (auto fed = reader_.feed(text); !fed) return fed;
  const std::vector<StoredItem> items = reader_.take();
  if (items.empty()) return {};
  quota_.with([&](auto& engine, auto) {
    for (const StoredItem& item : items) engine.list_shows(list_, item.subject(), item.stored);
  });
  return {};
}

Result<void> ListToEngine::end_of_page() {
  reader_.next_document();
  return {};
}

// One list and the watch from its end on. False: not wanted any more.
asio::awaitable<bool> list_and_follow(WatchSurroundings& around, cluster::ApiClient& client,
                                      const QuotaWatch& watch) {
  counting::ListId list = 0;
  bool wanted = around.quota.with_watch(
      watch, [&](auto& engine, auto index, auto) { list = engine.begin_list(index); });
  if (!wanted) co_return false;
  ListToEngine pages(around.quota, watch, list);
  const cluster::ListRequest request = list_request(watch, {});
  const Result<cluster::ListEnd> end = co_await client.list(request, pages);
  if (!end) {
    around.quota.with([&](auto& engine, auto now) { engine.list_failed(list, now); });
    around.metrics.watch_restarts("list").Increment();
    around.log.warning("Secrets could not be listed", {{"error", end.error().message()}});
    co_await pause(around.executor);
    co_return true;
  }
  bool whole = false;
  wanted = around.quota.with_watch(watch, [&](auto& engine, auto, auto now) {
    whole = engine.list_ends(list, counting::revision_number(end->resource_version), now);
  });
  if (!wanted) co_return false;
  if (!whole) {
    around.metrics.watch_restarts("list").Increment();
    co_await pause(around.executor);
    co_return true;
  }
  around.log.info("Secrets are listed", {{"pages", std::uint64_t{end->pages}}, {"type", watch.watch.type}});
  cluster::WatchRequest events;
  events.resource = request.resource;
  events.field_selector = request.field_selector;
  events.form = request.form;
  events.resource_version = end->resource_version;
  events.server_timeout = kWatchLength;
  EventsToEngine sink(around.quota, watch);
  const Error ended = co_await client.follow(events, sink);
  if (ended.code() == Errc::unsupported) co_return false;
  around.metrics.watch_restarts(ended.code() == Errc::expired ? "expired" : "failed").Increment();
  around.log.warning("a watch of Secrets ended", {{"error", ended.message()}});
  co_await pause(around.executor);
  co_return true;
}

asio::awaitable<void> run_secret_watch(WatchSurroundings& around, QuotaWatch watch) {
  bool wanted = true;
  while (wanted) {
    Result<std::unique_ptr<cluster::ApiClient>> client = around.make_client();
    if (client) {
      wanted = co_await list_and_follow(around, **client, watch);
    } else {
      around.log.error("the API server cannot be asked for Secrets", {{"error", client.error().message()}});
      co_await pause(around.executor);
      wanted = around.quota.with_watch(watch, [](auto&, auto, auto) {});
    }
  }
}

}  // namespace hygiene::runtime
