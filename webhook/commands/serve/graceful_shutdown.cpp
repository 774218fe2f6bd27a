#include "commands/serve/graceful_shutdown.hpp"

namespace hygiene::commands {

void GracefulShutdown::wait_for_signal(std::chrono::milliseconds delay) {
  signals_.async_wait([this, delay](const auto& ec, int signal) {
    if (!ec) begin(signal, delay);
  });
}

void GracefulShutdown::begin(int signal, std::chrono::milliseconds delay) {
  probes_.set("shutdown", false, "draining");
  log_.info("shutting down", {{"signal", std::int64_t{signal}},
                              {"delay_seconds", std::chrono::duration<double>(delay).count()}});
  timer_.expires_after(delay);
  timer_.async_wait([this](const auto&) { control_.stop(); });
  signals_.async_wait([this](const auto& ec, int) {
    if (!ec) control_.stop();
  });
}

void GracefulShutdown::drain(const Draining& draining, std::chrono::milliseconds timeout) {
  log_.info("draining");
  const bool drained = draining.webhook.drain(timeout);
  draining.stop_helpers();
  if (!drained) log_.warning("requests were cut off at the end of --drain-timeout");
  draining.operations.drain(std::chrono::milliseconds(1000));
  draining.status.drain(std::chrono::milliseconds(0));
}

}  // namespace hygiene::commands
