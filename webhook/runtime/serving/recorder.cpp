#include "runtime/serving/recorder.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "counting/effects.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::runtime {
namespace {

using policy::Outcome;

// Names are at most 253 bytes where the API server validates them; /mutate sees them before.
constexpr std::size_t kNameInLogMax = 253;

// A plan may take off as many keys as a Secret has labels.
constexpr std::size_t kLabelsInLogMax = 1024;

std::uint64_t microseconds_since(std::chrono::steady_clock::time_point started) {
  const auto took = std::chrono::steady_clock::now() - started;
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

// The first policy that a plan has to do with; empty where no policy asks for a label any more.
std::string_view policy_of(const policy::LabelPlan& plan) {
  for (const policy::LabelChange& change : plan.changes) {
    if (change.policy != nullptr) return change.policy->name;
  }
  return {};
}

bool only_reports(const policy::LabelPlan& plan) {
  return std::ranges::all_of(plan.changes, [](const policy::LabelChange& change) {
    return change.action == policy::LabelAction::report;
  });
}

}  // namespace

std::string_view to_string(Endpoint endpoint) {
  return endpoint == Endpoint::validate ? "validate" : "mutate";
}

Recorder::Recorder(telemetry::Metrics& metrics, telemetry::Log& log, LineBudget& lines,
                   const OnRejection& on_rejection)
    : metrics_(metrics),
      log_(log),
      lines_(lines),
      on_rejection_(on_rejection),
      body_bytes_(metrics.request_body_bytes()),
      entries_full_(metrics.bound_reached("entries")) {
  for (const Endpoint endpoint : {Endpoint::validate, Endpoint::mutate}) {
    durations_[static_cast<std::size_t>(endpoint)] = &metrics.admission_duration_seconds(to_string(endpoint));
  }
}

void Recorder::request(Endpoint endpoint, policy::Operation operation, admission::Decision decision,
                       std::size_t body_bytes, std::chrono::steady_clock::duration took) {
  prometheus::Counter*& counter =
      requests_[static_cast<std::size_t>(endpoint)][static_cast<std::size_t>(operation)]
               [static_cast<std::size_t>(decision)];
  if (counter == nullptr) {
    counter = &metrics_.admission_requests(to_string(endpoint), to_string(operation), to_string(decision));
  }
  counter->Increment();
  durations_[static_cast<std::size_t>(endpoint)]->Observe(std::chrono::duration<double>(took).count());
  body_bytes_.Observe(static_cast<double>(body_bytes));
}

void Recorder::violations(const ActivePolicies& rules, const Judged& judged,
                          const std::vector<policy::Violation>& violations) {
  for (const policy::Violation& violation : violations) {
    rules.violations(violation).Increment();
    if (violation.outcome == Outcome::denied) reject(judged, violation, true);
    log(judged, violation, to_string(violation.outcome));
  }
}

void Recorder::shortages(const Judged& judged, const std::vector<policy::Shortage>& shortages,
                         std::string_view reason) {
  bool unknown = false;
  for (const policy::Shortage& shortage : shortages) {
    const policy::Violation& violation = shortage.violation;
    const bool of_unknown = shortage.kind == policy::Shortage::Kind::unknown;
    if (shortage.kind == policy::Shortage::Kind::full) {
      metrics_
          .violations(violation.policy->name, policy::limit_rule(violation.limit).name,
                      policy::to_string(violation.policy->mode))
          .Increment();
      log(judged, violation, to_string(violation.outcome));
    }
    unknown = unknown || of_unknown;
    if (violation.outcome == Outcome::denied) {
      reject(judged, violation, !of_unknown);
      if (of_unknown) log(judged, violation, "denied without a count");
    }
  }
  if (unknown) metrics_.counts_unknown(reason).Increment();
  if (reason == counting::to_string(counting::Unknown::no_room)) entries_full_.Increment();
}

void Recorder::reject(const Judged& judged, const policy::Violation& violation, bool counted) {
  const admission::Review& review = judged.review;
  metrics_
      .rejections(violation.policy->name, policy::limit_rule(violation.limit).name,
                  review.object.namespace_name)
      .Increment();
  if (!on_rejection_) return;
  Rejection rejection;
  rejection.time = std::chrono::system_clock::now();
  rejection.operation = review.operation;
  rejection.namespace_name = review.object.namespace_name;
  rejection.name = review.object.name;
  rejection.policy = violation.policy;
  rejection.limit = violation.limit;
  rejection.measured = violation.measured;
  rejection.allowed = violation.allowed;
  rejection.counted = counted;
  rejection.dry_run = review.dry_run;
  on_rejection_(rejection);
}

void Recorder::log(const Judged& judged, const policy::Violation& violation, std::string_view message) {
  if (!log_.enabled(telemetry::Level::info) || !lines_.take(violation.policy->name)) return;
  const admission::Review& review = judged.review;
  log_.info(message, {{"uid", review.uid},
                      {"operation", to_string(review.operation)},
                      {"namespace", base::truncate_utf8(review.object.namespace_name, kNameInLogMax)},
                      {"name", base::truncate_utf8(review.object.name, kNameInLogMax)},
                      {"policy", violation.policy->name},
                      {"limit", policy::limit_rule(violation.limit).name},
                      {"measured", violation.measured},
                      {"allowed", violation.allowed},
                      {"user", base::truncate_utf8(review.requester.username, kNameInLogMax)},
                      {"dry_run", review.dry_run},
                      {"duration_us", microseconds_since(judged.started)}});
}

void Recorder::labels(const ActivePolicies& rules, const Judged& judged, const policy::LabelPlan& plan) {
  for (const policy::LabelChange& change : plan.changes) rules.labels_applied(change).Increment();
  const std::string_view policy = policy_of(plan);
  if (plan.changes.empty() || !log_.enabled(telemetry::Level::info) || !lines_.take(policy)) return;
  const admission::Review& review = judged.review;
  log_.info(only_reports(plan) ? "labels reported" : "labelled",
            {{"uid", review.uid},
             {"operation", to_string(review.operation)},
             {"namespace", base::truncate_utf8(review.object.namespace_name, kNameInLogMax)},
             {"name", base::truncate_utf8(review.object.name, kNameInLogMax)},
             {"policy", policy},
             {"labels", base::truncate_utf8(labels_of(plan), kLabelsInLogMax)},
             {"user", base::truncate_utf8(review.requester.username, kNameInLogMax)},
             {"dry_run", review.dry_run},
             {"duration_us", microseconds_since(judged.started)}});
}

void Recorder::malformed(Endpoint endpoint, const Error& error) {
  log_.warning("a review could not be read", {{"endpoint", to_string(endpoint)},
                                              {"error", error.message()},
                                              {"offset", std::uint64_t{error.where().offset}}});
}

}  // namespace hygiene::runtime
