// The exit statuses of all commands. Thread-safety: constants.
#pragma once

namespace hygiene::commands {

enum ExitCode {
  kExitDone = 0,
  kExitFound = 1,    // something was found or refused, or a part failed
  kExitCannot = 2,   // wrong arguments, bad policies, no access, output that cannot be written
  kExitSignal = 128  // and the signal's number: what was done till then is reported
};

}  // namespace hygiene::commands
