// The command line: which command, its flags, and their values from the environment.
#pragma once

namespace hygiene::commands {

// Runs the command that the arguments name. Returns the exit status; 2 for arguments that are wrong.
int run_command_line(int argc, char** argv);

}  // namespace hygiene::commands
