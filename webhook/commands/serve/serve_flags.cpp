#include "commands/serve/serve_flags.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "commands/serve/serve.hpp"

namespace hygiene::commands {

Run add_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App& command = *app.add_subcommand("serve", "Serve the webhook until SIGTERM");
  command.add_option("--policies", options->policies, "Directory of policy files; watched for changes")
      ->required()
      ->type_name("DIR");
  command
      .add_option("--tls-dir", options->tls_dir, "Directory with tls.crt and tls.key; watched for changes")
      ->required()
      ->type_name("DIR");
  command.add_option("--listen", options->listen, "HTTPS address of the webhook")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  command
      .add_option("--metrics-listen", options->metrics_listen, "HTTP address of /metrics, /livez and /readyz")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  add_threads_flag(command, options->threads, "Threads that answer reviews");
  command
      .add_option("--client-ca", options->client_ca,
                  "CA whose client certificates are demanded of the API server")
      ->type_name("FILE");
  command
      .add_option("--client-name", options->client_name,
                  "Common name or DNS name that the client certificate must have")
      ->type_name("NAME");
  command
      .add_option("--endpoint-token", options->endpoint_token,
                  "File with a token; the endpoints become /validate/TOKEN and /mutate/TOKEN")
      ->type_name("FILE");
  add_choice(command, "--counting", options->counting, "How limits across Secrets are kept: local or strict",
             "MODE", {{"local", Counting::local}, {"strict", Counting::strict}});
  add_choice(command, "--when-counts-unknown", options->when_counts_unknown,
             "What a limit across Secrets says while it cannot know: allow or deny", "VERDICT",
             {{"allow", WhenUnknown::allow}, {"deny", WhenUnknown::deny}});
  add_access_flags(command, options->access, "For limits across Secrets and --events");
  command
      .add_option(
          "--ledger", options->ledger,
          "ConfigMap that replicas share with --counting=strict; else secret-hygiene-ledger of our namespace")
      ->type_name("NAMESPACE/NAME");
  command
      .add_option("--status-listen", options->status_listen,
                  "HTTP address of the status page, for kubectl port-forward: it names Secrets")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  command.add_flag("--events", options->events,
                   "Write Kubernetes Events about rejections, on their namespace");
  add_duration(command, "--shutdown-delay", options->shutdown_delay,
               "After SIGTERM, how long to serve on while not ready");
  add_duration(command, "--drain-timeout", options->drain_timeout,
               "Then, how long requests in flight may take to end");
  add_log_flags(command, options->log);
  name_environment(command);
  return [options] { return run_serve(*options); };
}

}  // namespace hygiene::commands
