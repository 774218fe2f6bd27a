#include "commands/prune/prune_flags.hpp"

#include <csignal>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/prune/prune.hpp"

namespace hygiene::commands {
namespace {

constexpr unsigned kKeepMax = 1'000'000;  // more revisions than a cluster holds

}  // namespace

Run add_prune(CLI::App& app) {
  auto options = std::make_shared<PruneOptions>();
  CLI::App& command = *app.add_subcommand(
      "prune", "Delete old revisions of Helm releases; a dry run unless --apply; exit 1 if any failed");
  add_stored_flags(command, options->stored,
                   "Only releases of which a revision has these labels; all of their revisions count");
  command.add_option("--release", options->prune.releases, "Only this release; once for each")
      ->type_name("NAME");
  // None kept would leave nothing to roll back to.
  command
      .add_option("--keep", options->prune.rules.keep,
                  "The newest superseded revisions of each release stay: those to roll back to")
      ->capture_default_str()
      ->check(CLI::Range(1U, kKeepMax))
      ->type_name("N");
  command
      .add_option("--keep-failed", options->prune.rules.keep_failed,
                  "The newest failed revisions of each release stay")
      ->capture_default_str()
      ->check(CLI::Range(0U, kKeepMax))
      ->type_name("N");
  add_duration(command, "--min-age", options->prune.rules.min_age,
               "A release with a younger revision is left alone: it may be being written");
  command.add_flag("--apply", options->stored.apply, "Delete; without it the plan is printed");
  add_text(command, "--backup", options->prune.backup, "DIR",
           "With --apply: first write what goes to files that kubectl create -f takes");
  add_qps_flag(command, options->stored, "Deletes");
  add_output_flag(command, options->stored.output, {Output::table, Output::json});
  name_environment(command);
  return [options] {
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error code, not a signal
    meet_terminal(options->stored);
    return run_prune(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
