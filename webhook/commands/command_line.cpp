#include "commands/command_line.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "base/version.hpp"
#include "commands/check.hpp"
#include "commands/lint.hpp"
#include "commands/serve.hpp"

namespace hygiene::commands {
namespace {

// Wrong arguments. `check` uses it too for what it cannot judge.
constexpr int kUsageError = 2;

// Every flag can be set in the environment: --tls-dir as SECRET_HYGIENE_TLS_DIR.
void name_environment(CLI::App& command) {
  for (CLI::Option* option :
       command.get_options([](const CLI::Option* o) { return !o->get_lnames().empty(); })) {
    const std::string& flag = option->get_lnames().front();
    if (flag == "help" || flag == "version") continue;
    std::string name = "SECRET_HYGIENE_" + flag;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
    option->envname(name);
  }
}

// Whole seconds, milliseconds or minutes, as Go writes them: 5s, 500ms, 1m. Nothing if it is none.
std::optional<std::chrono::milliseconds> parse_duration(const std::string& text) {
  std::uint32_t count = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (ec != std::errc()) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [name, factor] :
       {std::pair<std::string_view, std::int64_t>{"ms", 1}, {"s", 1000}, {"m", 60'000}}) {
    if (unit == name) return std::chrono::milliseconds(count * factor);
  }
  return std::nullopt;
}

void add_duration(CLI::App& command, const std::string& flag, std::chrono::milliseconds& value,
                  const std::string& help) {
  const auto set = [&value, flag](const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration) throw CLI::ValidationError(flag, "expected a duration such as 5s or 500ms");
    value = *duration;
  };
  command.add_option_function<std::string>(flag, set, help)
      ->default_str(std::to_string(value.count() / 1000) + "s")
      ->type_name("DURATION");
}

// A command's flags, and what runs it.
using Run = std::function<int()>;

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
  add_duration(command, "--shutdown-delay", options->shutdown_delay,
               "After SIGTERM, how long to serve on while not ready");
  add_duration(command, "--drain-timeout", options->drain_timeout,
               "Then, how long requests in flight may take to end");
  command.add_option("--log-level", options->log_level, "debug, info, warning or error")
      ->capture_default_str()
      ->type_name("LEVEL");
  command.add_option("--log-format", options->log_format, "json or text")
      ->capture_default_str()
      ->type_name("FORMAT");
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
  CLI::App app{"An admission webhook that keeps Secrets small, few and skippable.", "secret-hygiene"};
  app.set_version_flag("--version", "secret-hygiene " + std::string(base::version()));
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  const std::array<std::pair<const char*, Run>, 3> commands{
      {{"serve", add_serve(app)}, {"lint", add_lint(app)}, {"check", add_check(app)}}};
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
