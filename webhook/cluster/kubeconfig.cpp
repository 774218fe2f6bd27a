#include "cluster/kubeconfig.hpp"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <utility>

#include <boost/algorithm/string.hpp>

#include "base/base64.hpp"
#include "yaml/scalar.hpp"
#include "yaml/tree.hpp"

namespace hygiene::cluster {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using yaml::Node;

constexpr const char* kNoKubeconfig = ": is not YAML of a kubeconfig";

// Thrown within this file, and caught by parse_kubeconfig().
struct Refused {
  Errc code;
  std::string sentence;  // follows the name of the file
};

class Reader {
 public:
  explicit Reader(const fs::path& file) : folder_(fs::absolute(file).parent_path()) {}

  Kubeconfig read(const Node& root) const {
    Kubeconfig config;
    config.current_context = text(&root, "current-context");
    for (const Node& entry : entries(root, "clusters")) {
      config.clusters.emplace(text(&entry, "name"), cluster(find(&entry, "cluster")));
    }
    for (const Node& entry : entries(root, "users")) {
      config.users.emplace(text(&entry, "name"), user(find(&entry, "user")));
    }
    for (const Node& entry : entries(root, "contexts")) {
      const Node* node = find(&entry, "context");
      config.contexts.emplace(text(&entry, "name"), KubeContext{text(node, "cluster"), text(node, "user"),
                                                                text(node, "namespace")});
    }
    return config;
  }

 private:
  // Null where `node` is null: an entry may have a name and nothing else, and kubectl takes it too.
  static const Node* find(const Node* node, const char* field) {
    return node == nullptr ? nullptr : node->find(field);
  }

  static std::string text(const Node* node, const char* field) {
    const Node* value = find(node, field);
    return value == nullptr ? std::string() : value->text;
  }

  static std::span<const Node> items(const Node* node, const char* field) {
    const Node* value = find(node, field);
    if (value == nullptr || value->kind == Node::Kind::null) return {};
    if (value->kind != Node::Kind::sequence) throw Refused{Errc::syntax, kNoKubeconfig};
    return value->items;
  }

  static std::span<const Node> entries(const Node& root, const char* field) {
    const auto found = items(&root, field);
    const auto is_mapping = [](const Node& entry) { return entry.kind == Node::Kind::mapping; };
    if (!std::ranges::all_of(found, is_mapping)) throw Refused{Errc::syntax, kNoKubeconfig};
    return found;
  }

  static bool is_true(const Node* node, const char* field) {
    return yaml::classify_plain(text(node, field)) == yaml::PlainKind::true_value;
  }

  static std::string data(const Node* node, const char* field) {
    auto decoded = base::decode_base64(text(node, field));
    if (!decoded) throw Refused{Errc::encoding, std::string(": a ") + field + " is not base64"};
    return std::string(decoded->view());
  }

  fs::path path(const Node* node, const char* field) const {
    const std::string named = text(node, field);
    return named.empty() ? fs::path() : folder_ / named;
  }

  // The first of `fields` that is given.
  static std::string first_of(const Node* node, std::initializer_list<const char*> fields) {
    for (const char* field : fields) {
      if (find(node, field) != nullptr) return field;
    }
    return {};
  }

  KubeCluster cluster(const Node* node) const {
    KubeCluster made;
    made.server = text(node, "server");
    made.ca_pem = data(node, "certificate-authority-data");
    made.ca_file = path(node, "certificate-authority");
    made.tls_server_name = text(node, "tls-server-name");
    made.insecure = is_true(node, "insecure-skip-tls-verify");
    made.unsupported = first_of(node, {"proxy-url"});
    return made;
  }

  KubeUser user(const Node* node) const {
    KubeUser made;
    made.token = text(node, "token");
    made.token_file = path(node, "tokenFile");
    made.certificate_pem = data(node, "client-certificate-data");
    made.certificate_file = path(node, "client-certificate");
    made.key_pem = data(node, "client-key-data");
    made.key_file = path(node, "client-key");
    made.unsupported =
        first_of(node, {"auth-provider", "username", "as", "as-uid", "as-groups", "as-user-extra"});
    const Node* plugin = find(node, "exec");
    if (plugin != nullptr && plugin->kind == Node::Kind::mapping) made.exec = exec(plugin, made);
    return made;
  }

  ExecPlugin exec(const Node* node, KubeUser& of) const {
    ExecPlugin made;
    made.api_version = text(node, "apiVersion");
    made.command = text(node, "command");
    // As client-go: a path is relative to the kubeconfig, a bare name is looked up.
    if (made.command.find('/') != std::string::npos) made.command = (folder_ / made.command).string();
    for (const Node& argument : items(node, "args")) made.arguments.push_back(argument.text);
    for (const Node& entry : items(node, "env"))
      made.environment.emplace_back(text(&entry, "name"), text(&entry, "value"));
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
  const yaml::File parsed = yaml::parse(text, yaml::Aliases::replaced);
  // A key given twice is an error of the file and not of its document: kubectl takes it too.
  if (parsed.documents.empty()) {
    if (parsed.errors.empty()) return Kubeconfig();
    const Error& error = parsed.errors.back();
    // A message about syntax may repeat a part of the text.
    const std::string why = error.code() == Errc::syntax ? kNoKubeconfig : ": " + error.message();
    const std::string line = error.where().line == 0 ? "" : ':' + std::to_string(error.where().line);
    return Error(Errc::syntax, file.string() + line + why);
  }
  const Node& root = parsed.documents.front();
  if (root.kind != Node::Kind::mapping) return Error(Errc::syntax, file.string() + ": is not a kubeconfig");
  try {
    return Reader(file).read(root);
  } catch (const Refused& refused) {
    return Error(refused.code, file.string() + refused.sentence);
  }
}

std::vector<fs::path> kubeconfig_files(const std::string& flag) {
  if (!flag.empty()) return {flag};
  const char* listed = std::getenv("KUBECONFIG");
  if (listed != nullptr && *listed != '\0') {
    std::vector<std::string> files;
    boost::algorithm::split(files, listed, [](char c) { return c == ':'; });
    std::erase(files, "");
    return {files.begin(), files.end()};
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return {fs::path(home) / ".kube" / "config"};
}

}  // namespace hygiene::cluster
