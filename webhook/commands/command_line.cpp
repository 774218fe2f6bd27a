#include "commands/command_line.hpp"

#include <iostream>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/version.hpp"
#include "commands/audit/audit_flags.hpp"
#include "commands/certs/certs_flags.hpp"
#include "commands/check/check.hpp"
#include "commands/cli/flags.hpp"
#include "commands/cli/invocation.hpp"
#include "commands/completion/completion.hpp"
#include "commands/completion/completion_flags.hpp"
#include "commands/label/label_flags.hpp"
#include "commands/lint/lint.hpp"
#include "commands/proxy/proxy_flags.hpp"
#include "commands/prune/prune_flags.hpp"
#include "commands/serve/serve.hpp"
#include "commands/terminal/colour.hpp"

namespace hygiene::commands {
namespace {

// Wrong arguments. `check` uses it too for what it cannot judge.
constexpr int kUsageError = 2;

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
  command.add_option("--threads", options->threads, "Threads that answer reviews; 0: one a core, at most 4")
      ->capture_default_str()
      ->check(CLI::Range(0, 64))
      ->type_name("N");
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
  command.add_option("--counting", options->counting, "How limits across Secrets are kept: local or strict")
      ->capture_default_str()
      ->type_name("MODE:{local,strict}");
  command
      .add_option("--when-counts-unknown", options->when_counts_unknown,
                  "What a limit across Secrets says while it cannot know: allow or deny")
      ->capture_default_str()
      ->type_name("VERDICT:{allow,deny}");
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
  command.add_option("--log-level", options->log_level, "debug, info, warning or error")
      ->capture_default_str()
      ->type_name("LEVEL:{debug,info,warning,error}");
  command.add_option("--log-format", options->log_format, "json or text")
      ->capture_default_str()
      ->type_name("FORMAT:{json,text}");
  name_environment(command);
  return [options] { return run_serve(*options); };
}

Run add_lint(CLI::App& app) {
  auto options = std::make_shared<LintOptions>();
  CLI::App& command = *app.add_subcommand("lint", "Check policy files; exit 1 if they have errors");
  command.add_option("PATH", options->paths, "Policy directories or files, each a set of its own");
  command.add_flag("--schema", options->schema, "Print the policies' JSON Schema");
  return [options] { return run_lint(*options, std::cout, std::cerr); };
}

Run add_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App& command = *app.add_subcommand("check",
                                          "Judge manifests or recorded AdmissionReviews offline; exit 1 if "
                                          "any is denied, 2 if any cannot be judged");
  command.add_option("-p,--policies", options->policies, "Directory or file of policies")
      ->required()
      ->type_name("PATH");
  command.add_option("FILE", options->files, "YAML or JSON files or directories; - is standard input")
      ->required();
  command.add_option("-o,--output", options->output, "table, json or github")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "json", "github"}))
      ->type_name("FORMAT");
  command.add_option("-n,--namespace", options->namespace_default, "Namespace of Secrets that name none")
      ->capture_default_str()
      ->type_name("NAME");
  name_environment(command);
  return [options] {
    options->colour = terminal_wants_colour();
    return run_check(*options, std::cin, std::cout, std::cerr);
  };
}

}  // namespace

int run_command_line(int argc, char** argv) {
  const Invocation call = read_invocation(argc, argv);
  CLI::App app{"An admission webhook that keeps Secrets small, few and skippable.", call.program};
  app.set_version_flag("--version", "secret-hygiene " + std::string(base::version()));
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  const std::vector<std::pair<const char*, Run>> commands{
      {"serve", add_serve(app)}, {"lint", add_lint(app)},   {"check", add_check(app)},
      {"audit", add_audit(app)}, {"label", add_label(app)}, {"prune", add_prune(app)},
      {"proxy", add_proxy(app)}, {"certs", add_certs(app)}, {"completion", add_completion(app)},
  };
  if (call.to_complete) {
    std::cout << to_cobra(complete(app, *call.to_complete));
    return 0;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_help = error.get_exit_code() == 0;
    const int status = app.exit(error);
    return asked_for_help ? status : kUsageError;
  }
  for (const auto& [name, run] : commands) {
    if (app.got_subcommand(name)) return run();
  }
  return kUsageError;
}

}  // namespace hygiene::commands
