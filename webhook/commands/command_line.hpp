// The command line: which command, its flags, and their values from the environment. Thread-safety: one
// thread at a time.
#pragma once

namespace hygiene::commands {

// Runs the command that the arguments name. Returns the exit status; 2 for arguments that are wrong.
int run_command_line(int argc, char** argv);

}  // namespace hygiene::commands
