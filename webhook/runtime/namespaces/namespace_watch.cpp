#include "runtime/namespaces/namespace_watch.hpp"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "cluster/item_reader.hpp"
#include "json/push_reader.hpp"
#include "runtime/common/api_metrics.hpp"

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kEnded = "a watch of namespaces ended";
constexpr std::string_view kNotListed = "namespaces could not be listed";

// An object of etcd holds up to 1.5 MiB, and a label takes six bytes of that at the least.
constexpr secret::ReadOptions kAnyLabels{.kept_bytes_max = 32 * 1024 * 1024};

cluster::Resource namespaces() {
  return {.plural = "namespaces"};
}

NamespaceBook::Labels wanted_labels(const secret::Facts& facts, const std::vector<std::string>& keys) {
  secret::Labels labels;
  for (const std::string& key : keys) {
    if (const std::string* value = facts.labels.find(key)) labels.add(key).value = *value;
  }
  return std::make_shared<const secret::Labels>(std::move(labels));
}

Error not_wanted() {
  return Error(Errc::unsupported, "the watch is no longer wanted");
}

bool same(const NamespaceBook::Labels& a, const NamespaceBook::Labels& b) {
  return a == b || (a && b && *a == *b);
}

class Pages final : public cluster::ListSink {
 public:
  explicit Pages(const std::vector<std::string>& keys) : keys_(keys) {}

  Result<void> begin_page() override {
    reader_.reset();
    return {};
  }
  json::Events* events() override { return &reader_; }
  NamespaceBook::ByName take() { return std::move(all_); }

 private:
  const std::vector<std::string>& keys_;
  NamespaceBook::ByName all_;
  cluster::ItemReader reader_{
      cluster::Shape::list,
      [this](const secret::Facts& facts) { all_[facts.name] = wanted_labels(facts, keys_); }, kAnyLabels};
};

}  // namespace

// Takes the events of a watch.
class NamespaceWatch::Events final : public cluster::WatchSink {
 public:
  Events(NamespaceWatch& watch, Keys keys) : watch_(watch), keys_(std::move(keys)) {}

  // A watch without events ends in time and begins anew.
  Result<void> begin() override {
    next();
    if (watch_.keys_ != keys_) return not_wanted();
    return {};
  }
  Result<void> part(std::string_view text) override {
    const auto read = push_.feed(text);
    if (!read) return read.error();
    return {};
  }
  Result<void> end_of_event(std::string_view type, std::string_view) override {
    if (watch_.keys_ != keys_) return not_wanted();
    if (type == "DELETED") shown_ = nullptr;
    if (type != "BOOKMARK") watch_.show(name_, std::move(shown_));
    next();
    return {};
  }

 private:
  void next() {
    push_.reset();
    reader_.reset();
  }

  NamespaceWatch& watch_;
  Keys keys_;
  std::string name_;
  NamespaceBook::Labels shown_;
  cluster::ItemReader reader_{cluster::Shape::event,
                              [this](const secret::Facts& facts) {
                                name_ = facts.name;
                                shown_ = wanted_labels(facts, *keys_);
                              },
                              kAnyLabels};
  json::PushReader push_{reader_};
};

NamespaceWatch::NamespaceWatch(NamespaceWatchOptions options, telemetry::Metrics& metrics,
                               telemetry::Log& log)
    : options_(std::move(options)), metrics_(metrics), log_(log), warnings_(log, options_.pace.warnings) {
  options_.api = counted(std::move(options_.api), metrics);
}

NamespaceWatch::~NamespaceWatch() {
  stop();
}

void NamespaceWatch::start() {
  const RepeatPace pace{options_.pace.expiry, options_.pace.expiry};
  asio::co_spawn(thread_.context(),
                 repeat([this] { return tick(); }, pace, warnings_, "answers about namespaces are behind"),
                 asio::detached);
  thread_.start();
}

void NamespaceWatch::stop() {
  thread_.stop();
}

