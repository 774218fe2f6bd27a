// `secret-hygiene proxy`: stands between one controller and the API server. Thread-safety: one thread at a
// time.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "cluster/client_config.hpp"
#include "commands/cli/start_server.hpp"
#include "housekeeping/controllers/proxy_defaults.hpp"

namespace hygiene::commands {

struct ProxyOptions {
  std::string listen = "127.0.0.1:6444";  // or unix:PATH
  std::string metrics_listen = "0.0.0.0:9094";
  std::string selector{housekeeping::kProxyLabelSelector};        // empty: none
  std::string field_selector{housekeeping::kProxyFieldSelector};  // empty: none
  bool insecure_http = false;
  bool inject_token = false;     // the pod's token, for requests without one
  std::string tls_dir;           // where the certificate that is made is kept; empty: nowhere
  std::string client_ca;         // file; empty: no client certificate is asked for
  std::string client_name;       // needs client_ca
  std::string write_kubeconfig;  // file; empty: none
  std::string token_file = "/var/run/secrets/kubernetes.io/serviceaccount/token";  // named in that kubeconfig
  cluster::ClientConfigOptions access;
  std::chrono::milliseconds estimate_every{0};  // a look at what is kept away; 0: never
  std::size_t threads = 0;                      // 0: one a core, as the process may use them, at most 4
  std::chrono::milliseconds drain_timeout{15'000};
  LogOptions log;
};

// Serves until SIGTERM or SIGINT. Returns the exit status: 0, or 1 after a sentence on stderr that says what
// to do.
int run_proxy(const ProxyOptions& options);

// Its subcommand, with its flags.
Run add_proxy(CLI::App& app);

}  // namespace hygiene::commands
