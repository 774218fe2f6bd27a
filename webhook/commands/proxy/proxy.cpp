#include "commands/proxy/proxy.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <unistd.h>

#include "base/file_text.hpp"
#include "base/wiping_text.hpp"
#include "commands/cli/start_server.hpp"
#include "commands/proxy/proxy_files.hpp"
#include "commands/proxy/proxy_place.hpp"
#include "net/plain_stream.hpp"
#include "net/tls_context.hpp"
#include "net/tls_stream.hpp"
#include "proxy/relay_factory.hpp"
#include "runtime/proxy/proxy_observer.hpp"
#include "runtime/proxy/savings_estimate.hpp"
#include "runtime/proxy/selector_check.hpp"
#include "runtime/serving/server_observer.hpp"
#include "runtime/status/operations_service.hpp"
#include "runtime/status/probes.hpp"
#include "server/server.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::commands {
namespace {

constexpr std::chrono::seconds kEstimateEveryMin{10};
constexpr std::size_t kClientCaBytesMax = 1024 * 1024;  // a Secret or a ConfigMap holds no more

// The whole running proxy: owns every part, in the order in which they depend on each other.
class Proxying {
 public:
  explicit Proxying(const ProxyOptions& options)
      : options_(options), log_(options.log.level, options.log.format) {}

  Result<void> start() {
    if (auto checked = check_options(); !checked) return checked;
    auto place = place_of(options_);
    if (!place) return place.error();
    place_ = std::move(*place);
    auto access = cluster::find_client_config(options_.access);
    if (!access) return access.error();
    namespace_ = access->namespace_default;
    origin_ = access->origin;
    if (auto started = start_tls(); !started) return started;
    if (auto started = start_relays(); !started) return started;
    net::HostPort metrics_listen;
    auto operations = start_plain("--metrics-listen", options_.metrics_listen, operations_, server_metrics_,
                                  metrics_listen);
    if (!operations) return operations.error();
    operations_server_ = std::move(*operations);
    if (auto checked = check_selectors(); !checked) return checked;
    if (auto written = publish_kubeconfig(); !written) return written;
    relay_server_->start();
    start_estimates();
    probes_.set("listening", true, "");
    probes_.set("shutdown", true, "");
    log_.info("proxying", {{"listen", listening_at()},
                           {"metrics_listen", to_string(metrics_listen)},
                           {"api_server", origin_},
                           {"selector", options_.selector},
                           {"field_selector", options_.field_selector}});
    if (options_.insecure_http) {
      log_.warning(
          "plain HTTP: client-go and kubectl send no token over it, so their requests are anonymous");
    }
    return {};
  }

  // Until a signal, then through the shutdown.
  void run() {
    signals_.async_wait([this](const auto&, int) { control_.stop(); });
    control_.run();
    probes_.set("shutdown", false, "draining");
    log_.info("draining");
    kept_away_.reset();
    // Watches have no end of their own: they are cut, as by an API server that ends.
    if (!relay_server_->drain(options_.drain_timeout)) log_.info("open requests were cut off");
    operations_server_->drain(std::chrono::milliseconds(1000));
    if (!place_.unix_path.empty()) unlink(place_.unix_path.c_str());
    log_.info("stopped");
  }

 private:
  Result<void> check_options() const {
    if (options_.estimate_every.count() > 0 && options_.estimate_every < kEstimateEveryMin) {
      return Error(
          Errc::invalid,
          "--estimate-every: each estimate lists all Secrets twice; give 10s or more, or 0s for none");
    }
    return {};
  }

  proxy::Selectors selectors() const { return {options_.selector, options_.field_selector}; }

  // A proxy that cannot ask goes on: a controller behind it then gets the API server's own refusal.
  Result<void> check_selectors() {
    auto checked = runtime::check_selectors(options_.access, selectors());
    if (checked) return {};
    if (checked.error().code() == Errc::invalid) {
      return Error(Errc::invalid, "--selector and --field-selector: " + checked.error().message());
    }
    log_.warning("the selectors could not be checked", {{"error", checked.error().message()}});
    return {};
  }

  Result<void> start_tls() {
    if (!place_.tls) return {};
    auto kept = keep_certificate(options_.tls_dir, place_.names());
    if (!kept) return Error(kept.error().code(), "--tls-dir: " + kept.error().message());
    ca_pem_ = kept->ca_pem;
    net::TlsMaterial material;
    material.certificate_pem = kept->certificate_pem;
    material.client_name = options_.client_name;
    material.many_idle = true;
    if (!options_.client_ca.empty()) {
      auto client_ca = base::read_file_or_pipe(options_.client_ca, kClientCaBytesMax);
      if (!client_ca) return Error(client_ca.error().code(), "--client-ca: " + client_ca.error().message());
      material.client_ca_pem = std::move(client_ca->text);
    }
    material.key_pem = kept->key_pem.view();
    auto context = net::TlsContext::make(material);
    base::wipe(material.key_pem);
    if (!context) return context.error();
    tls_ = std::move(*context);
    return {};
  }

  std::unique_ptr<net::Stream> make_stream(boost::asio::ip::tcp::socket socket) const {
    if (!tls_) return net::plain_stream(std::move(socket));
    return std::make_unique<net::TlsStream>(std::move(socket), tls_);
  }

