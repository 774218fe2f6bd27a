#include "cluster/client_config.hpp"

#include <charconv>
#include <system_error>
#include <utility>

#include <boost/algorithm/string/join.hpp>
#include <boost/range/adaptor/map.hpp>

#include "cluster/in_cluster_config.hpp"
#include "cluster/kubeconfig.hpp"
#include "json/writer.hpp"

namespace hygiene::cluster {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::Result;

template <class Map>
std::string names_in(const Map& map) {
  return map.empty() ? "none" : boost::algorithm::join(boost::adaptors::keys(map), ", ");
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
  json::Writer json;
  json.object([&] {
    json.field("server", cluster.server);
    if (!cluster.tls_server_name.empty()) json.field("tls-server-name", cluster.tls_server_name);
    if (cluster.insecure) json.field("insecure-skip-tls-verify", true);
    if (!ca_pem.empty()) json.base64("certificate-authority-data", ca_pem);
  });
  return json.take();
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

Result<ClientConfig> from_context(const Kubeconfig& kubeconfig, const std::string& name,
                                  const std::string& files) {
  const auto missing = [&files](const std::string& what, const std::string& there) {
    return Error(Errc::missing, files + ": there is no " + what + "; there is: " + there);
  };
  if (kubeconfig.contexts.empty()) {
    return Error(Errc::missing,
                 files +
                     ": names no context, so there is no cluster to talk to; give --kubeconfig FILE, or "
                     "set KUBECONFIG");
  }
  if (name.empty()) {
    return Error(Errc::missing, files + ": there is no current context; choose one with --context: " +
                                    names_in(kubeconfig.contexts));
  }
  const auto context = kubeconfig.contexts.find(name);
  if (context == kubeconfig.contexts.end())
    return missing("context \"" + name + '"', names_in(kubeconfig.contexts));
  const auto cluster = kubeconfig.clusters.find(context->second.cluster);
  if (cluster == kubeconfig.clusters.end()) {
    return missing("cluster \"" + context->second.cluster + '"', names_in(kubeconfig.clusters));
  }
  auto user = kubeconfig.users.find(context->second.user);
  if (user == kubeconfig.users.end() && !context->second.user.empty()) {
    return missing("user \"" + context->second.user + '"', names_in(kubeconfig.users));
  }
  ClientConfig config;
  config.origin = "context \"" + name + "\" of " + files;
  if (!cluster->second.unsupported.empty()) {
    return Error(Errc::unsupported, config.origin + ": its cluster sets " + cluster->second.unsupported +
                                        ", which this client does not serve");
  }
  if (auto set = set_server(config, cluster->second.server); !set) return set.error();
  config.ca_pem = cluster->second.ca_pem;
  if (auto loaded = load(config.ca_pem, cluster->second.ca_file); !loaded) return loaded.error();
  config.server_name = cluster->second.tls_server_name;
  config.verify = !cluster->second.insecure;
  config.namespace_default =
      context->second.namespace_name.empty() ? "default" : context->second.namespace_name;
  auto credentials = credentials_of(user == kubeconfig.users.end() ? KubeUser() : user->second,
                                    cluster->second, config.ca_pem, config.origin);
  if (!credentials) return credentials.error();
  config.credentials = std::move(*credentials);
  return config;
}

}  // namespace

Result<void> set_server(ClientConfig& config, std::string_view url) {
  const Error bad(Errc::invalid, config.origin + ": the server is not a URL such as https://host:6443");
  if (url.substr(0, 8) == "https://") {
    url.remove_prefix(8);
    config.port = 443;
  } else if (url.substr(0, 7) == "http://") {
    url.remove_prefix(7);
    config.tls = false;
    config.port = 80;
  } else {
    return bad;
  }
  const std::size_t slash = std::min(url.find('/'), url.size());
  config.base_path = url.substr(slash);
  while (!config.base_path.empty() && config.base_path.back() == '/') config.base_path.pop_back();
  std::string_view authority = url.substr(0, slash);
  std::string_view port;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad;
    config.host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
    if (!authority.empty() && authority.front() != ':') return bad;
    if (!authority.empty()) port = authority.substr(1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    config.host = authority.substr(0, colon);
    if (colon < authority.size()) port = authority.substr(colon + 1);
  }
  if (!port.empty()) {
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), config.port);
    if (ec != std::errc() || end != port.data() + port.size()) return bad;
  }
  if (config.host.empty() || config.port == 0) return bad;
  return {};
}

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
  return in_cluster_config(options.service_account);
}

}  // namespace hygiene::cluster
