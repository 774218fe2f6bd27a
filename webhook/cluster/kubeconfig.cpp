#include "cluster/kubeconfig.hpp"

#include <cstdlib>
#include <utility>

#include <boost/algorithm/string.hpp>
#include <rapidjson/document.h>

#include "base/base64.hpp"
#include "base/wiping_text.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "yaml/scalar.hpp"
#include "yaml/tree.hpp"

namespace hygiene::cluster {
namespace {

namespace fs = std::filesystem;
using yaml::Node;

constexpr const char* kNoKubeconfig = ": is not a kubeconfig in YAML";

// Thrown within this file, and caught by parse_kubeconfig().
struct Refused {
  Errc code;
  std::string sentence;  // follows the name of the file
};

void write_number(json::Writer& json, const std::string& text) {
  rapidjson::Document number;
  const bool of_json = json::parse_document(number, text).has_value() && number.IsNumber();
  of_json ? json.value(static_cast<const rapidjson::Value&>(number)) : json.value(text);
}

// As Kubernetes' tools turn YAML into JSON, but that a number which JSON cannot write becomes a string.
void write(json::Writer& json, const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return json.null();
    case Node::Kind::boolean:
      return json.value(yaml::classify_plain(node.text) == yaml::PlainKind::true_value);
    case Node::Kind::number:
      return write_number(json, node.text);
    case Node::Kind::string:
      return json.value(node.text);
    case Node::Kind::sequence:
      return json.array([&] {
        for (const Node& item : node.items) write(json, item);
      });
    case Node::Kind::mapping:
      return json.object([&] {
        for (const yaml::Entry& entry : node.entries) {
          json.key(entry.key);
          write(json, entry.value);
        }
      });
  }
}

std::string json_of(const Node& node) {
  json::Writer json;
  write(json, node);
  return json.take();
}

class Reader {
 public:
  explicit Reader(const fs::path& file) : folder_(fs::absolute(file).parent_path()) {}

  Kubeconfig read(const Node& root) const {
    require_config(root);
    Kubeconfig config;
    config.current_context = text(&root, "current-context");
    for (const Node* entry : items(&root, "clusters", Node::Kind::mapping)) {
      add(config.clusters, "clusters", *entry, cluster(find(entry, "cluster", Node::Kind::mapping)));
    }
    for (const Node* entry : items(&root, "users", Node::Kind::mapping)) {
      add(config.users, "users", *entry, user(find(entry, "user", Node::Kind::mapping)));
    }
    for (const Node* entry : items(&root, "contexts", Node::Kind::mapping)) {
      const Node* node = find(entry, "context", Node::Kind::mapping);
      add(config.contexts, "contexts", *entry,
          KubeContext{text(node, "cluster"), text(node, "user"), text(node, "namespace")});
    }
    return config;
  }

 private:
  static void require_config(const Node& root) {
    const std::string version = text(&root, "apiVersion");
    const std::string kind = text(&root, "kind");
    if ((!version.empty() && version != "v1") || (!kind.empty() && kind != "Config")) {
      throw Refused{Errc::syntax, ": is not a kubeconfig: expected apiVersion v1 and kind Config"};
    }
  }

  template <class Map>
  static void add(Map& all, const char* list, const Node& entry, typename Map::mapped_type value) {
    const std::string name = text(&entry, "name");
    if (all.try_emplace(name, std::move(value)).second) return;
    throw Refused{Errc::duplicate, std::string(": names \"") + name + "\" twice under " + list};
  }

  // Null where `node` is, and where the field is not given. A value of another kind is refused.
  static const Node* find(const Node* node, const char* field, Node::Kind kind) {
    const Node* value = node == nullptr ? nullptr : node->find(field);
    if (value == nullptr || value->kind == Node::Kind::null) return nullptr;
    if (value->kind == kind) return value;
    static constexpr const char* kNames[] = {"null",      "a string", "a number",
                                             "a boolean", "a list",   "a mapping"};
    throw Refused{Errc::syntax, std::string(kNoKubeconfig) + ": " + field + " must be " +
                                    kNames[static_cast<std::size_t>(kind)]};
  }

  static std::string text(const Node* node, const char* field) {
    const Node* value = find(node, field, Node::Kind::string);
    return value == nullptr ? std::string() : value->text;
  }

