// The webhook as `serve` composes it, but on asio::ssl: `asio_webhook POLICIES TLS_DIR THREADS`. Serves until
// killed.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "bench/asio_stream.hpp"
#include "net/tls_context.hpp"
#include "policy/loader.hpp"
#include "runtime/serving/server_observer.hpp"
#include "runtime/serving/webhook.hpp"
#include "server/server.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace {

using namespace hygiene;

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int run(const std::string& policies, const std::string& tls_dir, std::size_t threads) {
  telemetry::Metrics metrics;
  telemetry::Log log(telemetry::Level::info, telemetry::LogFormat::json);
  runtime::Webhook webhook({threads, "", [](const policy::PolicySet&) { return Result<void>(); }}, metrics,
                           log);
  const auto files = policy::read_policy_files(policies);
  if (!files) return 1;
  const auto loaded = policy::load_policies(files->files);
  if (!loaded.policies) return 1;
  webhook.publish(loaded.policies);

  const auto tls = net::TlsContext::make({read(tls_dir + "/tls.crt"), read(tls_dir + "/tls.key"), "", ""});
  if (!tls) return 1;
  runtime::ServerObserver observer(metrics, log);
  server::Options options;
  options.address = "127.0.0.1";
  options.threads = threads;
  const auto server = server::Server::listen(
      options,
      [&](boost::asio::ip::tcp::socket socket) { return bench::make_asio_stream(std::move(socket), *tls); },
      webhook, observer);
  if (!server) return 1;
  (*server)->start();
  std::printf("asio_webhook listens on 127.0.0.1:%u\n", unsigned{(*server)->port()});
  std::fflush(stdout);

  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  int signal = 0;
  sigwait(&ends, &signal);
  std::quick_exit(0);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: asio_webhook POLICIES TLS_DIR THREADS\n", stderr);
    return 2;
  }
  // Before any thread starts, so that each has them blocked and sigwait takes them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return run(arguments[1], arguments[2], static_cast<std::size_t>(std::atoi(arguments[3])));
}
