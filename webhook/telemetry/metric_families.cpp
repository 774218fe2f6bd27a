#include "telemetry/metric_families.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <set>

#include <prometheus/text_serializer.h>

#include "base/ascii.hpp"
#include "base/invariant.hpp"
#include "base/version.hpp"
#include "telemetry/process_metrics.hpp"

namespace hygiene::telemetry {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

// Most answers take less than a millisecond: fine there, coarse up to the deadline of a webhook.
const Histogram::BucketBoundaries kDurationBuckets{50e-6, 75e-6,  100e-6, 150e-6, 250e-6, 500e-6, 750e-6,
                                                   1e-3,  2.5e-3, 5e-3,   10e-3,  25e-3,  50e-3,  100e-3,
                                                   0.25,  0.5,    1,      2.5,    5,      10};
const Histogram::BucketBoundaries kLedgerWriteBuckets{5e-3, 10e-3, 25e-3, 0.1, 0.5, 1, 5};
// Powers of 4 from an empty Secret up to the server's bound of 20 MiB.
const Histogram::BucketBoundaries kBodyBuckets{1 << 10,   4 << 10, 16 << 10, 64 << 10,
                                               256 << 10, 1 << 20, 4 << 20,  20 << 20};
constexpr std::size_t kNamespaceNameBytesMax = 63;  // an RFC 1123 label

// As the API server holds namespaces to it; a forged review may name anything.
bool is_namespace(std::string_view name) {
  const auto is_inner = [](char c) { return base::is_lower(c) || base::is_digit(c) || c == '-'; };
  return !name.empty() && name.size() <= kNamespaceNameBytesMax && std::ranges::all_of(name, is_inner) &&
         name.front() != '-' && name.back() != '-';
}

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

prometheus::Labels copy_of(Labels labels) {
  return {labels.begin(), labels.end()};
}

// The family of that name, made where there is none yet.
template <class Builder>
auto& family(Builder builder, prometheus::Registry& registry, std::string_view name, const char* help) {
  return builder.Name("secret_hygiene_" + std::string(name)).Help(help).Register(registry);
}

Family<Gauge>& gauges(prometheus::Registry& registry, std::string_view name, const char* help) {
  return family(prometheus::BuildGauge(), registry, name, help);
}

Family<Counter>& counters(prometheus::Registry& registry, std::string_view name, const char* help) {
  return family(prometheus::BuildCounter(), registry, name, help);
}

Counter& counter(prometheus::Registry& registry, std::string_view name, const char* help,
                 Labels labels = {}) {
  return counters(registry, name, help).Add(copy_of(labels));
}

Gauge& gauge(prometheus::Registry& registry, std::string_view name, const char* help) {
  return gauges(registry, name, help).Add({});
}

Histogram& histogram(prometheus::Registry& registry, std::string_view name, const char* help,
                     const Histogram::BucketBoundaries& buckets, Labels labels = {}) {
  return family(prometheus::BuildHistogram(), registry, name, help).Add(copy_of(labels), buckets);
}

// Replaces series while it lives. Those that are set again are never away.
class SeriesSwap {
 public:
  using Series = std::vector<std::pair<Family<Gauge>*, Gauge*>>;

  explicit SeriesSwap(Series& series) : series_(series), before_(std::exchange(series, {})) {}
  ~SeriesSwap() {
    for (const auto& old : before_) {
      if (std::ranges::find(series_, old) == series_.end()) old.first->Remove(old.second);
    }
  }
  SeriesSwap(const SeriesSwap&) = delete;
  SeriesSwap& operator=(const SeriesSwap&) = delete;

  void set(Family<Gauge>& of, const prometheus::Labels& labels, double value) {
    Gauge& one = of.Add(labels);
    one.Set(value);
    series_.emplace_back(&of, &one);
  }

 private:
  Series& series_;
  const Series before_;
};

std::string compiler() {
#ifdef __clang__
  return __VERSION__;
#else
  return "GCC " __VERSION__;
#endif
}

}  // namespace

struct Metrics::State {
  explicit State(prometheus::Registry& in) : registry(in) {}

