#include "cluster/client_config.hpp"

#include <charconv>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <boost/algorithm/string/trim.hpp>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/base64.hpp"
#include "cluster/kubeconfig.hpp"

namespace hygiene::cluster {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::Result;

Result<void> set_server(ClientConfig& access, std::string_view url) {
  const Error bad(Errc::invalid, access.origin + ": the server is not a URL such as https://host:6443");
  if (url.substr(0, 8) == "https://") {
    url.remove_prefix(8);
    access.port = 443;
  } else if (url.substr(0, 7) == "http://") {
    url.remove_prefix(7);
    access.tls = false;
    access.port = 80;
  } else {
    return bad;
  }
  const std::size_t slash = std::min(url.find('/'), url.size());
  access.base_path = url.substr(slash);
  while (!access.base_path.empty() && access.base_path.back() == '/') access.base_path.pop_back();
  std::string_view authority = url.substr(0, slash);
  std::string_view port;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad;
    access.host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
    if (!authority.empty() && authority.front() != ':') return bad;
    if (!authority.empty()) port = authority.substr(1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    access.host = authority.substr(0, colon);
    if (colon < authority.size()) port = authority.substr(colon + 1);
  }
  if (!port.empty()) {
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), access.port);
    if (ec != std::errc() || end != port.data() + port.size()) return bad;
  }
  if (access.host.empty() || access.port == 0) return bad;
  return {};
}

template <class Map>
std::string names_in(const Map& map) {
  std::string names;
  for (const auto& entry : map) names += (names.empty() ? "" : ", ") + entry.first;
  return names.empty() ? "none" : names;
}

// Replaces `text` by the file's if a file is named and no text is given.
Result<void> load(std::string& text, const fs::path& file) {
  if (!text.empty() || file.empty()) return {};
  auto read = read_credential_file(file);
  if (!read) return read.error();
  text = std::move(*read);
  return {};
}

// spec.cluster of KUBERNETES_EXEC_INFO.
std::string describe_to_plugin(const KubeCluster& cluster, const std::string& ca_pem) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out(buffer);
  out.StartObject();
  out.Key("server");
  out.String(cluster.server.c_str());
  if (!cluster.tls_server_name.empty()) {
    out.Key("tls-server-name");
    out.String(cluster.tls_server_name.c_str());
  }
  if (cluster.insecure) {
    out.Key("insecure-skip-tls-verify");
    out.Bool(true);
  }
  if (!ca_pem.empty()) {
    out.Key("certificate-authority-data");
    out.String(base::encode_base64(ca_pem).c_str());
  }
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

Result<std::unique_ptr<CredentialSource>> credentials_of(KubeUser user, const KubeCluster& cluster,
                                                         const std::string& ca_pem,
                                                         const std::string& origin) {
  if (!user.unsupported.empty()) {
    return Error(Errc::unsupported,
                 origin + ": its user sets " + user.unsupported +
                     ", which this client does not serve; use a token, a client certificate "
                     "or an exec plugin of client.authentication.k8s.io/v1");
  }
  if (user.exec) {
    ExecPlugin plugin = std::move(*user.exec);
    if (user.exec_wants_cluster) plugin.cluster_json = describe_to_plugin(cluster, ca_pem);
    return make_exec_credentials(std::move(plugin));
  }
  if (auto loaded = load(user.certificate_pem, user.certificate_file); !loaded) return loaded.error();
  if (auto loaded = load(user.key_pem, user.key_file); !loaded) return loaded.error();
  auto credential = std::make_shared<Credential>();
  credential->token = std::move(user.token);
  credential->certificate_pem = std::move(user.certificate_pem);
  credential->key_pem = std::move(user.key_pem);
  if (!user.token_file.empty()) return make_token_file_credentials(user.token_file, std::move(credential));
  return make_fixed_credentials(std::move(credential));
}

