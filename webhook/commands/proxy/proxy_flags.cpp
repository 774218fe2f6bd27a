#include "commands/proxy/proxy_flags.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "commands/proxy/proxy.hpp"

namespace hygiene::commands {
namespace {

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
           "File to write, before it is ready, for the controller to take as its kubeconfig");
  add_text(command, "--token-file", options.token_file, "FILE", "The file of the token that it names");
  add_text(command, "--tls-dir", options.tls_dir, "DIR",
           "Directory for the certificate that it makes, to keep it over a restart");
}

void add_identity(CLI::App& command, ProxyOptions& options) {
  command.add_flag("--insecure-http", options.insecure_http,
                   "Listen in plain HTTP, over which client-go sends no token");
  add_text(command, "--client-ca", options.client_ca, "FILE", "CA whose client certificates are demanded");
  add_text(command, "--client-name", options.client_name, "NAME",
           "Common name or DNS name that the client certificate must have");
  command.add_flag("--inject-token", options.inject_token,
                   "Give requests without a token our own; needs unix:PATH or --client-ca");
  add_access_flags(command, options.access, "The API server to pass to");
}

}  // namespace

Run add_proxy(CLI::App& app) {
  auto options = std::make_shared<ProxyOptions>();
  CLI::App& command = *app.add_subcommand(
      "proxy", "Stand between a controller and the API server, and select Secrets for it, until SIGTERM");
  add_selectors(command, *options);
  add_place(command, *options);
  add_identity(command, *options);
  add_threads_flag(command, options->threads, "Threads that pass requests");
  add_duration(command, "--estimate-every", options->estimate_every,
               "How often to estimate what the selectors keep away, as a metric; 0s: never");
  add_duration(command, "--drain-timeout", options->drain_timeout,
               "After SIGTERM, how long open requests may take to end");
  add_log_flags(command, options->log);
  name_environment(command);
  return [options] { return run_proxy(*options); };
}

}  // namespace hygiene::commands
