// What the flags of all commands share. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "cluster/client_config.hpp"

namespace CLI {
class App;
}

namespace hygiene::commands {

// Runs a command whose flags were parsed; the exit status.
using Run = std::function<int()>;

// Lets every flag be set in the environment: --tls-dir as SECRET_HYGIENE_TLS_DIR.
void name_environment(CLI::App& command);

// --kubeconfig and --context. `what`: begins the help of the first, before how it is found otherwise.
void add_access_flags(CLI::App& command, cluster::ClientConfigOptions& access,
                      const std::string& what = "Kubeconfig");

// A flag that takes a duration as Go writes it: 5s, 500ms, 1m, 1h. `value` must live until the flags are
// parsed.
void add_duration(CLI::App& command, const std::string& flag, std::chrono::milliseconds& value,
                  const std::string& help);

}  // namespace hygiene::commands
