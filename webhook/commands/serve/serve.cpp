#include "commands/serve/serve.hpp"

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/steady_timer.hpp>
#include <malloc.h>

#include "base/ascii.hpp"
#include "base/file_text.hpp"
#include "base/published_value.hpp"
#include "base/wiping_text.hpp"
#include "commands/cli/random_name.hpp"
#include "commands/cli/start_server.hpp"
#include "commands/serve/graceful_shutdown.hpp"
#include "commands/serve/serve_counting.hpp"
#include "net/host_port.hpp"
#include "net/tls_context.hpp"
#include "net/tls_stream.hpp"
#include "runtime/events/event_writer.hpp"
#include "runtime/namespaces/namespace_watch.hpp"
#include "runtime/serving/server_observer.hpp"
#include "runtime/serving/webhook.hpp"
#include "runtime/sources/certificate_source.hpp"
#include "runtime/sources/policy_source.hpp"
#include "runtime/status/operations_service.hpp"
#include "runtime/status/probes.hpp"
#include "runtime/status/status_service.hpp"
#include "server/server.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"
#include "x509/certificate.hpp"

namespace hygiene::commands {
namespace {

// A token that can be guessed is none: 128 bits as hex digits have 32 characters, as base64 22.
constexpr std::size_t kEndpointTokenMin = 22;
constexpr std::size_t kEndpointTokenMax = 256;
// Between two reports of log lines that were left out; the history on the status page is as exact.
constexpr std::chrono::seconds kLookBackEvery{10};

Result<std::string> read_endpoint_token(const std::string& path) {
  if (path.empty()) return std::string();
  auto file = base::read_file_or_pipe(path, 4 * kEndpointTokenMax);
  if (!file) return file.error();
  std::string token = std::move(file->text);
  token.erase(token.find_last_not_of("\r\n") + 1);
  const auto legal = [](char c) { return base::is_alphanumeric(c) || c == '-' || c == '_'; };
  if (token.size() < kEndpointTokenMin || token.size() > kEndpointTokenMax ||
      !std::ranges::all_of(token, legal)) {
    return Error(Errc::invalid, path + " must hold one token of " + std::to_string(kEndpointTokenMin) +
                                    " to " + std::to_string(kEndpointTokenMax) +
                                    " letters, digits, - and _; make one with " + "`openssl rand -hex 32`");
  }
  return token;
}

// The whole running program: owns every part, in the order in which they depend on each other.
class Serving {
 public:
  explicit Serving(const ServeOptions& options)
      : options_(options), log_(options.log.level, options.log.format) {}

  Result<void> start() {
    if (auto started = start_counting(); !started) return started;
    make_namespaces();
    if (auto started = start_policies(); !started) return started;
    // What no policy needs holds before the first request can ask.
    if (!engine_->engine().active()) probes_.set("counting", true, "");
    if (policies_in_force_.load()->namespace_label_keys().empty()) probes_.set("namespaces", true, "");
    if (auto started = start_certificate(); !started) return started;
    if (auto started = start_webhook(); !started) return started;
    if (auto started = start_operations(); !started) return started;
    if (auto started = start_status(); !started) return started;
    engine_->start();
    namespaces_->start();
    probes_.set("shutdown", true, "");
    log_.info("serving", {{"listen", to_string(listen_)},
                          {"metrics_listen", to_string(metrics_listen_)},
                          {"status_listen", to_string(status_listen_)},
                          {"threads", std::uint64_t{thread_count(options_.threads)}}});
    return {};
  }

  // Until a signal, then through the shutdown.
  void run() {
    shutdown_.wait_for_signal(options_.shutdown_delay);
    look_back();
    control_.run();
    const auto stop_helpers = [this] {
      namespaces_->stop();
      engine_->stop();
      if (events_) events_->stop();
    };
    shutdown_.drain({*webhook_server_, stop_helpers, *operations_server_, *status_server_},
                    options_.drain_timeout);
    webhook_->report_left_out();
    log_.info("stopped");
  }

 private:
  Result<void> start_counting() {
    auto engine =
        ServeCounting::make(options_, metrics_, log_, [this](bool synced, const std::string& failing) {
          // Once is enough: what is lost later is not known, and said so, but nothing that another replica
          // knows better.
          counted_ = counted_ || synced;
          if (counted_) probes_.set("counting", true, failing);
        });
    if (!engine) return engine.error();
    engine_ = std::move(*engine);
    probes_.set("counting", false, "the list of Secrets is not read yet");
    return {};
  }

  void make_namespaces() {
    runtime::NamespaceWatchOptions options;
    options.access = options_.access;
    options.synced = [this, once = false](bool listed) mutable {
      once = once || listed;  // as of counting
      if (once) probes_.set("namespaces", true, "");
    };
    options.changed = [this](const std::string& name, const runtime::NamespaceBook::Labels& labels) {
      engine_->engine().show_namespace(name, labels);
    };
    namespaces_ = std::make_unique<runtime::NamespaceWatch>(std::move(options), metrics_, log_);
    probes_.set("namespaces", false, "the list of namespaces is not read yet");
  }

