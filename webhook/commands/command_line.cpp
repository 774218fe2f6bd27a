#include "commands/command_line.hpp"

#include <cstdlib>
#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/version.hpp"
#include "commands/audit/audit.hpp"
#include "commands/certs/certs.hpp"
#include "commands/check/check.hpp"
#include "commands/cli/arguments.hpp"
#include "commands/cli/exit_code.hpp"
#include "commands/cli/flags.hpp"
#include "commands/cli/help_formatter.hpp"
#include "commands/cli/invocation.hpp"
#include "commands/cli/man_page.hpp"
#include "commands/completion/completion.hpp"
#include "commands/controllers/controllers.hpp"
#include "commands/doctor/doctor.hpp"
#include "commands/export/export.hpp"
#include "commands/label/label.hpp"
#include "commands/lint/lint.hpp"
#include "commands/policies/policies.hpp"
#include "commands/proxy/proxy.hpp"
#include "commands/prune/prune.hpp"
#include "commands/serve/serve.hpp"
#include "commands/test/test.hpp"
#include "commands/version/version.hpp"

namespace hygiene::commands {
namespace {

// Wrong arguments. Other commands use it too for what they could not do.

struct Command {
  const char* name;
  Run (*add)(CLI::App& app);
};

// In the order of --help.
constexpr Command kCommands[] = {
    {"serve", add_serve},       {"lint", add_lint},
    {"check", add_check},       {"test", add_test},
    {"audit", add_audit},       {"controllers", add_controllers},
    {"label", add_label},       {"prune", add_prune},
    {"proxy", add_proxy},       {"certs", add_certs},
    {"doctor", add_doctor},     {"export", add_export},
    {"policies", add_policies}, {"completion", add_completion},
    {"version", add_version},
};

// The variable that gave the value which `error` is about; empty: none did.
std::string variable_of(const CLI::App& command, const std::string& error) {
  for (const CLI::Option* flag : command.get_options()) {
    std::string variable = flag->get_envname();
    if (variable.empty() || std::getenv(variable.c_str()) == nullptr) continue;
    if (error.starts_with("--" + flag->get_lnames().front() + ":")) return variable;
  }
  return {};
}

int refuse(const std::string& sentence, const std::string& program) {
  std::cerr << sentence << "\nRun " << program << " --help for more information.\n";
  return kExitCannot;
}

int run_command(int argc, char** argv) {
  const Invocation call = read_invocation(argc, argv);
  CLI::App app{
      "An admission webhook that labels and limits Secrets, so that controllers need not cache them all.",
      call.program};
  app.formatter(help_formatter());
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.set_version_flag("--version", "secret-hygiene " + std::string(base::version()));
  app.footer("Exit status: 0 success; 1 something was found, denied or failed in part; 2 it could not run.");
  app.require_subcommand(1);
  std::vector<Run> runs;
  for (const Command& command : kCommands) runs.push_back(command.add(app));
  if (call.to_complete) {
    std::cout << to_cobra(complete(app, *call.to_complete));
    return kExitDone;
  }
  if (call.man_page) {
    std::cout << man_page(app);
    return kExitDone;
  }
  std::vector<std::string> words = arrange_words(app, {argv + 1, argv + argc});
  CLI::App& command = named_command(app, words);
  name_environment(command);
  if (const std::string unknown = unknown_word(app, words); !unknown.empty())
    return refuse(unknown, call.program + (&command == &app ? "" : " " + words.front()));
  if (!command.get_subcommands({}).empty() && (words.empty() || words.back() == command.get_name())) {
    std::cout << command.help();
    return kExitDone;
  }
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    const std::string variable = variable_of(command, error.what());
    return refuse(
        error.what() + (variable.empty() ? "" : " (from the environment variable " + variable + ")"),
        call.program + " " + words.front());
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (app.got_subcommand(kCommands[i].name)) return runs[i]();
  }
  return kExitCannot;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  const int status = run_command(argc, argv);
  if (std::cout.flush()) return status;
  std::cerr << "cannot write to standard output\n";
  return kExitCannot;
}

}  // namespace hygiene::commands
