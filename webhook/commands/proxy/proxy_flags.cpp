#include "commands/proxy/proxy_flags.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "commands/proxy/proxy.hpp"

namespace hygiene::commands {
namespace {

void add_selectors(CLI::App& command, ProxyOptions& options) {
  command
      .add_option("--selector", options.selector,
                  "Label selector for lists and watches of Secrets; \"\": none")
      ->capture_default_str()
      ->type_name("SELECTOR");
  command
      .add_option("--field-selector", options.field_selector,
                  "Field selector for lists and watches of Secrets; \"\": none")
      ->capture_default_str()
      ->type_name("SELECTOR");
}

void add_place(CLI::App& command, ProxyOptions& options) {
  command.add_option("--listen", options.listen, "Where the controller connects: HOST:PORT or unix:PATH")
      ->capture_default_str()
      ->type_name("ADDRESS");
  command
      .add_option("--metrics-listen", options.metrics_listen, "HTTP address of /metrics, /livez and /readyz")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  command
      .add_option("--write-kubeconfig", options.write_kubeconfig,
                  "File to write, before it is ready, for the controller to take as its kubeconfig")
      ->type_name("FILE");
  command.add_option("--token-file", options.token_file, "The file of the token that it names")
      ->capture_default_str()
      ->type_name("FILE");
  command
      .add_option("--tls-dir", options.tls_dir,
                  "Directory for the certificate that it makes, to keep it over a restart")
      ->type_name("DIR");
}

void add_identity(CLI::App& command, ProxyOptions& options) {
  command.add_flag("--insecure-http", options.insecure_http,
                   "Listen in plain HTTP, over which client-go sends no token");
  command.add_option("--client-ca", options.client_ca, "CA whose client certificates are demanded")
      ->type_name("FILE");
  command
      .add_option("--client-name", options.client_name,
                  "Common name or DNS name that the client certificate must have")
      ->type_name("NAME");
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
