// The webhook without recording, for `./dev bench metrics`: every function of runtime::Recorder does nothing.
// The program links this before the library, which then has no use for its own.
#include "runtime/serving/recorder.hpp"

namespace hygiene::runtime {

std::string_view to_string(Endpoint) {
  return {};
}

Recorder::Recorder(telemetry::Metrics& metrics, telemetry::Log& log, LineBudget& lines,
                   const OnRejection& on_rejection)
    : metrics_(metrics),
      log_(log),
      lines_(lines),
      on_rejection_(on_rejection),
      body_bytes_(metrics.request_body_bytes()),
      entries_full_(metrics.bound_reached("entries")) {}

void Recorder::request(Endpoint, policy::Operation, admission::Decision, std::size_t,
                       std::chrono::steady_clock::duration) {}
void Recorder::violations(const ActivePolicies&, const Judged&, const std::vector<policy::Violation>&) {}
void Recorder::shortages(const Judged&, const std::vector<policy::Shortage>&, std::string_view) {}
void Recorder::labels(const ActivePolicies&, const Judged&, const policy::LabelPlan&) {}
void Recorder::malformed(Endpoint, const Error&) {}

}  // namespace hygiene::runtime
