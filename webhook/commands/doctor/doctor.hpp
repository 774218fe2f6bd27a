// `secret-hygiene doctor`: one read-only look at an installation. Thread-safety: one thread at a time.
#pragma once

#include <iosfwd>

#include "commands/cli/flags.hpp"
#include "housekeeping/doctor/examination.hpp"

namespace hygiene::commands {

struct DoctorOptions {
  cluster::ClientConfigOptions access;
  cluster::ApiOptions api;
  housekeeping::ExaminationWish wish;
  Output output = Output::table;  // or json
  bool colour = false;            // of the table
};

// The report goes to `out`, a sentence about what ended it to `err`. Returns the exit status: 0 where nothing
// is wrong; 1 where a problem was found; 2 where none was, but something could not be looked at, or nothing
// could.
int run_doctor(const DoctorOptions& options, std::ostream& out, std::ostream& err);

// Its subcommand, with its flags.
Run add_doctor(CLI::App& app);

}  // namespace hygiene::commands
