#include "runtime/counting/secret_watch.hpp"

#include <optional>
#include <string>

#include "runtime/common/periodic_task.hpp"

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kEnded = "a watch of Secrets ended";

// What an outage is called.
std::string not_watched(const WatchState& watch) {
  return watch.watch.type.empty() ? "Secrets could not be watched"
                                  : "Secrets of type " + watch.watch.type + " could not be watched";
}

// The type that it shows, as a metric's label.
std::string label_of(const WatchState& watch) {
  return watch.watch.type.empty() ? "others" : watch.watch.type;
}

bool is_wanted(SharedEngine& engine, const WatchState& watch) {
  return engine.with_watch(watch, [](auto&, auto, auto) {});
}

Error not_wanted() {
  return Error(Errc::unsupported, "the watch is no longer wanted");
}

// Takes the events of a watch to the engine.
class EventsToEngine final : public cluster::WatchSink {
 public:
  EventsToEngine(WatchSurroundings& around, const WatchState& watch)
      : engine_(around.engine),
        outage_(around.outage),
        metrics_(around.metrics),
        watch_(watch),
        reader_(watch.with_types ? cluster::Shape::table_event : cluster::Shape::event, watch.watch.type) {}

  Result<void> begin() override {
    reader_.next_document();
    // A watch without events ends in time and begins anew.
    if (!is_wanted(engine_, watch_)) return not_wanted();
    return {};
  }

  Result<void> part(std::string_view text) override { return reader_.feed(text); }

  void failed(const Error&) override { outage_.failed(not_watched(watch_), Outage::Clock::now()); }

  Result<void> end_of_event(std::string_view type, std::string_view resource_version) override {
    outage_.worked(not_watched(watch_));
    metrics_.saw_watch_event(label_of(watch_));
    const std::vector<StoredItem> items = reader_.take();
    reader_.next_document();
    bool goes_on = true;
    const bool wanted = engine_.with_watch(watch_, [&](auto& engine, auto index, auto now) {
      if (type == "BOOKMARK") {
        goes_on = engine.bookmark(index, counting::revision_number(resource_version), now);
        return;
      }
      for (const StoredItem& item : items) {
        if (type == "DELETED") {
          goes_on =
              goes_on && engine.removes(index, item.subject(), item.stored.uid, item.stored.revision, now);
        } else {
          goes_on = goes_on && engine.shows(index, item.subject(), item.stored, now);
        }
      }
    });
    if (!wanted) return not_wanted();
    if (!goes_on) return Error(Errc::conflict, "resourceVersions went back: was etcd restored?");
    return {};
  }

 private:
  SharedEngine& engine_;
  Outage& outage_;
  telemetry::Metrics& metrics_;
  const WatchState& watch_;
  StoredReader reader_;
};

}  // namespace

cluster::ListRequest list_request(const WatchState& watch, const std::string& namespace_name) {
  cluster::ListRequest request;
  request.resource = {.plural = "secrets", .namespace_name = namespace_name};
  request.field_selector = watch.watch.field_selector;
  request.form = watch.with_types ? cluster::Form::table : cluster::Form::metadata;
  return request;
}

ListToEngine::ListToEngine(SharedEngine& engine, const WatchState& watch, counting::ListId list)
    : engine_(engine),
      list_(list),
      reader_(watch.with_types ? cluster::Shape::table : cluster::Shape::list, watch.watch.type) {}

// What the engine was shown of a page that broke off stays: it comes again as it was.
Result<void> ListToEngine::begin_page() {
  reader_.next_document();
  return {};
}

Result<void> ListToEngine::part(std::string_view) {
  const std::vector<StoredItem> items = reader_.take();
  if (items.empty()) return {};
  engine_.with([&](auto& engine, auto) {
    for (const StoredItem& item : items) engine.list_shows(list_, item.subject(), item.stored);
  });
  return {};
}

