// How `serve` ends on SIGTERM or SIGINT without losing a request: it is not ready at once, serves on for
// --shutdown-delay while Kubernetes takes it out of the Service's endpoints, then accepts no more and waits
// for requests in flight for at most --drain-timeout. A second signal skips the delay. Thread-safety: the
// control thread's.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/status/probes.hpp"
#include "server/server.hpp"
#include "telemetry/log.hpp"

namespace hygiene::commands {

// What is drained, in this order.
struct Draining {
  server::Server& webhook;
  std::function<void()> stop_helpers;  // what answers of the webhook wait for
  server::Server& operations;          // Prometheus may be reading the last metrics
  server::Server& status;
};

class GracefulShutdown {
 public:
  // All must outlive it; `control` is the io_context of the control thread.
  GracefulShutdown(boost::asio::io_context& control, runtime::Probes& probes, telemetry::Log& log)
      : control_(control), probes_(probes), log_(log) {}

  // From here on a signal makes the probe "shutdown" fail, and stops `control` after `delay`.
  void wait_for_signal(std::chrono::milliseconds delay);
  // After `control` has stopped. Requests that are still in flight after `timeout` are cut off.
  void drain(const Draining& draining, std::chrono::milliseconds timeout);

 private:
  void begin(int signal, std::chrono::milliseconds delay);

  boost::asio::io_context& control_;
  runtime::Probes& probes_;
  telemetry::Log& log_;
  boost::asio::signal_set signals_{control_, SIGTERM, SIGINT};
  boost::asio::steady_timer timer_{control_};
};

}  // namespace hygiene::commands
