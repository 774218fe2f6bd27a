#include "commands/cli/server_process.hpp"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <thread>

#include <sys/resource.h>

#include "base/invariant.hpp"
#include "net/plain_stream.hpp"

namespace hygiene::commands {
namespace {

using base::Error;
using base::Result;

// One thread answers more reviews than an API server sends; more than these gain nothing.
constexpr std::size_t kThreadsByDefaultMax = 4;

// Of the ports of metrics and of the status page. The kubelet connects anew for each probe, Prometheus asks
// every 15 seconds or more rarely, an open status page every three: a connection makes room for another's
// before it asks again, and those that never ask hold no place for long.
server::Bounds plain_bounds() {
  server::Bounds bounds;
  bounds.connections_max = 256;
  bounds.idle_timeout = std::chrono::seconds(2);
  return bounds;
}

void protect_process() {
  base::set_on_violation(base::OnViolation::throw_error);
  // A peer that went away is an error code, not a signal.
  std::signal(SIGPIPE, SIG_IGN);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
  }
}

}  // namespace

int run_until_done(const std::string& name, const std::string& log_level, const std::string& log_format,
                   const std::function<Result<void>(telemetry::Level, telemetry::LogFormat)>& serve) {
  const auto fail = [&name](const std::string& sentence) {
    // One write: standard error is unbuffered.
    std::cerr << "secret-hygiene " + name + ": " + sentence + '\n';
    return 1;
  };
  const auto level = telemetry::parse_level(log_level);
  if (!level) return fail("--log-level: " + level.error().message());
  const auto format = telemetry::parse_log_format(log_format);
  if (!format) return fail("--log-format: " + format.error().message());
  protect_process();
  // The log writes to standard error too, in its own time: by the return it has.
  if (const auto served = serve(*level, *format); !served) return fail(served.error().message());
  return 0;
}

std::size_t thread_count(std::size_t wanted) {
  if (wanted != 0) return wanted;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kThreadsByDefaultMax);
}

Result<std::unique_ptr<server::Server>> start_plain(const std::string& flag, const std::string& wanted,
                                                    server::Service& service, server::Observer& observer,
                                                    ListenAddress& at) {
  auto address = parse_listen_address(wanted);
  if (!address) return Error(address.error().code(), flag + ": " + address.error().message());
  server::Options server_options;
  server_options.address = address->host;
  server_options.port = address->port;
  server_options.bounds = plain_bounds();
  auto server = server::Server::listen(
      server_options,
      [](boost::asio::ip::tcp::socket socket) {
        return std::make_unique<net::PlainStream>(std::move(socket));
      },
      service, observer);
  if (!server) return Error(server.error().code(), flag + ' ' + wanted + ": " + server.error().message());
  at = {address->host, (*server)->port()};
  (*server)->start();
  return server;
}

}  // namespace hygiene::commands
