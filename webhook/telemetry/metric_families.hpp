// Every metric of the program, by name; docs/metrics.md documents each. Handles are cached by who observes.
// Thread-safety: internally locked or atomic throughout.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace hygiene::telemetry {

// A cluster may have thousands of namespaces; a series of each would cost more than the metric is worth.
inline constexpr std::size_t kRejectionNamespacesMax = 200;

// What a policy with limits across Secrets counts in the cluster, and of each limit how full its fullest
// scope is.
struct PolicyUsage {
  std::string policy;
  std::uint64_t secrets = 0;
  std::uint64_t bytes = 0;
  std::vector<std::pair<std::string, double>> ratios;  // by limit
};

// One ledger of strict counting.
struct LedgerGauges {
  std::string ledger;
  std::size_t entries = 0;
  std::size_t bytes = 0;
  double share = 0;  // of what one namespace may take, by the one that takes most
  std::chrono::milliseconds cooling{0};
};

// When an exception of a policy ends.
struct ExceptionEnd {
  std::string policy;
  std::size_t exception = 0;  // its place in spec.exceptions
  std::chrono::sys_seconds until;
};

class Metrics {
 public:
  // Counters whose labels are known here exist from now on, at 0, so that an alert sees their first increase.
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // secret_hygiene_admission_requests_total. Cache the handle: a look-up locks.
  prometheus::Counter& admission_requests(std::string_view endpoint, std::string_view operation,
                                          std::string_view verdict);
  // Of all endpoints and operations together, by verdict.
  std::map<std::string, std::uint64_t> answered_by_verdict() const;
  prometheus::Histogram& admission_duration_seconds(std::string_view endpoint);
  prometheus::Histogram& request_body_bytes();
  prometheus::Counter& violations(std::string_view policy, std::string_view limit, std::string_view mode);
  // `namespace_name` becomes "other" beyond the first kRejectionNamespacesMax seen, and where it cannot be
  // one: not 1 to 63 of a-z, 0-9 and -, which stands at no end.
  prometheus::Counter& rejections(std::string_view policy, std::string_view limit,
                                  std::string_view namespace_name);
  prometheus::Counter& labels_applied(std::string_view policy, std::string_view action);
  prometheus::Counter& log_lines_left_out(std::string_view policy);
  prometheus::Counter& policy_reloads(std::string_view result);       // success, failure
  prometheus::Counter& certificate_reloads(std::string_view result);  // success, failure
  // 0 from a refused reload to the next one that is taken. Each exists once it was asked for: `proxy` reloads
  // neither.
  prometheus::Gauge& policy_last_reload_successful();
  prometheus::Gauge& certificate_last_reload_successful();
  // Ask for every bound's handle at start: then it exists at 0.
  prometheus::Counter& bound_reached(std::string_view bound);
  // Bytes held for requests that are being read or answered.
  prometheus::Gauge& inflight_body_bytes();
  prometheus::Gauge& connections();
  // Seconds since the epoch.
  prometheus::Gauge& certificate_expiry_timestamp_seconds();
  prometheus::Gauge& policies();
  // Replaces, for every scrape at once, the series of inventory_secrets, inventory_bytes and
  // limit_usage_ratio.
  void set_usage(const std::vector<PolicyUsage>& usage);
  // Replaces, for every scrape at once, the series of exception_end_timestamp_seconds.
  void set_exceptions(const std::vector<ExceptionEnd>& exceptions);
  prometheus::Gauge& inventory_synced();
  prometheus::Gauge& counting_working();
  prometheus::Counter& api_requests(std::string_view verb, std::string_view code);
  prometheus::Counter& api_retry(std::string_view reason);
  prometheus::Counter& watch_restarts(std::string_view reason);  // list, expired, failed
  prometheus::Counter& counts_unknown(std::string_view reason);  // as counting::Unknown
  // `ledger`: "cluster" or a number.
  prometheus::Counter& ledger_conflicts(std::string_view ledger);
  prometheus::Counter& ledger_written_bytes(std::string_view ledger);
  prometheus::Histogram& ledger_write_duration_seconds(std::string_view ledger);
  // Replaces what it was last called with.
  void set_ledgers(const std::vector<LedgerGauges>& ledgers);
  // secret_hygiene_watch_last_event_timestamp_seconds, of now. `type`: that the watch shows.
  void saw_watch_event(std::string_view type);
  // The watch is no longer needed.
  void forget_watch(std::string_view type);
  prometheus::Counter& events(std::string_view result);  // written, failed, dropped
  // Of `proxy`; each exists once it was asked for.
  prometheus::Counter& proxy_requests(std::string_view passage);  // untouched, rewritten, refused
  prometheus::Counter& proxy_bytes(std::string_view direction);   // to_api_server, to_client
  prometheus::Gauge& proxy_watches();
  prometheus::Counter& proxy_upstream_failures();
  prometheus::Gauge& proxy_kept_away_secrets();
  prometheus::Gauge& proxy_kept_away_bytes();
  // Replaces the one series of policy_info: no scrape sees two, or none.
  void set_policy_info(std::string_view hash);

  // The text exposition format, version 0.0.4, of all of them, build_info and process_*.
  std::string expose() const;

 private:
  struct State;
  prometheus::Registry registry_;
  std::unique_ptr<State> state_;
};

}  // namespace hygiene::telemetry