  prometheus::Registry& registry;
  // What a request asks for: the registry is locked for as long as it is scraped, a family only in its turn.
  Family<Counter>& admission_requests =
      counters(registry, "admission_requests_total", "AdmissionReviews answered.");
  Family<Counter>& violations =
      counters(registry, "violations_total", "Limits that requests broke, in any mode.");
  Family<Counter>& rejections = counters(registry, "rejections_total", "Limits that denied a request.");
  Family<Counter>& counts_unknown = counters(
      registry, "counts_unknown_total", "Requests that a limit across Secrets could not judge, by reason.");
  Family<Gauge>& watch_events =
      gauges(registry, "watch_last_event_timestamp_seconds",
             "When a watch of Secrets last showed an event or a bookmark, in Unix seconds.");
  Counter& invariant_violations =
      counter(registry, "invariant_violations_total", "Internal errors of this program.");
  std::mutex namespaces_mutex;
  std::set<std::string, std::less<>> namespaces;  // the first that rejections named
  // Series that take the place of others: a scrape sees those before or those after. No request needs it.
  std::mutex swaps_mutex;
  Gauge* policy_info = nullptr;
  SeriesSwap::Series usage_series;      // of the last set_usage()
  SeriesSwap::Series exception_series;  // of the last set_exceptions()
  SeriesSwap::Series ledger_series;     // of the last set_ledgers()

  std::string bounded_namespace(std::string_view name) {
    const std::lock_guard lock(namespaces_mutex);
    if (namespaces.contains(name)) return std::string(name);
    if (namespaces.size() == kRejectionNamespacesMax || !is_namespace(name)) return "other";
    return *namespaces.emplace(name).first;
  }
};

Metrics::Metrics() : state_(std::make_unique<State>(registry_)) {
  for (const char* result : {"success", "failure"}) {
    policy_reloads(result);
    certificate_reloads(result);
  }
  for (const char* operation : {"CREATE", "UPDATE"}) {
    admission_requests("validate", operation, "denied");
    admission_requests("mutate", operation, "labelled");
  }
  for (const char* endpoint : {"validate", "mutate"}) {
    for (const char* operation : {"CREATE", "UPDATE", "UNKNOWN"})
      admission_requests(endpoint, operation, "malformed");
  }
  for (const char* reason : {"list", "expired", "failed"}) watch_restarts(reason);
  for (const char* reason :
       {"not_synced", "cooling", "unmeasured", "no_room", "no_share", "ledger_format", "too_late"})
    counts_unknown(reason);
  for (const char* result : {"written", "failed", "dropped"}) events(result);
  request_body_bytes();
  inflight_body_bytes();
  connections();
  certificate_expiry_timestamp_seconds();
  policies();
  inventory_synced();
  counting_working().Set(1);
  for (const char* verb : {"get", "list", "watch", "create", "update", "patch"}) api_requests(verb, "200");
  for (const char* reason : {"401", "429", "500", "502", "503", "504", "lost"}) api_retry(reason);
  gauges(registry_, "build_info", "Version, commit and compiler of this program.")
      .Add({{"version", std::string(base::version())}, {"compiler", compiler()}})
      .Set(1);
}

Metrics::~Metrics() = default;

Counter& Metrics::admission_requests(std::string_view endpoint, std::string_view operation,
                                     std::string_view verdict) {
  return state_->admission_requests.Add(
      copy_of({{"endpoint", endpoint}, {"operation", operation}, {"verdict", verdict}}));
}

std::map<std::string, std::uint64_t> Metrics::answered_by_verdict() const {
  std::map<std::string, std::uint64_t> answered;
  for (const prometheus::MetricFamily& family : state_->admission_requests.Collect()) {
    for (const prometheus::ClientMetric& metric : family.metric) {
      for (const auto& [name, value] : metric.label) {
        if (name == "verdict") answered[value] += static_cast<std::uint64_t>(metric.counter.value);
      }
    }
  }
  return answered;
}

Histogram& Metrics::admission_duration_seconds(std::string_view endpoint) {
  return histogram(registry_, "admission_duration_seconds", "Time from a request's head to its answer.",
                   kDurationBuckets, {{"endpoint", endpoint}});
}

Histogram& Metrics::request_body_bytes() {
  return histogram(registry_, "request_body_bytes", "Sizes of request bodies.", kBodyBuckets);
}

Counter& Metrics::violations(std::string_view policy, std::string_view limit, std::string_view mode) {
  return state_->violations.Add(copy_of({{"policy", policy}, {"limit", limit}, {"mode", mode}}));
}

Counter& Metrics::rejections(std::string_view policy, std::string_view limit,
                             std::string_view namespace_name) {
  const std::string bounded = state_->bounded_namespace(namespace_name);
  return state_->rejections.Add(copy_of({{"policy", policy}, {"limit", limit}, {"namespace", bounded}}));
}

