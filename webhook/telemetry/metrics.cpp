#include "telemetry/metrics.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <set>

#include <prometheus/text_serializer.h>

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
// Powers of 4 from an empty Secret up to the server's bound of 20 MiB.
const Histogram::BucketBoundaries kBodyBuckets{1 << 10,   4 << 10, 16 << 10, 64 << 10,
                                               256 << 10, 1 << 20, 4 << 20,  20 << 20};
constexpr std::size_t kNamespaceNameBytesMax = 63;  // an RFC 1123 label

// As the API server holds namespaces to it; a forged review may name anything.
bool is_namespace(std::string_view name) {
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= kNamespaceNameBytesMax && std::ranges::all_of(name, is_inner) &&
         name.front() != '-' && name.back() != '-';
}

std::string prefixed(std::string_view name) {
  return "secret_hygiene_" + std::string(name);
}

template <class Builder>
auto& family(Builder builder, prometheus::Registry& registry, std::string_view name, const char* help) {
  return builder.Name(prefixed(name)).Help(help).Register(registry);
}

Family<Counter>& counter(prometheus::Registry& registry, std::string_view name, const char* help) {
  return family(prometheus::BuildCounter(), registry, name, help);
}

Family<Gauge>& gauge(prometheus::Registry& registry, std::string_view name, const char* help) {
  return family(prometheus::BuildGauge(), registry, name, help);
}

Family<Histogram>& histogram(prometheus::Registry& registry, std::string_view name, const char* help) {
  return family(prometheus::BuildHistogram(), registry, name, help);
}

std::string compiler() {
#ifdef __clang__
  return __VERSION__;
#else
  return "GCC " __VERSION__;
#endif
}

}  // namespace

struct Metrics::Families {
  explicit Families(prometheus::Registry& r) : registry(r) {}

  prometheus::Registry& registry;
  Family<Counter>& admission_requests =
      counter(registry, "admission_requests_total", "AdmissionReviews answered.");
  Family<Histogram>& admission_duration =
      histogram(registry, "admission_duration_seconds", "Time from a request's head to its answer.");
  Histogram& request_body =
      histogram(registry, "request_body_bytes", "Sizes of request bodies.").Add({}, kBodyBuckets);
  Family<Counter>& violations = counter(registry, "violations_total", "Limits broken, whatever followed.");
  Family<Counter>& rejections = counter(registry, "rejections_total", "Limits broken that denied a request.");
  Family<Counter>& labels_applied =
      counter(registry, "labels_applied_total", "Labels that policies put on, changed or took off.");
  Family<Counter>& log_lines_left_out = counter(registry, "log_lines_left_out_total",
                                                "Lines that the log did not take of a policy's decisions.");
  Family<Counter>& policy_reloads =
      counter(registry, "policy_reloads_total", "Changed policies that were read, by what came of it.");
  Family<Gauge>& policy_last_reload_successful = gauge(
      registry, "policy_last_reload_successful", "1 unless the policies that were read last were refused.");
  Family<Gauge>& policy_info =
      gauge(registry, "policy_info", "The policies in force, by hash of their files.");
  Gauge& policies = gauge(registry, "policies", "Number of policies in force.").Add({});
  Gauge& certificate_expiry =
      gauge(registry, "certificate_expiry_timestamp_seconds", "When the serving certificate ends.").Add({});
  Family<Counter>& certificate_reloads = counter(
      registry, "certificate_reloads_total", "Changed certificate files that were read, by what came of it.");
  Family<Gauge>& certificate_last_reload_successful =
      gauge(registry, "certificate_last_reload_successful",
            "1 unless the certificate that was read last was refused.");
  Gauge& inflight_body =
      gauge(registry, "inflight_body_bytes", "Bytes held for requests that are being read or answered.")
          .Add({});
  Gauge& connections = gauge(registry, "connections", "Open connections.").Add({});
  Family<Gauge>& inventory_secrets =
      gauge(registry, "inventory_secrets", "Secrets that a policy with limits across Secrets counts.");
  Family<Gauge>& inventory_bytes =
      gauge(registry, "inventory_bytes", "Bytes of data in the Secrets that such a policy counts.");
  Family<Gauge>& limit_usage =
      gauge(registry, "limit_usage_ratio", "The fullest scope of a limit across Secrets, as a part of it.");
  Gauge& inventory_synced =
      gauge(registry, "inventory_synced", "1 while what is stored is known as far as policies count it.")
          .Add({});
  Family<Counter>& watch_restarts =
      counter(registry, "watch_restarts_total", "Watches of Secrets that began anew with a list.");
  Family<Counter>& counts_unknown =
      counter(registry, "counts_unknown_total",
              "Requests that a limit across Secrets could not judge, by the reason.");
  Counter& ledger_conflicts =
      counter(registry, "ledger_conflicts_total", "Writes of the ledger that another replica was before.")
          .Add({});
  Family<Counter>& events =
      counter(registry, "events_total", "Kubernetes Events of rejections, by what became of them.");
  Family<Counter>& bound_reached =
      counter(registry, "bound_reached_total", "Times that a bound of the server was reached.");
  Counter& invariant_violations =
      counter(registry, "invariant_violations_total", "Times that this program found an error in itself.")
          .Add({});
  Family<Counter>& proxy_requests =
      counter(registry, "proxy_requests_total", "Requests that came to the proxy, by what became of them.");
  Family<Counter>& proxy_bytes = counter(registry, "proxy_bytes_total", "Bytes that the proxy passed on.");
  Family<Gauge>& proxy_watches =
      gauge(registry, "proxy_watches", "Open watches of Secrets to which the proxy added its selectors.");
  Family<Counter>& proxy_upstream_failures = counter(registry, "proxy_upstream_failures_total",
                                                     "Connections to the API server that could not be made.");
  Family<Gauge>& proxy_kept_away_secrets = gauge(
      registry, "proxy_kept_away_secrets", "Secrets that the proxy's selectors left out at the last look.");
  Family<Gauge>& proxy_kept_away_bytes =
      gauge(registry, "proxy_kept_away_bytes", "Bytes of data in them, as they are annotated.");
  Family<Gauge>& build_info = gauge(registry, "build_info", "What this program was built from.");

