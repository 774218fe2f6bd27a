// Puts what was decided into metrics and the log. Evaluation returns values; only this records them.
// Thread-safety: one worker's; the metrics and the log behind it are shared.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include "admission/review.hpp"
#include "admission/verdict.hpp"
#include "policy/evaluator.hpp"
#include "runtime/common/rejection.hpp"
#include "runtime/serving/active_policies.hpp"
#include "runtime/serving/line_budget.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

enum class Endpoint { validate, mutate };
inline constexpr std::size_t kEndpoints = 2;
std::string_view to_string(Endpoint endpoint);

class Recorder {
 public:
  // A review that was judged, and when its head was read.
  struct Judged {
    const admission::Review& review;
    std::chrono::steady_clock::time_point started;
  };

  // All must outlive it. `on_rejection` may be empty.
  Recorder(telemetry::Metrics& metrics, telemetry::Log& log, LineBudget& lines,
           const OnRejection& on_rejection);

  // Every request that was answered, with the size of its body and the time since its head was read.
  void request(Endpoint endpoint, policy::Operation operation, admission::Decision decision,
               std::size_t body_bytes, std::chrono::steady_clock::duration took);
  void violations(const ActivePolicies& rules, const Judged& judged,
                  const std::vector<policy::Violation>& violations);
  // Limits across Secrets: those that are broken as violations, those that are not known by `reason`.
  void shortages(const Judged& judged, const std::vector<policy::Shortage>& shortages,
                 std::string_view reason);
  // A Secret that was not labelled by `reason`.
  void not_labelled(std::string_view reason) { metrics_.counts_unknown(reason).Increment(); }
  void labels(const ActivePolicies& rules, const Judged& judged, const policy::LabelPlan& plan);
  // A review that could not be read.
  void malformed(Endpoint endpoint, const Error& error);

 private:
  void log(const Judged& judged, const policy::Violation& violation, std::string_view message);
  // `counted`: false where the sum that it is about is not known.
  void reject(const Judged& judged, const policy::Violation& violation, bool counted);

  static constexpr std::size_t kOperations = 5;

  telemetry::Metrics& metrics_;
  telemetry::Log& log_;
  LineBudget& lines_;
  const OnRejection& on_rejection_;
  // Made when first needed: most of the combinations never occur.
  std::array<std::array<std::array<prometheus::Counter*, admission::kDecisions>, kOperations>, kEndpoints>
      requests_{};
  std::array<prometheus::Histogram*, kEndpoints> durations_{};
  prometheus::Histogram& body_bytes_;
  prometheus::Counter& entries_full_;
};

}  // namespace hygiene::runtime