Counter& Metrics::labels_applied(std::string_view policy, std::string_view action) {
  return counter(registry_, "labels_applied_total", "Labels that policies added, changed or removed.",
                 {{"policy", policy}, {"action", action}});
}

Counter& Metrics::log_lines_left_out(std::string_view policy) {
  return counter(registry_, "log_lines_left_out_total",
                 "Log lines about a policy's decisions that were left out.", {{"policy", policy}});
}

Counter& Metrics::policy_reloads(std::string_view result) {
  return counter(registry_, "policy_reloads_total", "Reloads of changed policies, by result.",
                 {{"result", result}});
}

Counter& Metrics::certificate_reloads(std::string_view result) {
  return counter(registry_, "certificate_reloads_total", "Reloads of changed certificate files, by result.",
                 {{"result", result}});
}

Gauge& Metrics::policy_last_reload_successful() {
  return gauge(registry_, "policy_last_reload_successful",
               "0 if the policies that were read last were refused, otherwise 1.");
}

Gauge& Metrics::certificate_last_reload_successful() {
  return gauge(registry_, "certificate_last_reload_successful",
               "0 if the certificate that was read last was refused, otherwise 1.");
}

Counter& Metrics::bound_reached(std::string_view bound) {
  return counter(registry_, "bound_reached_total", "Times that a bound of the server was reached.",
                 {{"bound", bound}});
}

Gauge& Metrics::inflight_body_bytes() {
  return gauge(registry_, "inflight_body_bytes", "Bytes held for requests that are being read or answered.");
}

Gauge& Metrics::connections() {
  return gauge(registry_, "connections", "Open connections.");
}

Gauge& Metrics::certificate_expiry_timestamp_seconds() {
  return gauge(registry_, "certificate_expiry_timestamp_seconds",
               "When the serving certificate expires, in Unix seconds.");
}

Gauge& Metrics::policies() {
  return gauge(registry_, "policies", "Number of policies in force.");
}

void Metrics::set_usage(const std::vector<PolicyUsage>& usage) {
  auto& secrets =
      gauges(registry_, "inventory_secrets", "Secrets that a policy with limits across Secrets counts.");
  auto& bytes =
      gauges(registry_, "inventory_bytes", "Bytes of data in the Secrets that such a policy counts.");
  auto& ratios = gauges(registry_, "limit_usage_ratio",
                        "Use of a limit across Secrets in its fullest scope; 1 is full.");
  const std::lock_guard lock(state_->swaps_mutex);
  SeriesSwap swap(state_->usage_series);
  for (const PolicyUsage& policy : usage) {
    swap.set(secrets, {{"policy", policy.policy}}, static_cast<double>(policy.secrets));
    swap.set(bytes, {{"policy", policy.policy}}, static_cast<double>(policy.bytes));
    for (const auto& [limit, ratio] : policy.ratios) {
      swap.set(ratios, {{"policy", policy.policy}, {"limit", limit}}, ratio);
    }
  }
}

void Metrics::set_exceptions(const std::vector<ExceptionEnd>& exceptions) {
  auto& ends = gauges(registry_, "exception_end_timestamp_seconds",
                      "When an exception of a policy ends, in Unix seconds.");
  const std::lock_guard lock(state_->swaps_mutex);
  SeriesSwap swap(state_->exception_series);
  for (const auto& [policy, exception, until] : exceptions) {
    swap.set(ends, {{"policy", policy}, {"exception", std::to_string(exception)}},
             static_cast<double>(until.time_since_epoch().count()));
  }
}

Gauge& Metrics::inventory_synced() {
  return gauge(registry_, "inventory_synced", "1 while the stored Secrets that policies count are known.");
}

Gauge& Metrics::counting_working() {
  return gauge(registry_, "counting_working",
               "0 once requests of counting to the API server have failed for longer than a minute.");
}

Counter& Metrics::api_requests(std::string_view verb, std::string_view code) {
  return counter(registry_, "api_requests_total", "Requests to the API server that have ended.",
                 {{"verb", verb}, {"code", code}});
}

Counter& Metrics::api_retry(std::string_view reason) {
  return counter(registry_, "api_retry_total", "Requests to the API server that were retried.",
                 {{"reason", reason}});
}

Counter& Metrics::watch_restarts(std::string_view reason) {
  return counter(registry_, "watch_restarts_total", "Watches of Secrets that restarted with a list.",
                 {{"reason", reason}});
}

Counter& Metrics::counts_unknown(std::string_view reason) {
  return state_->counts_unknown.Add(copy_of({{"reason", reason}}));
}

