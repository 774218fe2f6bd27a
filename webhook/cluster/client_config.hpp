// Finds which API server to ask and as whom: by a kubeconfig, or by the pod's service account. Thread-safety:
// as CredentialSource.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cluster/credentials.hpp"
#include "cluster/exec_plugin.hpp"
#include "cluster/server_url.hpp"
#include "net/dial.hpp"

namespace hygiene::cluster {

struct ClientConfig {
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 0;
  std::string base_path;  // before /api and /apis; empty, or begins with a slash and ends without one
  bool tls = true;
  std::string ca_pem;             // in force; empty: the system's CAs
  std::filesystem::path ca_file;  // the file of ca_pem; empty: none
  std::string server_name;        // empty: host
  bool verify = true;
  std::optional<net::HttpProxy> proxy;  // nothing: the server is reached directly
  // Impersonation headers of every request. Empty: none.
  std::vector<std::pair<std::string, std::string>> impersonation;
  std::string namespace_default = "default";  // of the context, or of the pod, if it names one
  std::string origin;                         // for people: context "x" of FILE, or the pod's service account
  std::shared_ptr<CredentialSource> credentials;

  // Sets host, port, base_path, tls and the proxy that leads there, which `origin` then names. Errors:
  // invalid (another scheme), and proxy_to()'s.
  Result<void> set_server(const ServerUrl& url, const std::string& proxy_url);
  // Reads ca_file again, unless that was done less than `apart` ago. If it cannot be read, or holds no
  // certificate, ca_pem stays.
  void renew_ca(std::chrono::steady_clock::duration apart);

  std::chrono::steady_clock::time_point ca_read_at = std::chrono::steady_clock::now();
};

struct ClientConfigOptions {
  std::string kubeconfig;  // --kubeconfig; empty: as kubectl finds it
  std::string context;     // --context; empty: the current one
  std::string as;          // --as; empty: who the kubeconfig says
  std::string as_uid;
  std::vector<std::string> as_groups;
  std::filesystem::path service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
  // Shared by the copies of these options.
  std::shared_ptr<ExecPlugins> plugins = std::make_shared<ExecPlugins>();
};

// Uses the kubeconfig if one is given or found, else the service account. Errors: missing (neither exists; or
// an unknown context, cluster or user: the message lists the known ones), unsupported (a field that this
// client does not support), invalid (not a URL), and those of the files.
Result<ClientConfig> find_client_config(const ClientConfigOptions& options);

}  // namespace hygiene::cluster
