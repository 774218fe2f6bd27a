// The webhook as a service: one request from bytes to answer. Routes POST /validate, /mutate (both with the
// endpoint token, if there is one) and /validate-policies. Thread-safety: publish() and report_left_out()
// from any thread; a handler belongs to its connection's thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/published_value.hpp"
#include "base/result.hpp"
#include "policy/document.hpp"
#include "runtime/common/rejection.hpp"
#include "runtime/counting/shared_engine.hpp"
#include "runtime/namespaces/namespace_book.hpp"
#include "runtime/serving/active_policies.hpp"
#include "runtime/serving/line_budget.hpp"
#include "server/request_handler.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

class Recorder;

// Whether a set that is well-formed may be served; the error says why not.
using AcceptPolicies = std::function<Result<void>(const policy::PolicySet&)>;

struct WebhookOptions {
  std::size_t workers = 1;
  std::string endpoint_token;           // empty: none
  AcceptPolicies accept;                // for /validate-policies
  SharedEngine* engine = nullptr;       // must outlive it; null: limits across Secrets are not judged
  NamespaceBook* namespaces = nullptr;  // must outlive it; null: no labels of namespaces are known
  bool deny_unknown = false;            // what a limit says that cannot be judged now
  OnRejection on_rejection = {};        // told of each limit that denied; empty: nobody is
  // The wall clock, by which exceptions end.
  std::function<std::chrono::system_clock::time_point()> now = std::chrono::system_clock::now;
};

class Webhook final : public server::Service {
 public:
  // `metrics` and `log` must outlive it.
  Webhook(WebhookOptions options, telemetry::Metrics& metrics, telemetry::Log& log);
  ~Webhook() override;

  // In force from the next request on. Required once before the first request.
  void publish(std::shared_ptr<const policy::PolicySet> policies);

  // Says in the log how many lines about decisions it did not take since the last time.
  void report_left_out();

  std::unique_ptr<server::RequestHandler> new_handler(std::size_t worker) override;

 private:
  struct Worker;

  WebhookOptions options_;
  telemetry::Metrics& metrics_;
  telemetry::Log& log_;
  LineBudget lines_;
  base::PublishedValue<ActivePolicies> rules_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace hygiene::runtime
