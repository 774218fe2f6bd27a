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

// Files are named relative to the file that names them; `*_data` is decoded and wins over the file.
struct KubeCluster {
  std::string server;
  std::string ca_pem;
  std::filesystem::path ca_file;
  std::string tls_server_name;
  bool insecure = false;
  std::string proxy_url;
  std::string exec_config_json;  // what the extension client.authentication.k8s.io/exec holds, for a plugin
};

// Whom the API server is asked as.
struct Impersonation {
  std::string user;  // empty: as ourselves
  std::string uid;
  std::vector<std::string> groups;
  std::vector<std::pair<std::string, std::vector<std::string>>> extra;
};

// Wipes the token and the key when it goes.
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
  std::string unsupported;  // the name of a field that this client does not serve
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

  // What `other` has beyond this; the first to name something wins, as with kubectl.
  void add(Kubeconfig other);
};

// `file` is named in errors, and relative paths begin at its folder. A field that is empty or null is not
// given. Errors, as kubectl has them: syntax (with the line where there is one; also a field of another type
// than its own), encoding (a `*-data` field is not base64), duplicate (a name twice in a list). No text of
// the file is part of an error but names.
base::Result<Kubeconfig> parse_kubeconfig(const std::string& text, const std::filesystem::path& file);

// As kubectl finds it: `flag` alone if it is given, else the files that KUBECONFIG lists, else
// ~/.kube/config.
std::vector<std::filesystem::path> kubeconfig_files(const std::string& flag);

}  // namespace hygiene::cluster