  void start_events() {
    if (!options_.events) return;
    runtime::EventWriterOptions events;
    events.access = options_.access;
    events.replica = replica_;
    events.new_name = [] { return "secret-hygiene." + random_name(); };
    events_ = std::make_unique<runtime::EventWriter>(std::move(events), metrics_, log_);
    events_->start();
  }

  Result<void> start_policies() {
    auto token = read_endpoint_token(options_.endpoint_token);
    if (!token) return token.error();
    const auto accept = [this](const policy::PolicySet& policies) { return engine_->accept(policies); };
    runtime::WebhookOptions webhook;
    webhook.workers = thread_count(options_.threads);
    webhook.endpoint_token = std::move(*token);
    webhook.accept = accept;
    webhook.engine = &engine_->engine();
    webhook.namespaces = &namespaces_->book();
    webhook.deny_unknown = engine_->deny_unknown();
    start_events();
    webhook.on_rejection = [this](const runtime::Rejection& rejection) {
      rejections_.add(rejection);
      if (events_) events_->add(rejection);
    };
    webhook_ = std::make_unique<runtime::Webhook>(std::move(webhook), metrics_, log_);
    auto source = runtime::PolicySource::start(control_, {options_.policies, {}}, log_, metrics_, accept,
                                               [this](std::shared_ptr<const policy::PolicySet> policies) {
                                                 namespaces_->select(policies->namespace_label_keys());
                                                 engine_->select(policies);
                                                 policies_in_force_.publish(policies);
                                                 webhook_->publish(std::move(policies));
                                               });
    if (!source) return source.error();
    policies_ = std::move(*source);
    probes_.set("policies", true, "");
    return {};
  }

  Result<void> start_certificate() {
    if (!options_.client_name.empty() && options_.client_ca.empty()) {
      return Error(Errc::invalid,
                   "--client-name needs --client-ca, the CA that signs the client's certificate");
    }
    auto source = runtime::CertificateSource::start(
        control_, {options_.tls_dir, options_.client_ca, {}}, log_, metrics_,
        [this](const runtime::CertificateTexts& texts) { return install(texts); });
    if (!source) return source.error();
    certificate_ = std::move(*source);
    probes_.set("certificate", true, "");
    return {};
  }

  Result<std::chrono::system_clock::time_point> install(const runtime::CertificateTexts& texts) {
    net::TlsMaterial material{texts.certificate, texts.key, texts.client_ca, options_.client_name};
    auto context = net::TlsContext::make(material);
    base::wipe(material.key_pem);
    if (!context) return context.error();
    warn_of(x509::facts_of_pem(texts.certificate).value());
    const auto not_after = (*context)->not_after();
    tls_.publish(std::move(*context));
    return not_after;
  }

  // The pair is put in force all the same: who calls it may be another client than an API server.
  void warn_of(const std::vector<x509::CertificateFacts>& chain) {
    std::vector<std::string> problems = x509::serving_problems(chain);
    if (std::chrono::system_clock::now() < chain.front().not_before) {
      problems.emplace_back("the certificate is not yet valid");
    }
    for (const std::string& problem : problems) {
      log_.warning("the API server may refuse the serving certificate", {{"problem", problem}});
    }
  }

  Result<void> start_webhook() {
    server::Options server_options;
    server_options.threads = thread_count(options_.threads);
    const auto make_stream = [this](boost::asio::ip::tcp::socket socket) {
      return std::make_unique<net::TlsStream>(std::move(socket), tls_.load());
    };
    auto server = start_server("--listen", options_.listen, std::move(server_options), make_stream, *webhook_,
                               server_metrics_, listen_);
    if (!server) return server.error();
    webhook_server_ = std::move(*server);
    return {};
  }

  Result<void> start_operations() {
    auto server = start_plain("--metrics-listen", options_.metrics_listen, operations_, server_metrics_,
                              metrics_listen_);
    if (!server) return server.error();
    operations_server_ = std::move(*server);
    return {};
  }

  Result<void> start_status() {
    status_ = std::make_unique<runtime::StatusService>(runtime::StatusSources{
        replica_, started_, probes_, policies_in_force_, metrics_, traffic_, rejections_, engine_->engine()});
    auto server =
        start_plain("--status-listen", options_.status_listen, *status_, server_metrics_, status_listen_);
    if (!server) return server.error();
    status_server_ = std::move(*server);
    return {};
  }

  // Lines that were left out, and what was answered: now and again. Memory that a flood took is given back:
  // the allocator of the C library keeps it for ever where something of a thread's lies behind it.
  void look_back() {
    malloc_trim(0);
    webhook_->report_left_out();
    traffic_.sample(runtime::answered_so_far(metrics_), std::chrono::system_clock::now());
    look_back_timer_.expires_after(kLookBackEvery);
    look_back_timer_.async_wait([this](const auto& ec) {
      if (!ec) look_back();
    });
  }

