// `secret-hygiene export`: policies as admission policies that the API server itself enforces. Thread-safety:
// one thread at a time.
#pragma once

#include <iosfwd>
#include <string>

#include "commands/cli/flags.hpp"
#include "housekeeping/export/exported.hpp"

namespace hygiene::commands {

struct ExportCommandOptions {
  std::string policies;  // directory or file; empty: the default ones
  housekeeping::ExportOptions exported;
};

// The objects go to `out` as one List in JSON, a sentence for each thing that is left out to `err`. The exit
// status: 0; 2 where the policies cannot be read, or nothing of them can be said in CEL.
int run_export(const ExportCommandOptions& options, std::ostream& out, std::ostream& err);

// Its subcommand, with its flags.
Run add_export(CLI::App& app);

}  // namespace hygiene::commands
