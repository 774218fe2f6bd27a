#include "runtime/status/status_service.hpp"

#include "base/version.hpp"
#include "runtime/status/status_html.hpp"

namespace hygiene::runtime {
namespace {

constexpr std::size_t kScopesShown = 100;
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kHtml = "text/html; charset=utf-8";

}  // namespace

Answered answered_so_far(const telemetry::Metrics& metrics) {
  const auto by_verdict = metrics.answered_by_verdict();
  Answered answered{};
  for (std::size_t i = 0; i < answered.size(); ++i) {
    const auto found = by_verdict.find(std::string(to_string(static_cast<admission::Decision>(i))));
    if (found != by_verdict.end()) answered[i] = found->second;
  }
  return answered;
}

StatusService::StatusService(StatusSources sources)
    : PageRouter({{"/", [this](std::string_view) { return text_answer(200, to_html(status()), kHtml); }},
                  {"/api/v1/status",
                   [this](std::string_view) { return text_answer(200, to_json(status()), kJson); }},
                  {"/debug/usage",
                   [this](std::string_view) {
                     const SharedEngine& engine = sources_.engine;
                     return text_answer(200, to_json(engine.usage(kScopesShown), engine.synced()), kJson);
                   }}},
                 {.any_host = false, .headers = status_headers()}),
      sources_(std::move(sources)),
      usage_([this] { return sources_.engine.usage(kScopesShown); }) {}

Status StatusService::status() {
  Status made;
  made.now = std::chrono::system_clock::now();
  made.started = sources_.started;
  made.replica = sources_.replica;
  made.version = base::version();
  made.checks = sources_.probes.checks();
  made.policies = sources_.policies.load();
  telemetry::Metrics& metrics = sources_.metrics;
  made.policies_refused = static_cast<std::uint64_t>(metrics.policy_reloads("failure").Value());
  made.certificates_refused = static_cast<std::uint64_t>(metrics.certificate_reloads("failure").Value());
  if (const double ends = metrics.certificate_expiry_timestamp_seconds().Value(); ends > 0) {
    made.certificate_ends = std::chrono::system_clock::from_time_t(static_cast<std::time_t>(ends));
  }
  sources_.traffic.sample(answered_so_far(metrics), made.now);
  made.traffic = sources_.traffic.slots();
  made.rejections = sources_.rejections.newest_first();
  made.counting = sources_.engine.active();
  made.synced = sources_.engine.synced();
  if (made.counting) made.usage = usage_.get();
  return made;
}

}  // namespace hygiene::runtime