void NamespaceWatch::select(std::vector<std::string> keys) {
  asio::post(thread_.context(), [this, keys = std::move(keys)]() mutable {
    if (keys_ ? *keys_ == keys : keys.empty()) return;
    keys_ = keys.empty() ? nullptr : std::make_shared<const std::vector<std::string>>(std::move(keys));
    if (keys_) {
      book_.set_failing(false);
      asio::co_spawn(thread_.context(), run(keys_), asio::detached);
    } else {
      take_list(std::make_shared<const std::vector<std::string>>(), {});
    }
  });
}

asio::awaitable<void> NamespaceWatch::run(Keys keys) {
  const RepeatPace pace{options_.pace.pause_after_failure, options_.pace.pause_after_failure};
  auto watching = repeat([this, keys] { return list_and_follow(keys); }, pace, warnings_, kEnded);
  co_await std::move(watching);
}

asio::awaitable<Again> NamespaceWatch::list_and_follow(Keys keys) {
  if (keys_ != keys) co_return Again::never;
  auto client = cluster::ApiClient::open(thread_.context().get_executor(), options_.access, options_.api);
  Result<std::string> from = std::string();
  if (client) {
    from = co_await list(**client, keys);
  } else {
    from = client.error();
  }
  if (keys_ != keys) co_return Again::never;
  if (!from) {
    metrics_.watch_restarts("list").Increment();
    warnings_.add(kNotListed, from.error());
    book_.set_failing(true);
    co_return Again::later;
  }
  cluster::WatchRequest events;
  events.resource = namespaces();
  events.form = cluster::Form::metadata;
  events.resource_version = std::move(*from);
  events.server_timeout = options_.pace.length;
  Events sink(*this, keys);
  const Error ended = co_await (*client)->follow(events, sink);
  if (keys_ != keys) co_return Again::never;
  metrics_.watch_restarts(ended.code() == Errc::expired ? "expired" : "failed").Increment();
  warnings_.add(kEnded, ended);
  co_return Again::later;
}

asio::awaitable<Result<std::string>> NamespaceWatch::list(cluster::ApiClient& client, const Keys& keys) {
  cluster::ListRequest request;
  request.resource = namespaces();
  request.form = cluster::Form::metadata;
  Pages pages(*keys);
  const Result<cluster::ListEnd> end = co_await client.list(request, pages);
  if (!end) co_return end.error();
  if (keys_ != keys) co_return not_wanted();
  take_list(keys, pages.take());
  log_.info("namespaces are listed", {{"pages", std::uint64_t{end->pages}}});
  co_return end->resource_version;
}

void NamespaceWatch::take_list(const Keys& keys, NamespaceBook::ByName all) {
  // Those that count know of a namespace before a request is judged by it.
  const NamespaceBook::ByName before = told_;
  for (const auto& [name, labels] : before) {
    if (!all.contains(name)) tell(name, nullptr);
  }
  for (const auto& [name, labels] : all) tell(name, labels);
  changes_.clear();
  book_.replace(*keys, std::move(all));
}

void NamespaceWatch::show(const std::string& name, NamespaceBook::Labels labels) {
  const bool is_new = labels && !told_.contains(name);
  if (is_new) {
    tell(name, labels);
  } else {
    changes_[name] = labels;
  }
  labels ? book_.put(name, std::move(labels)) : book_.erase(name);
}

void NamespaceWatch::tell(const std::string& name, NamespaceBook::Labels labels) {
  const auto told = told_.find(name);
  if (told == told_.end() ? !labels : same(told->second, labels)) return;
  if (options_.changed) options_.changed(name, labels);
  if (labels) {
    told_[name] = std::move(labels);
  } else {
    told_.erase(name);
  }
}

asio::awaitable<Again> NamespaceWatch::tick() {
  const auto now = NamespaceBook::Clock::now();
  book_.expire(now);
  if (options_.synced) options_.synced(!keys_ || book_.listed(*keys_));
  if (now < next_changes_) co_return Again::soon;
  next_changes_ = now + options_.pace.changes;
  for (auto& [name, labels] : std::exchange(changes_, {})) tell(name, std::move(labels));
  co_return Again::soon;
}

}  // namespace hygiene::runtime
