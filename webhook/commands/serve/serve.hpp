// `secret-hygiene serve`: the webhook.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "cluster/client_config.hpp"

namespace hygiene::commands {

struct ServeOptions {
  std::string policies;
  std::string tls_dir;
  std::string listen = "0.0.0.0:8443";
  std::string metrics_listen = "0.0.0.0:9090";
  std::size_t threads = 0;                    // 0: one a core, as the process may use them
  std::string client_ca;                      // file; empty: no client certificate is asked for
  std::string client_name;                    // needs client_ca
  std::string endpoint_token;                 // file; empty: /validate and /mutate
  std::string counting = "local";             // or strict
  std::string when_counts_unknown = "allow";  // or deny
  cluster::ClientConfigOptions access;        // asked only where a policy counts
  std::string ledger;                         // NAMESPACE/NAME; empty: secret-hygiene-ledger of our namespace
  bool events = false;                        // tell the API server of rejections
  std::string status_listen = "127.0.0.1:9091";
  std::chrono::milliseconds shutdown_delay{5'000};
  std::chrono::milliseconds drain_timeout{15'000};
  std::string log_level = "info";
  std::string log_format = "json";
};

// Serves until SIGTERM or SIGINT. Returns the exit status: 0, or 1 after a sentence on stderr that says what
// to do.
int run_serve(const ServeOptions& options);

}  // namespace hygiene::commands
