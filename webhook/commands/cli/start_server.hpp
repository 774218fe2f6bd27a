// How the commands that run until SIGTERM start: their servers, threads and flags. Thread-safety: one thread
// at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "commands/cli/flags.hpp"
#include "net/host_port.hpp"
#include "server/server.hpp"
#include "telemetry/log.hpp"

namespace hygiene::commands {

struct LogOptions {
  telemetry::Level level = telemetry::Level::info;
  telemetry::LogFormat format = telemetry::LogFormat::json;
};

// --log-level and --log-format.
void add_log_flags(CLI::App& command, LogOptions& options);
// --threads. `what`: what they are for.
void add_threads_flag(CLI::App& command, std::size_t& threads, const std::string& what);

// Runs `serve` as the command `name`: without a signal when a peer has gone, without an end to all requests
// where one violates an invariant, without a core file, which would hold what buffers held at that moment,
// and with as many descriptors as the process may have, so that those of one port leave some for the others.
// The exit status; what fails is said on standard error.
int run_until_done(const std::string& name, const std::function<Result<void>()>& serve);

// --threads; 0: one a core, as the process may use them, at most 4.
std::size_t thread_count(std::size_t wanted);

// Serves HTTP at `wanted`, HOST:PORT, which replaces what `options` say of it. `flag` names the wish in
// errors; `at` becomes the address in use. Errors: as net::parse_host_port and server::Server::listen.
Result<std::unique_ptr<server::Server>> start_server(const std::string& flag, const std::string& wanted,
                                                     server::Options options, server::MakeStream make_stream,
                                                     server::Service& service, server::Observer& observer,
                                                     net::HostPort& at);
// The same in plain HTTP on one thread of its own, within tighter bounds than the webhook's: 256 connections,
// each for 2 s without a request.
Result<std::unique_ptr<server::Server>> start_plain(const std::string& flag, const std::string& wanted,
                                                    server::Service& service, server::Observer& observer,
                                                    net::HostPort& at);

}  // namespace hygiene::commands