Result<ClientConfig> from_context(const Kubeconfig& config, const std::string& name,
                                  const std::string& files) {
  const auto missing = [&files](const std::string& what, const std::string& there) {
    return Error(Errc::missing, files + ": there is no " + what + "; there is: " + there);
  };
  if (config.contexts.empty()) {
    return Error(Errc::missing,
                 files +
                     ": names no context, so there is no cluster to talk to; give --kubeconfig FILE, or "
                     "set KUBECONFIG");
  }
  if (name.empty()) {
    return Error(Errc::missing, files + ": there is no current context; choose one with --context: " +
                                    names_in(config.contexts));
  }
  const auto context = config.contexts.find(name);
  if (context == config.contexts.end()) return missing("context \"" + name + '"', names_in(config.contexts));
  const auto cluster = config.clusters.find(context->second.cluster);
  if (cluster == config.clusters.end()) {
    return missing("cluster \"" + context->second.cluster + '"', names_in(config.clusters));
  }
  auto user = config.users.find(context->second.user);
  if (user == config.users.end() && !context->second.user.empty()) {
    return missing("user \"" + context->second.user + '"', names_in(config.users));
  }
  ClientConfig access;
  access.origin = "context \"" + name + "\" of " + files;
  if (!cluster->second.unsupported.empty()) {
    return Error(Errc::unsupported, access.origin + ": its cluster sets " + cluster->second.unsupported +
                                        ", which this client does not serve");
  }
  if (auto set = set_server(access, cluster->second.server); !set) return set.error();
  access.ca_pem = cluster->second.ca_pem;
  if (auto loaded = load(access.ca_pem, cluster->second.ca_file); !loaded) return loaded.error();
  access.server_name = cluster->second.tls_server_name;
  access.verify = !cluster->second.insecure;
  access.namespace_default =
      context->second.namespace_name.empty() ? "default" : context->second.namespace_name;
  auto credentials = credentials_of(user == config.users.end() ? KubeUser() : user->second, cluster->second,
                                    access.ca_pem, access.origin);
  if (!credentials) return credentials.error();
  access.credentials = std::move(*credentials);
  return access;
}

Result<ClientConfig> from_pod(const ClientConfigOptions& options) {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (host == nullptr || port == nullptr || *host == '\0' || *port == '\0') {
    return Error(Errc::missing,
                 "there is no cluster to talk to: no kubeconfig was found and this is not a pod; give "
                 "--kubeconfig FILE, or set KUBECONFIG");
  }
  ClientConfig access;
  access.origin = "the pod's service account";
  const std::string name(host);
  const std::string url =
      "https://" + (name.find(':') == std::string::npos ? name : '[' + name + ']') + ':' + port;
  if (auto set = set_server(access, url); !set) return set.error();
  auto ca = read_credential_file(options.service_account / "ca.crt");
  if (!ca) {
    return Error(ca.error().code(), "the pod has no service account mounted: " + ca.error().message());
  }
  access.ca_pem = std::move(*ca);
  const auto namespace_name = read_credential_file(options.service_account / "namespace");
  if (namespace_name) access.namespace_default = boost::algorithm::trim_copy(*namespace_name);
  if (access.namespace_default.empty()) access.namespace_default = "default";
  access.credentials =
      make_token_file_credentials(options.service_account / "token", std::make_shared<Credential>());
  return access;
}

}  // namespace

Result<ClientConfig> find_client_config(const ClientConfigOptions& options) {
  const auto files = kubeconfig_files(options.kubeconfig);
  Kubeconfig config;
  std::string found;
  for (const fs::path& file : files) {
    auto text = read_credential_file(file);
    // Of several files some may be absent; the one that a flag names may not.
    if (!text && text.error().code() == Errc::missing && options.kubeconfig.empty()) continue;
    if (!text) {
      const char* named_by = options.kubeconfig.empty() ? "the kubeconfig " : "--kubeconfig: ";
      return Error(text.error().code(), named_by + text.error().message());
    }
    auto parsed = parse_kubeconfig(*text, file);
    if (!parsed) return parsed.error();
    config.add(std::move(*parsed));
    found += (found.empty() ? "" : ":") + file.string();
  }
  if (!found.empty()) {
    return from_context(config, options.context.empty() ? config.current_context : options.context, found);
  }
  if (!options.context.empty()) {
    return Error(Errc::missing, "there is no context \"" + options.context +
                                    "\": no kubeconfig was found; give --kubeconfig FILE, or set KUBECONFIG");
  }
  return from_pod(options);
}

}  // namespace hygiene::cluster
