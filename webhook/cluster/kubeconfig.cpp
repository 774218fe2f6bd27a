#include "cluster/kubeconfig.hpp"

#include <cstdlib>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "base/base64.hpp"

namespace hygiene::cluster {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;

// Thrown within this file for a `*-data` field, and caught by parse_kubeconfig().
struct NotBase64 {
  std::string field;
};

class Reader {
 public:
  explicit Reader(const fs::path& file) : folder_(fs::absolute(file).parent_path()) {}

  Kubeconfig read(const YAML::Node& root) const {
    Kubeconfig config;
    config.current_context = text(root, "current-context");
    for (const auto& entry : root["clusters"]) {
      config.clusters.emplace(text(entry, "name"), cluster(entry["cluster"]));
    }
    for (const auto& entry : root["users"]) config.users.emplace(text(entry, "name"), user(entry["user"]));
    for (const auto& entry : root["contexts"]) {
      const YAML::Node& node = entry["context"];
      config.contexts.emplace(text(entry, "name"), KubeContext{text(node, "cluster"), text(node, "user"),
                                                               text(node, "namespace")});
    }
    return config;
  }

 private:
  // An entry may have a name and nothing else: kubectl takes it too.
  static bool is_map(const YAML::Node& node) { return node.IsDefined() && node.IsMap(); }

  static std::string text(const YAML::Node& node, const char* field) {
    if (!is_map(node)) return {};
    const YAML::Node& value = node[field];
    return value.IsDefined() && value.IsScalar() ? value.Scalar() : std::string();
  }

  static bool is_true(const YAML::Node& node, const char* field) {
    return is_map(node) && node[field].IsDefined() && node[field].as<bool>(false);
  }

  static std::string data(const YAML::Node& node, const char* field) {
    auto decoded = base::decode_base64(text(node, field));
    if (!decoded) throw NotBase64{field};
    return std::string(decoded->view());
  }

  fs::path path(const YAML::Node& node, const char* field) const {
    const std::string named = text(node, field);
    return named.empty() ? fs::path() : folder_ / named;
  }

  // The first of `fields` that is given.
  static std::string first_of(const YAML::Node& node, std::initializer_list<const char*> fields) {
    for (const char* field : fields) {
      if (is_map(node) && node[field].IsDefined()) return field;
    }
    return {};
  }

  KubeCluster cluster(const YAML::Node& node) const {
    KubeCluster made;
    made.server = text(node, "server");
    made.ca_pem = data(node, "certificate-authority-data");
    made.ca_file = path(node, "certificate-authority");
    made.tls_server_name = text(node, "tls-server-name");
    made.insecure = is_true(node, "insecure-skip-tls-verify");
    made.unsupported = first_of(node, {"proxy-url"});
    return made;
  }

  KubeUser user(const YAML::Node& node) const {
    KubeUser made;
    made.token = text(node, "token");
    made.token_file = path(node, "tokenFile");
    made.certificate_pem = data(node, "client-certificate-data");
    made.certificate_file = path(node, "client-certificate");
    made.key_pem = data(node, "client-key-data");
    made.key_file = path(node, "client-key");
    made.unsupported =
        first_of(node, {"auth-provider", "username", "as", "as-uid", "as-groups", "as-user-extra"});
    if (is_map(node) && is_map(node["exec"])) made.exec = exec(node["exec"], made);
    return made;
  }

  ExecPlugin exec(const YAML::Node& node, KubeUser& of) const {
    ExecPlugin made;
    made.api_version = text(node, "apiVersion");
    made.command = text(node, "command");
    // As client-go: a path is relative to the kubeconfig, a bare name is looked up.
    if (made.command.find('/') != std::string::npos) made.command = (folder_ / made.command).string();
    for (const auto& argument : node["args"]) made.arguments.push_back(argument.Scalar());
    for (const auto& entry : node["env"])
      made.environment.emplace_back(text(entry, "name"), text(entry, "value"));
    made.install_hint = text(node, "installHint");
    of.exec_wants_cluster = is_true(node, "provideClusterInfo");
    if (text(node, "interactiveMode") == "Always") of.unsupported = "exec.interactiveMode: Always";
    if (made.api_version != "client.authentication.k8s.io/v1" &&
        made.api_version != "client.authentication.k8s.io/v1beta1") {
      of.unsupported = "exec.apiVersion";
    }
    if (made.command.empty()) of.unsupported = "exec without a command";
    return made;
  }

  fs::path folder_;
};

}  // namespace

void Kubeconfig::add(Kubeconfig other) {
  if (current_context.empty()) current_context = std::move(other.current_context);
  clusters.merge(other.clusters);
  users.merge(other.users);
  contexts.merge(other.contexts);
}

base::Result<Kubeconfig> parse_kubeconfig(const std::string& text, const fs::path& file) {
  try {
    const YAML::Node root = YAML::Load(text);
    if (root.IsNull()) return Kubeconfig();
    if (!root.IsMap()) return Error(Errc::syntax, file.string() + ": is not a kubeconfig");
    return Reader(file).read(root);
  } catch (const NotBase64& failure) {
    return Error(Errc::encoding, file.string() + ": a " + failure.field + " is not base64");
  } catch (const YAML::Exception& failure) {
    const std::string line =
        failure.mark.is_null() ? std::string() : ':' + std::to_string(failure.mark.line + 1);
    return Error(Errc::syntax, file.string() + line + ": is not YAML of a kubeconfig");
  }
}

std::vector<fs::path> kubeconfig_files(const std::string& flag) {
  if (!flag.empty()) return {flag};
  const char* listed = std::getenv("KUBECONFIG");
  if (listed != nullptr && *listed != '\0') {
    std::vector<fs::path> files;
    const std::string_view all(listed);
    for (std::size_t at = 0; at <= all.size();) {
      const std::size_t end = std::min(all.find(':', at), all.size());
      if (end > at) files.emplace_back(all.substr(at, end - at));
      at = end + 1;
    }
    return files;
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return {fs::path(home) / ".kube" / "config"};
}

}  // namespace hygiene::cluster