  // Entries that are null are left out.
  static std::vector<const Node*> items(const Node* node, const char* field, Node::Kind kind) {
    const Node* value = find(node, field, Node::Kind::sequence);
    std::vector<const Node*> all;
    if (value == nullptr) return all;
    for (const Node& item : value->items) {
      if (item.kind == kind) {
        all.push_back(&item);
      } else if (item.kind != Node::Kind::null) {
        throw Refused{Errc::syntax,
                      std::string(kNoKubeconfig) + ": an entry of " + field + " has the wrong type"};
      }
    }
    return all;
  }

  static std::vector<std::string> texts(const Node* node, const char* field) {
    std::vector<std::string> all;
    for (const Node* item : items(node, field, Node::Kind::string)) all.push_back(item->text);
    return all;
  }

  static bool is_true(const Node* node, const char* field) {
    const Node* value = find(node, field, Node::Kind::boolean);
    return value != nullptr && yaml::classify_plain(value->text) == yaml::PlainKind::true_value;
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

  KubeCluster cluster(const Node* node) const {
    KubeCluster made;
    made.server = text(node, "server");
    made.ca_pem = data(node, "certificate-authority-data");
    made.ca_file = path(node, "certificate-authority");
    made.tls_server_name = text(node, "tls-server-name");
    made.insecure = is_true(node, "insecure-skip-tls-verify");
    made.proxy_url = text(node, "proxy-url");
    for (const Node* extension : items(node, "extensions", Node::Kind::mapping)) {
      const Node* held = extension->find("extension");
      const bool for_plugin = text(extension, "name") == "client.authentication.k8s.io/exec";
      if (for_plugin && held != nullptr) made.exec_config_json = json_of(*held);
    }
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
    made.impersonation.user = text(node, "as");
    made.impersonation.uid = text(node, "as-uid");
    made.impersonation.groups = texts(node, "as-groups");
    if (const Node* extra = find(node, "as-user-extra", Node::Kind::mapping)) {
      for (const yaml::Entry& entry : extra->entries) {
        made.impersonation.extra.emplace_back(entry.key, texts(extra, entry.key.c_str()));
      }
    }
    if (!text(node, "username").empty()) made.unsupported = "username";
    const Node* provider = find(node, "auth-provider", Node::Kind::mapping);
    if (provider != nullptr && !provider->entries.empty()) made.unsupported = "auth-provider";
    const Node* plugin = find(node, "exec", Node::Kind::mapping);
    if (plugin != nullptr) made.exec = exec(plugin, made);
    return made;
  }

  ExecPlugin exec(const Node* node, KubeUser& of) const {
    ExecPlugin made;
    made.api_version = text(node, "apiVersion");
    made.command = text(node, "command");
    // As client-go: a path is relative to the kubeconfig, a bare name is looked up.
    if (made.command.find('/') != std::string::npos) made.command = (folder_ / made.command).string();
    made.arguments = texts(node, "args");
    for (const Node* entry : items(node, "env", Node::Kind::mapping)) {
      made.environment.emplace_back(text(entry, "name"), text(entry, "value"));
    }
    made.install_hint = text(node, "installHint");
    of.exec_wants_cluster = is_true(node, "provideClusterInfo");
    of.exec_interactive_mode = text(node, "interactiveMode");
    // The version before v1 has a default.
    if (of.exec_interactive_mode.empty() && made.api_version == "client.authentication.k8s.io/v1beta1") {
      of.exec_interactive_mode = "IfAvailable";
    }
    return made;
  }

  fs::path folder_;
};

// The tree held what the text did.
void wipe(Node& node) {
  base::wipe(node.text);
  for (Node& item : node.items) wipe(item);
  for (yaml::Entry& entry : node.entries) wipe(entry.value);
}

struct Parsed {
  explicit Parsed(const std::string& text) : file(yaml::parse(text, yaml::Aliases::replaced)) {}
  ~Parsed() {
    for (Node& document : file.documents) wipe(document);
  }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  yaml::File file;
};

}  // namespace

KubeUser::~KubeUser() {
  base::wipe(token);
  base::wipe(key_pem);
}

void Kubeconfig::add(Kubeconfig other) {
  if (current_context.empty()) current_context = std::move(other.current_context);
  clusters.merge(other.clusters);
  users.merge(other.users);
  contexts.merge(other.contexts);
}

Result<Kubeconfig> parse_kubeconfig(const std::string& text, const fs::path& file) {
  const Parsed whole(text);
  const yaml::File& parsed = whole.file;
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
