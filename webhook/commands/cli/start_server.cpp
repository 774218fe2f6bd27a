#include "commands/cli/start_server.hpp"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include "base/invariant.hpp"
#include "commands/cli/exit_code.hpp"
#include "net/plain_stream.hpp"

namespace hygiene::commands {
namespace {

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

void add_log_flags(CLI::App& command, LogOptions& options) {
  using telemetry::Level;
  using telemetry::LogFormat;
  add_choice(
      command, "--log-level", options.level, "LEVEL", "debug, info, warning or error",
      {{"debug", Level::debug}, {"info", Level::info}, {"warning", Level::warning}, {"error", Level::error}});
  add_choice(command, "--log-format", options.format, "FORMAT", "json or text",
             {{"json", LogFormat::json}, {"text", LogFormat::text}});
}

void add_threads_flag(CLI::App& command, std::size_t& threads, const std::string& what) {
  command.add_option("--threads", threads, what + "; 0: one per core, at most 4")
      ->capture_default_str()
      ->check(CLI::Range(0, 64))
      ->type_name("N");
}

int run_until_done(const std::string& name, const std::function<Result<void>()>& serve) {
  protect_process();
  const auto served = serve();
  if (served) return kExitDone;
  // One write: standard error is unbuffered. The log writes there too, in its own time: by now it has.
  std::cerr << "secret-hygiene " + name + ": " + served.error().message() + '\n';
  return kExitCannot;
}

std::size_t thread_count(std::size_t wanted) {
  if (wanted != 0) return wanted;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kThreadsByDefaultMax);
}

Result<std::unique_ptr<server::Server>> start_server(const std::string& flag, const std::string& wanted,
                                                     server::Options options, server::MakeStream make_stream,
                                                     server::Service& service, server::Observer& observer,
                                                     net::HostPort& at) {
  auto address = net::parse_host_port(wanted);
  if (!address) return Error(address.error().code(), flag + ": " + address.error().message());
  options.address = address->host;
  options.port = address->port;
  auto server = server::Server::listen(std::move(options), std::move(make_stream), service, observer);
  if (!server) return Error(server.error().code(), flag + ' ' + wanted + ": " + server.error().message());
  at = {address->host, (*server)->port()};
  (*server)->start();
  return server;
}

Result<std::unique_ptr<server::Server>> start_plain(const std::string& flag, const std::string& wanted,
                                                    server::Service& service, server::Observer& observer,
                                                    net::HostPort& at) {
  server::Options options;
  options.bounds = plain_bounds();
  return start_server(flag, wanted, std::move(options), net::plain_stream, service, observer, at);
}

}  // namespace hygiene::commands