namespace {

// The list that a watch begins with: where the watch goes on from. Nothing: not wanted any more.
asio::awaitable<Result<std::optional<std::string>>> list_all(WatchSurroundings& around,
                                                             cluster::ApiClient& client,
                                                             const WatchState& watch) {
  const auto began = SharedEngine::Clock::now();
  counting::ListId list = 0;
  bool wanted = around.engine.with_watch(
      watch, [&](auto& engine, auto index, auto) { list = engine.begin_list(index); });
  if (!wanted) co_return std::optional<std::string>();
  ListToEngine pages(around.engine, watch, list);
  const Result<cluster::ListEnd> end = co_await client.list(list_request(watch, {}), pages);
  if (!end) {
    around.engine.with([&](auto& engine, auto now) { engine.list_failed(list, now); });
    co_return end.error();
  }
  const auto took = SharedEngine::Clock::now() - began;
  bool whole = false, confirms_cluster = false;
  wanted = around.engine.with_watch(watch, [&](auto& engine, auto, auto now) {
    whole = engine.list_ends(list, counting::revision_number(end->resource_version), now);
    confirms_cluster = !engine.is_strict() && engine.has_cluster_limits();
  });
  if (!wanted) co_return std::optional<std::string>();
  if (!whole) co_return Error(Errc::conflict, "the list became out of date while it was read");
  if (confirms_cluster && took > around.pace.confirms_in)
    around.log.warning(
        "a list of Secrets takes too long for limits per cluster: use --counting=strict",
        {{"type", watch.watch.type}, {"seconds", std::chrono::duration<double>(took).count()}});
  around.log.info("Secrets are listed", {{"pages", std::uint64_t{end->pages}}, {"type", watch.watch.type}});
  co_return std::optional<std::string>(end->resource_version);
}

// One list and the watch from its end on, until something fails or the watch is not wanted any more.
asio::awaitable<Again> list_and_follow(WatchSurroundings& around, const WatchState& watch) {
  const Result<std::unique_ptr<cluster::ApiClient>> client = around.make_client();
  if (!client) {
    around.metrics.watch_restarts("list").Increment();
    around.warnings.add("cannot ask the API server for Secrets", client.error());
    co_return Again::later;
  }
  const Result<std::optional<std::string>> from = co_await list_all(around, **client, watch);
  if (!from) {
    around.metrics.watch_restarts("list").Increment();
    around.warnings.add("Secrets could not be listed", from.error());
    co_return Again::later;
  }
  if (!*from) co_return Again::never;
  around.outage.worked(not_watched(watch));
  around.metrics.saw_watch_event(label_of(watch));
  const cluster::ListRequest listed = list_request(watch, {});
  cluster::WatchRequest events;
  events.resource = listed.resource;
  events.field_selector = listed.field_selector;
  events.form = listed.form;
  events.resource_version = **from;
  events.server_timeout = around.pace.length;
  EventsToEngine sink(around, watch);
  const Error ended = co_await (*client)->follow(events, sink);
  if (!is_wanted(around.engine, watch)) co_return Again::never;
  around.metrics.watch_restarts(ended.code() == Errc::expired ? "expired" : "failed").Increment();
  around.warnings.add(kEnded, ended);
  co_return Again::later;
}

}  // namespace

asio::awaitable<void> run_secret_watch(WatchSurroundings& around, WatchState watch) {
  const auto once = [&around, &watch]() -> asio::awaitable<Again> {
    const Again again = co_await list_and_follow(around, watch);
    if (again == Again::later) around.outage.failed(not_watched(watch), Outage::Clock::now());
    if (again == Again::never) around.outage.worked(not_watched(watch));
    co_return again;
  };
  const RepeatPace pace{around.pace.pause_after_failure, around.pace.pause_after_failure};
  auto watching = repeat(once, pace, around.warnings, kEnded);
  co_await std::move(watching);
  around.metrics.forget_watch(label_of(watch));
}

}  // namespace hygiene::runtime
