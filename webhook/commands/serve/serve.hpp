// `secret-hygiene serve`: the webhook. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "cluster/client_config.hpp"
#include "commands/cli/start_server.hpp"

namespace hygiene::commands {

enum class Counting { local, strict };
enum class WhenUnknown { allow, deny };

struct ServeOptions {
  std::string policies;
  std::string tls_dir;
  std::string listen = "0.0.0.0:8443";
  std::string metrics_listen = "0.0.0.0:9090";
  std::size_t threads = 0;     // 0: one a core, as the process may use them
  std::string client_ca;       // file; empty: no client certificate is asked for
  std::string client_name;     // needs client_ca
  std::string endpoint_token;  // file; empty: /validate and /mutate
  Counting counting = Counting::local;
  std::optional<WhenUnknown> when_counts_unknown;  // strict demands one; else nothing: allow
  cluster::ClientConfigOptions access;  // asked only where a policy counts or selects by namespaces' labels
  std::string ledger;                   // NAMESPACE/NAME; empty: in a namespace of their own
  bool events = false;                  // tell the API server of rejections
  std::string status_listen = "127.0.0.1:9091";
  std::chrono::milliseconds shutdown_delay{5'000};
  std::chrono::milliseconds drain_timeout{15'000};
  LogOptions log;
};

// Serves until SIGTERM or SIGINT. Returns the exit status: 0, or 1 after a sentence on stderr that says what
// to do.
int run_serve(const ServeOptions& options);

// Its subcommand, with its flags.
Run add_serve(CLI::App& app);

}  // namespace hygiene::commands
