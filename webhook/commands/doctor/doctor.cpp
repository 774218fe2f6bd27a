#include "commands/doctor/doctor.hpp"

#include <csignal>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/cli/place_flags.hpp"
#include "commands/cli/stored_flags.hpp"
#include "commands/cli/yaml_output.hpp"
#include "commands/doctor/doctor_report.hpp"
#include "commands/terminal/terminal.hpp"
#include "commands/terminal/text_table.hpp"

namespace hygiene::commands {

int run_doctor(const DoctorOptions& options, std::ostream& out, std::ostream& err) {
  const auto refuse = [&err](const Error& error) {
    err << printable(error.message()) << '\n';
    return kExitCannot;
  };
  const auto api = cluster::BlockingApi::open(options.access, options.api);
  if (!api) return refuse(api.error());
  DoctorReport report;
  const auto examined = housekeeping::examine(
      **api, options.wish, [&report](housekeeping::Diagnosis each) { report.add(std::move(each)); });
  if (!examined) return refuse(examined.error());
  if (options.output == Output::table) {
    report.print(out, options.colour);
  } else {
    write_document(options.output, out, [&report](std::ostream& json) { report.write_json(json); });
  }
  if (report.count(housekeeping::Health::problem) > 0) return kExitFound;
  return report.count(housekeeping::Health::not_looked_at) > 0 ? kExitCannot : kExitDone;
}

Run add_doctor(CLI::App& app) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App& command = *app.add_subcommand(
      "doctor", "Check an installation without changing it, and say what is wrong and how to fix it");
  add_client_flags(command, options->access, options->api);
  add_place_flags(command, options->wish.place);
  add_text(command, "--trial-namespace", options->wish.trial_namespace, "NAME",
           "Namespace for dry-run writes of Secrets; the webhook must be called for it");
  command
      .add_option(
          "--metrics", options->wish.metrics,
          "Address of a replica's metrics; repeat for each; default: the pods, through the API server")
      ->type_name("HOST:PORT");
  add_output_flag(command, options->output, {Output::table, Output::json, Output::yaml});
  add_examples(command,
               {"# Check an installation of the manifests or the chart", "secret-hygiene doctor",
                "# Check another namespace, for a script", "secret-hygiene doctor -n hygiene -o json"});
  return [options] {
    std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error code, not a signal
    options->colour = terminal_wants_colour();
    return run_doctor(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
