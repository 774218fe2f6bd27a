#include "commands/serve/serve_flags.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "commands/serve/serve.hpp"

namespace hygiene::commands {

Run add_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App& command = *app.add_subcommand("serve", "Serve the webhook until SIGTERM");
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
           "CA whose client certificates are demanded of the API server");
  add_text(command, "--client-name", options->client_name, "NAME",
           "Common name or DNS name that the client certificate must have");
  add_text(command, "--endpoint-token", options->endpoint_token, "FILE",
           "File with a token; the endpoints become /validate/TOKEN and /mutate/TOKEN");
  add_choice(command, "--counting", options->counting, "MODE",
             "How limits across Secrets are kept: local or strict",
             {{"local", Counting::local}, {"strict", Counting::strict}});
  add_choice(command, "--when-counts-unknown", options->when_counts_unknown, "VERDICT",
             "What a limit across Secrets says while it cannot know: allow or deny",
             {{"allow", WhenUnknown::allow}, {"deny", WhenUnknown::deny}});
  add_access_flags(command, options->access, "For limits across Secrets and --events");
  add_text(
      command, "--ledger", options->ledger, "NAMESPACE/NAME",
      "ConfigMap that replicas share with --counting=strict; else secret-hygiene-ledger of our namespace");
  add_text(command, "--status-listen", options->status_listen, "HOST:PORT",
           "HTTP address of the status page, for kubectl port-forward: it names Secrets");
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