  const ServeOptions& options_;
  telemetry::Log log_;
  telemetry::Metrics metrics_;
  boost::asio::io_context control_{1};  // files, signals and timers; no requests
  boost::asio::steady_timer look_back_timer_{control_};
  bool counted_ = false;  // of the thread of counting
  runtime::Probes probes_{{"policies", "certificate", "counting", "namespaces", "shutdown"}};
  GracefulShutdown shutdown_{control_, probes_, log_};
  runtime::ServerObserver server_metrics_{metrics_, log_};
  base::PublishedValue<net::TlsContext> tls_;
  base::PublishedValue<policy::PolicySet> policies_in_force_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  const std::string replica_ = boost::asio::ip::host_name();
  runtime::TrafficHistory traffic_{started_};
  runtime::RecentRejections rejections_;
  std::unique_ptr<ServeCounting> engine_;
  std::unique_ptr<runtime::NamespaceWatch> namespaces_;
  std::unique_ptr<runtime::EventWriter> events_;
  std::unique_ptr<runtime::Webhook> webhook_;
  std::unique_ptr<runtime::StatusService> status_;
  runtime::OperationsService operations_{metrics_, probes_};
  std::unique_ptr<runtime::PolicySource> policies_;
  std::unique_ptr<runtime::CertificateSource> certificate_;
  std::unique_ptr<server::Server> webhook_server_;
  std::unique_ptr<server::Server> operations_server_;
  std::unique_ptr<server::Server> status_server_;
  net::HostPort listen_;
  net::HostPort metrics_listen_;
  net::HostPort status_listen_;
};

}  // namespace

int run_serve(const ServeOptions& options) {
  return run_until_done("serve", [&options]() -> Result<void> {
    Serving parts(options);
    if (auto started = parts.start(); !started) return started;
    parts.run();
    return {};
  });
}

Run add_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App& command = *app.add_subcommand("serve", "Run the webhook until SIGTERM");
  add_text(command, "--policies", options->policies, "DIR", "Directory of policy files; watched for changes")
      ->required();
  add_text(command, "--tls-dir", options->tls_dir, "DIR",
           "Directory with tls.crt and tls.key; watched for changes")
      ->required();
  add_text(command, "--listen", options->listen, "HOST:PORT", "HTTPS address of the webhook");
  add_text(command, "--metrics-listen", options->metrics_listen, "HOST:PORT",
           "HTTP address of /metrics, /livez and /readyz");
  add_threads_flag(command, options->threads, "Threads that answer reviews");
  add_text(command, "--client-ca", options->client_ca, "FILE",
           "Require the API server to present a client certificate from this CA");
  add_text(command, "--client-name", options->client_name, "NAME",
           "Common name or DNS name that the client certificate must have");
  add_text(command, "--endpoint-token", options->endpoint_token, "FILE",
           "File with a token that becomes part of the endpoints: /validate/TOKEN and /mutate/TOKEN");
  add_choice(command, "--counting", options->counting, "MODE",
             "How replicas count for limits across Secrets: each alone (local) or exactly, together (strict)",
             {{"local", Counting::local}, {"strict", Counting::strict}});
  command
      .add_option_function<std::string>(
          "--when-counts-unknown",
          [options](const std::string& word) {
            options->when_counts_unknown = word == "deny" ? WhenUnknown::deny : WhenUnknown::allow;
          },
          "Verdict while a limit across Secrets cannot be judged: allow or deny; required with "
          "--counting=strict; default: allow")
      ->check(CLI::IsMember({"allow", "deny"}))
      ->type_name("VERDICT");
  add_access_flags(command, options->access,
                   "Kubeconfig for limits across Secrets, namespaceSelector and --events");
  add_text(
      command, "--ledger", options->ledger, "NAMESPACE/NAME",
      "What the ConfigMaps that replicas share with --counting=strict are called, before -cluster and -0 "
      "to -15; default: secret-hygiene-ledger in the namespace called as the pod's and -ledger");
  add_text(command, "--status-listen", options->status_listen, "HOST:PORT",
           "HTTP address of the status page, for kubectl port-forward: it names Secrets");
  command.add_flag("--events", options->events,
                   "Write Kubernetes Events about denials, in the namespace of each Secret");
  add_duration(command, "--shutdown-delay", options->shutdown_delay,
               "After SIGTERM, how long to keep serving while not ready");
  add_duration(command, "--drain-timeout", options->drain_timeout,
               "Then, how long to wait for requests in flight");
  add_log_flags(command, options->log);
  add_examples(command, {"# Serve with the certificate in certs/",
                         "secret-hygiene serve -p policies/default --tls-dir certs/ --listen :8443"});
  return [options] { return run_serve(*options); };
}

}  // namespace hygiene::commands
