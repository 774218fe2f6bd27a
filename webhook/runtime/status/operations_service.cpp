#include "runtime/status/operations_service.hpp"

#include <utility>

namespace hygiene::runtime {
namespace {

// The content type of the exposition format that telemetry::Metrics::expose() writes.
constexpr std::string_view kMetricsText = "text/plain; version=0.0.4; charset=utf-8";

server::Answer readiness(const Probes& probes, bool verbose) {
  Probes::Readiness readiness = probes.readiness();
  if (readiness.ready && !verbose) return text_answer(200, "ok\n");
  return text_answer(readiness.ready ? 200 : 503, std::move(readiness.text));
}

}  // namespace

OperationsService::OperationsService(const telemetry::Metrics& metrics, const Probes& probes)
    : PageRouter({{"/metrics",
                   [&metrics](std::string_view) { return text_answer(200, metrics.expose(), kMetricsText); }},
                  {"/livez",
                   [](std::string_view query) {
                     return text_answer(200, has_parameter(query, "verbose") ? Probes::liveness() : "ok\n");
                   }},
                  {"/readyz", [&probes](std::string_view query) {
                     return readiness(probes, has_parameter(query, "verbose"));
                   }}}) {}

}  // namespace hygiene::runtime
