// Which API server, and as whom: from a kubeconfig, or from the service account of the pod. Thread-safety: as
// CredentialSource.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "cluster/credentials.hpp"

namespace hygiene::cluster {

struct ClientConfig {
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 0;
  std::string base_path;  // before /api and /apis; empty, or begins with a slash and ends without one
  bool tls = true;
  std::string ca_pem;       // empty: the system's CAs
  std::string server_name;  // empty: host
  bool verify = true;
  std::string namespace_default;  // of the context, or of the pod; `default` if neither names one
  std::string origin;             // for people: context "x" of FILE, or the pod's service account
  std::unique_ptr<CredentialSource> credentials;
};

struct ClientConfigOptions {
  std::string kubeconfig;  // --kubeconfig; empty: as kubectl finds it
  std::string context;     // --context; empty: the current one
  std::filesystem::path service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
};

// Sets host, port, base_path and tls of `config` from a URL. Errors: invalid.
base::Result<void> set_server(ClientConfig& config, std::string_view url);

// The kubeconfig if one is given or found, else the service account. Errors: missing (neither is there; an
// unknown context, cluster or user: the sentence lists what there is), unsupported (a field that this client
// does not serve), invalid (not a URL), and those of the files.
base::Result<ClientConfig> find_client_config(const ClientConfigOptions& options);

}  // namespace hygiene::cluster