  std::mutex namespaces_mutex;
  std::set<std::string, std::less<>> namespaces;  // the first that rejections named
  // Series that take the place of others: a scrape sees those before or those after. No request needs it.
  std::mutex swaps_mutex;
  Gauge* current_policy_info = nullptr;
  std::vector<std::pair<Family<Gauge>*, Gauge*>> usage_series;  // of the last set_usage()

  std::string bounded_namespace(std::string_view name) {
    const std::lock_guard lock(namespaces_mutex);
    if (namespaces.contains(name)) return std::string(name);
    if (namespaces.size() == kRejectionNamespacesMax || !is_namespace(name)) return "other";
    return *namespaces.emplace(name).first;
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>(registry_)) {
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
  for (const char* reason : {"not_synced", "cooling", "unmeasured", "no_room", "too_late"})
    counts_unknown(reason);
  for (const char* result : {"written", "failed", "dropped"}) events(result);
  families_->build_info.Add({{"version", std::string(base::version())}, {"compiler", compiler()}}).Set(1);
}

Metrics::~Metrics() = default;

Counter& Metrics::admission_requests(std::string_view endpoint, std::string_view operation,
                                     std::string_view verdict) {
  return families_->admission_requests.Add({{"endpoint", std::string(endpoint)},
                                            {"operation", std::string(operation)},
                                            {"verdict", std::string(verdict)}});
}

std::map<std::string, std::uint64_t> Metrics::answered_by_verdict() const {
  std::map<std::string, std::uint64_t> answered;
  for (const prometheus::MetricFamily& family : families_->admission_requests.Collect()) {
    for (const prometheus::ClientMetric& metric : family.metric) {
      for (const auto& [name, value] : metric.label) {
        if (name == "verdict") answered[value] += static_cast<std::uint64_t>(metric.counter.value);
      }
    }
  }
  return answered;
}

Histogram& Metrics::admission_duration_seconds(std::string_view endpoint) {
  return families_->admission_duration.Add({{"endpoint", std::string(endpoint)}}, kDurationBuckets);
}

Histogram& Metrics::request_body_bytes() {
  return families_->request_body;
}

Counter& Metrics::violations(std::string_view policy, std::string_view limit, std::string_view mode) {
  return families_->violations.Add(
      {{"policy", std::string(policy)}, {"limit", std::string(limit)}, {"mode", std::string(mode)}});
}

Counter& Metrics::rejections(std::string_view policy, std::string_view limit,
                             std::string_view namespace_name) {
  return families_->rejections.Add({{"policy", std::string(policy)},
                                    {"limit", std::string(limit)},
                                    {"namespace", families_->bounded_namespace(namespace_name)}});
}

Counter& Metrics::labels_applied(std::string_view policy, std::string_view action) {
  return families_->labels_applied.Add({{"policy", std::string(policy)}, {"action", std::string(action)}});
}

Counter& Metrics::log_lines_left_out(std::string_view policy) {
  return families_->log_lines_left_out.Add({{"policy", std::string(policy)}});
}

Counter& Metrics::policy_reloads(std::string_view result) {
  return families_->policy_reloads.Add({{"result", std::string(result)}});
}

Counter& Metrics::certificate_reloads(std::string_view result) {
  return families_->certificate_reloads.Add({{"result", std::string(result)}});
}

Gauge& Metrics::policy_last_reload_successful() {
  return families_->policy_last_reload_successful.Add({});
}

Gauge& Metrics::certificate_last_reload_successful() {
  return families_->certificate_last_reload_successful.Add({});
}

Counter& Metrics::bound_reached(std::string_view bound) {
  return families_->bound_reached.Add({{"bound", std::string(bound)}});
}

Gauge& Metrics::inflight_body_bytes() {
  return families_->inflight_body;
}
Gauge& Metrics::connections() {
  return families_->connections;
}
Gauge& Metrics::certificate_expiry_timestamp_seconds() {
  return families_->certificate_expiry;
}
Gauge& Metrics::policies() {
  return families_->policies;
}

void Metrics::set_usage(const std::vector<PolicyUsage>& usage) {
  Families& all = *families_;
  const std::lock_guard lock(all.swaps_mutex);
  std::vector<std::pair<Family<Gauge>*, Gauge*>> before;
  before.swap(all.usage_series);
  const auto set = [&all](Family<Gauge>& of, const prometheus::Labels& labels, double value) {
    Gauge& series = of.Add(labels);
    series.Set(value);
    all.usage_series.emplace_back(&of, &series);
  };
  for (const PolicyUsage& policy : usage) {
    set(all.inventory_secrets, {{"policy", policy.policy}}, static_cast<double>(policy.secrets));
    set(all.inventory_bytes, {{"policy", policy.policy}}, static_cast<double>(policy.bytes));
    for (const auto& [limit, ratio] : policy.ratios) {
      set(all.limit_usage, {{"policy", policy.policy}, {"limit", limit}}, ratio);
    }
  }
  for (const auto& series : before) {
    if (std::find(all.usage_series.begin(), all.usage_series.end(), series) == all.usage_series.end())
      series.first->Remove(series.second);
  }
}

Gauge& Metrics::inventory_synced() {
  return families_->inventory_synced;
}

Counter& Metrics::watch_restarts(std::string_view reason) {
  return families_->watch_restarts.Add({{"reason", std::string(reason)}});
}

Counter& Metrics::counts_unknown(std::string_view reason) {
  return families_->counts_unknown.Add({{"reason", std::string(reason)}});
}

Counter& Metrics::ledger_conflicts() {
  return families_->ledger_conflicts;
}

Counter& Metrics::events(std::string_view result) {
  return families_->events.Add({{"result", std::string(result)}});
}

Counter& Metrics::proxy_requests(std::string_view passage) {
  return families_->proxy_requests.Add({{"passage", std::string(passage)}});
}

Counter& Metrics::proxy_bytes(std::string_view direction) {
  return families_->proxy_bytes.Add({{"direction", std::string(direction)}});
}

Gauge& Metrics::proxy_watches() {
  return families_->proxy_watches.Add({});
}

Counter& Metrics::proxy_upstream_failures() {
  return families_->proxy_upstream_failures.Add({});
}

Gauge& Metrics::proxy_kept_away_secrets() {
  return families_->proxy_kept_away_secrets.Add({});
}

Gauge& Metrics::proxy_kept_away_bytes() {
  return families_->proxy_kept_away_bytes.Add({});
}

void Metrics::set_policy_info(std::string_view hash) {
  const std::lock_guard lock(families_->swaps_mutex);
  Gauge& info = families_->policy_info.Add({{"hash", std::string(hash)}});
  info.Set(1);
  Gauge* const old = std::exchange(families_->current_policy_info, &info);
  if (old != nullptr && old != &info) families_->policy_info.Remove(old);
}

std::string Metrics::expose() const {
  std::vector<prometheus::MetricFamily> families = [this] {
    const std::lock_guard lock(families_->swaps_mutex);
    // They are counted where no metrics are known.
    Counter& shown = families_->invariant_violations;
    shown.Increment(static_cast<double>(base::invariant_violations()) - shown.Value());
    return registry_.Collect();
  }();
  std::vector<prometheus::MetricFamily> process = process_metrics();
  families.insert(families.end(), std::make_move_iterator(process.begin()),
                  std::make_move_iterator(process.end()));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace hygiene::telemetry