Counter& Metrics::ledger_conflicts(std::string_view ledger) {
  return counter(registry_, "ledger_conflicts_total", "Writes of a ledger that lost to another replica.",
                 {{"ledger", ledger}});
}

Counter& Metrics::ledger_written_bytes(std::string_view ledger) {
  return counter(registry_, "ledger_written_bytes_total", "Bytes of a ledger that were written.",
                 {{"ledger", ledger}});
}

Histogram& Metrics::ledger_write_duration_seconds(std::string_view ledger) {
  return histogram(registry_, "ledger_write_duration_seconds", "Time that a write of a ledger takes.",
                   kLedgerWriteBuckets, {{"ledger", ledger}});
}

void Metrics::set_ledgers(const std::vector<LedgerGauges>& ledgers) {
  auto& entries = gauges(registry_, "ledger_entries", "Entries of a ledger.");
  auto& bytes = gauges(registry_, "ledger_bytes", "Size of the entries and blocks of a ledger.");
  auto& shares = gauges(registry_, "ledger_share_ratio",
                        "Use of a namespace's share of a ledger, by the one that uses most; 1 is full.");
  auto& cooling = gauges(registry_, "ledger_cooling_seconds", "How long a ledger still cools, at least.");
  const std::lock_guard lock(state_->swaps_mutex);
  SeriesSwap swap(state_->ledger_series);
  for (const LedgerGauges& ledger : ledgers) {
    const prometheus::Labels labels{{"ledger", ledger.ledger}};
    ledger_conflicts(ledger.ledger);
    ledger_written_bytes(ledger.ledger);
    ledger_write_duration_seconds(ledger.ledger);
    swap.set(entries, labels, static_cast<double>(ledger.entries));
    swap.set(bytes, labels, static_cast<double>(ledger.bytes));
    swap.set(shares, labels, ledger.share);
    swap.set(cooling, labels, std::chrono::duration<double>(ledger.cooling).count());
  }
}

void Metrics::saw_watch_event(std::string_view type) {
  state_->watch_events.Add(copy_of({{"type", type}})).SetToCurrentTime();
}

void Metrics::forget_watch(std::string_view type) {
  state_->watch_events.Remove(&state_->watch_events.Add(copy_of({{"type", type}})));
}

Counter& Metrics::events(std::string_view result) {
  return counter(registry_, "events_total", "Kubernetes Events of rejections, by result.",
                 {{"result", result}});
}

Counter& Metrics::proxy_requests(std::string_view passage) {
  return counter(registry_, "proxy_requests_total", "Requests to the proxy, by result.",
                 {{"passage", passage}});
}

Counter& Metrics::proxy_bytes(std::string_view direction) {
  return counter(registry_, "proxy_bytes_total", "Bytes that the proxy passed on.",
                 {{"direction", direction}});
}

Gauge& Metrics::proxy_watches() {
  return gauge(registry_, "proxy_watches", "Open watches of Secrets to which the proxy added its selectors.");
}

Counter& Metrics::proxy_upstream_failures() {
  return counter(registry_, "proxy_upstream_failures_total",
                 "Connections to the API server that could not be made.");
}

Gauge& Metrics::proxy_kept_away_secrets() {
  return gauge(registry_, "proxy_kept_away_secrets",
               "Secrets that the proxy's selectors left out at the last estimate.");
}

Gauge& Metrics::proxy_kept_away_bytes() {
  return gauge(registry_, "proxy_kept_away_bytes",
               "Bytes of data in the Secrets that the proxy's selectors left out, by their annotations.");
}

void Metrics::set_policy_info(std::string_view hash) {
  auto& family = gauges(registry_, "policy_info", "The policies in force, by hash of their files.");
  const std::lock_guard lock(state_->swaps_mutex);
  Gauge& info = family.Add({{"hash", std::string(hash)}});
  info.Set(1);
  Gauge* const old = std::exchange(state_->policy_info, &info);
  if (old != nullptr && old != &info) family.Remove(old);
}

std::string Metrics::expose() const {
  std::vector<prometheus::MetricFamily> families = [this] {
    const std::lock_guard lock(state_->swaps_mutex);
    // They are counted where no metrics are known.
    Counter& shown = state_->invariant_violations;
    shown.Increment(static_cast<double>(base::invariant_violations()) - shown.Value());
    return registry_.Collect();
  }();
  std::ranges::move(process_metrics(), std::back_inserter(families));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace hygiene::telemetry