  Result<void> start_relays() {
    server::Options server_options;
    server_options.address = place_.host;
    server_options.port = place_.port;
    server_options.unix_path = place_.unix_path;
    server_options.threads = thread_count(options_.threads);
    // The port is known once the server listens, and what a Host header may say with it.
    auto server = server::Server::listen(
        server_options,
        [this](boost::asio::ip::tcp::socket socket, const boost::asio::any_io_executor& executor,
               std::size_t worker) { return make_connection_(std::move(socket), executor, worker); },
        server_metrics_);
    if (!server) {
      return Error(server.error().code(), "--listen " + options_.listen + ": " + server.error().message());
    }
    relay_server_ = std::move(*server);
    proxy::RelayOptions relay_options;
    relay_options.access = options_.access;
    relay_options.selectors = selectors();
    relay_options.hosts = place_.hosts(relay_server_->port());
    relay_options.inject_token = options_.inject_token;
    relay_options.workers = server_options.threads;
    auto relays = proxy::relay_factory(
        relay_options, [this](boost::asio::ip::tcp::socket socket) { return make_stream(std::move(socket)); },
        proxy_metrics_, server_metrics_);
    if (!relays) return relays.error();
    make_connection_ = std::move(*relays);
    return {};
  }

  void start_estimates() {
    if (options_.estimate_every.count() == 0) return;
    runtime::KeptAwayOptions wanted;
    wanted.access = options_.access;
    wanted.selectors = selectors();
    wanted.every = options_.estimate_every;
    kept_away_ = std::make_unique<runtime::SavingsEstimate>(std::move(wanted), metrics_, log_);
    kept_away_->start();
  }

  Result<void> publish_kubeconfig() {
    if (options_.write_kubeconfig.empty()) return {};
    auto written = write_kubeconfig(options_.write_kubeconfig, {place_.url(relay_server_->port()), ca_pem_,
                                                                options_.token_file, namespace_});
    if (!written) return Error(written.error().code(), "--write-kubeconfig: " + written.error().message());
    return {};
  }

  std::string listening_at() const {
    return place_.unix_path.empty() ? place_.url(relay_server_->port()) : "unix:" + place_.unix_path;
  }

  const ProxyOptions& options_;
  telemetry::Log log_;
  telemetry::Metrics metrics_;
  boost::asio::io_context control_{1};  // signals; no requests
  boost::asio::signal_set signals_{control_, SIGTERM, SIGINT};
  runtime::Probes probes_{{"listening", "shutdown"}};
  runtime::ServerObserver server_metrics_{metrics_, log_};
  runtime::ProxyObserver proxy_metrics_{metrics_, log_};
  runtime::OperationsService operations_{metrics_, probes_};
  ProxyPlace place_;
  std::string namespace_;
  std::string origin_;
  std::string ca_pem_;
  std::shared_ptr<const net::TlsContext> tls_;  // null: plain
  server::MakeConnection make_connection_;
  std::unique_ptr<server::Server> relay_server_;
  std::unique_ptr<server::Server> operations_server_;
  std::unique_ptr<runtime::SavingsEstimate> kept_away_;  // null: nothing is estimated
};

void add_selectors(CLI::App& command, ProxyOptions& options) {
  add_text(command, "--selector", options.selector, "SELECTOR",
           "Label selector for lists and watches of Secrets; \"\": none");
  add_text(command, "--field-selector", options.field_selector, "SELECTOR",
           "Field selector for lists and watches of Secrets; \"\": none");
}

void add_place(CLI::App& command, ProxyOptions& options) {
  add_text(command, "--listen", options.listen, "ADDRESS",
           "Where the controller connects: HOST:PORT or unix:PATH");
  add_text(command, "--metrics-listen", options.metrics_listen, "HOST:PORT",
           "HTTP address of /metrics, /livez and /readyz");
  add_text(command, "--write-kubeconfig", options.write_kubeconfig, "FILE",
           "Kubeconfig file to write for the controller, before the proxy is ready");
  add_text(command, "--token-file", options.token_file, "FILE", "Token file that --write-kubeconfig names");
  add_text(command, "--tls-dir", options.tls_dir, "DIR",
           "Directory to keep the proxy's certificate in across restarts");
}

void add_identity(CLI::App& command, ProxyOptions& options) {
  command.add_flag("--insecure-http", options.insecure_http,
                   "Serve plain HTTP; client-go sends no token over it");
  add_text(command, "--client-ca", options.client_ca, "FILE",
           "Require clients to present a certificate from this CA");
  add_text(command, "--client-name", options.client_name, "NAME",
           "Common name or DNS name that the client certificate must have");
  command.add_flag("--inject-token", options.inject_token,
                   "Add the proxy's own token to requests without one; needs unix:PATH or --client-ca");
  add_access_flags(command, options.access, "Kubeconfig of the API server");
}

}  // namespace

int run_proxy(const ProxyOptions& options) {
  return run_until_done("proxy", [&options]() -> Result<void> {
    Proxying parts(options);
    if (auto started = parts.start(); !started) return started;
    parts.run();
    return {};
  });
}

Run add_proxy(CLI::App& app) {
  auto options = std::make_shared<ProxyOptions>();
  CLI::App& command = *app.add_subcommand(
      "proxy", "Run a proxy that filters Secrets between a controller and the API server, until SIGTERM");
  add_selectors(command, *options);
  add_place(command, *options);
  add_identity(command, *options);
  add_threads_flag(command, options->threads, "Threads that pass requests");
  add_duration(command, "--estimate-every", options->estimate_every,
               "How often to estimate what the selectors leave out, as a metric; 0s: never");
  add_duration(command, "--drain-timeout", options->drain_timeout,
               "After SIGTERM, how long to wait for open requests");
  add_log_flags(command, options->log);
  add_examples(
      command,
      {"# Outside a pod, after kubectl create token SERVICEACCOUNT >token",
       "secret-hygiene proxy --listen 127.0.0.1:8001 --token-file token --write-kubeconfig proxy.yaml"});
  return [options] { return run_proxy(*options); };
}

}  // namespace hygiene::commands
