#include "commands/command_line.hpp"

#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/version.hpp"
#include "commands/audit/audit.hpp"
#include "commands/certs/certs.hpp"
#include "commands/check/check.hpp"
#include "commands/cli/invocation.hpp"
#include "commands/completion/completion.hpp"
#include "commands/label/label.hpp"
#include "commands/lint/lint.hpp"
#include "commands/proxy/proxy.hpp"
#include "commands/prune/prune.hpp"
#include "commands/serve/serve.hpp"

namespace hygiene::commands {
namespace {

// Wrong arguments. `check` uses it too for what it cannot judge.
constexpr int kUsageError = 2;

struct Command {
  const char* name;
  Run (*add)(CLI::App& app);
};

// In the order of --help.
constexpr Command kCommands[] = {
    {"serve", add_serve}, {"lint", add_lint},   {"check", add_check},
    {"audit", add_audit}, {"label", add_label}, {"prune", add_prune},
    {"proxy", add_proxy}, {"certs", add_certs}, {"completion", add_completion},
};

}  // namespace

int run_command_line(int argc, char** argv) {
  const Invocation call = read_invocation(argc, argv);
  CLI::App app{"An admission webhook that keeps Secrets small, few and skippable.", call.program};
  app.set_version_flag("--version", "secret-hygiene " + std::string(base::version()));
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  std::vector<Run> runs;
  for (const Command& command : kCommands) runs.push_back(command.add(app));
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
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (app.got_subcommand(kCommands[i].name)) return runs[i]();
  }
  return kUsageError;
}

}  // namespace hygiene::commands
