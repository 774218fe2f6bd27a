// A kubeconfig file: clusters, users and contexts by name, several files as one. Thread-safety: immutable.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cluster/exec_plugin.hpp"

namespace hygiene::cluster {

// Paths are relative to the file that names them; `*_data` is decoded and wins over the file.
struct KubeCluster {
  std::string server;
  std::string ca_pem;
  std::filesystem::path ca_file;
  std::string tls_server_name;
  bool insecure = false;
  std::string proxy_url;
  std::string exec_config_json;  // of the extension client.authentication.k8s.io/exec, for a plugin
};

// Whom to impersonate.
struct Impersonation {
  std::string user;  // empty: as ourselves
  std::string uid;
  std::vector<std::string> groups;
  std::vector<std::pair<std::string, std::vector<std::string>>> extra;
};

// Wipes the token and the key at its end.
struct KubeUser {
  KubeUser() = default;
  ~KubeUser();
  KubeUser(const KubeUser&) = default;
  KubeUser(KubeUser&&) = default;
  KubeUser& operator=(const KubeUser&) = default;
  KubeUser& operator=(KubeUser&&) = default;

  std::string token;
  std::filesystem::path token_file;  // wins over token
  std::string certificate_pem;
  std::filesystem::path certificate_file;
  std::string key_pem;
  std::filesystem::path key_file;
  std::optional<ExecPlugin> exec;
  bool exec_wants_cluster = false;
  std::string exec_interactive_mode;
  Impersonation impersonation;
  std::string unsupported;  // the name of a field that this client does not support
};

struct KubeContext {
  std::string cluster;
  std::string user;
  std::string namespace_name;
};

struct Kubeconfig {
  std::string current_context;
  std::map<std::string, KubeCluster> clusters;
  std::map<std::string, KubeUser> users;
  std::map<std::string, KubeContext> contexts;

  // Adds what only `other` has; the first to name something wins, as in kubectl.
  void add(Kubeconfig other);
};

// Reads a kubeconfig. Errors name `file`; relative paths begin at its folder. An empty or null field counts
// as not given. Errors, as in kubectl: syntax (with the line if there is one; also a field of a wrong type),
// encoding (a `*-data` field is not base64), duplicate (a name twice in a list). Errors hold no text of the
// file but names.
Result<Kubeconfig> parse_kubeconfig(const std::string& text, const std::filesystem::path& file);

// The files that kubectl would read: `flag` alone if given, else those of KUBECONFIG, else ~/.kube/config.
std::vector<std::filesystem::path> kubeconfig_files(const std::string& flag);

}  // namespace hygiene::cluster
