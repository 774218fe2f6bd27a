#include "cluster/client_config.hpp"

#include <algorithm>
#include <utility>

#include <boost/algorithm/string/join.hpp>
#include <boost/range/adaptor/map.hpp>
#include <unistd.h>

#include "base/ascii.hpp"
#include "base/wiping_text.hpp"
#include "cluster/in_cluster_config.hpp"
#include "cluster/kubeconfig.hpp"
#include "cluster/proxy_settings.hpp"
#include "json/writer.hpp"
#include "x509/certificate.hpp"

namespace hygiene::cluster {
namespace {

namespace fs = std::filesystem;

// A login in a browser, or a code that is sent to a person.
constexpr std::chrono::minutes kPersonAnswers{10};

template <class Map>
std::string names_in(const Map& map) {
  return map.empty() ? "none" : boost::algorithm::join(boost::adaptors::keys(map), ", ");
}

// spec.cluster of KUBERNETES_EXEC_INFO.
std::string describe_to_plugin(const KubeCluster& cluster, const std::string& ca_pem) {
  json::Writer json;
  json.object([&] {
    json.field("server", cluster.server);
    if (!cluster.tls_server_name.empty()) json.field("tls-server-name", cluster.tls_server_name);
    if (cluster.insecure) json.field("insecure-skip-tls-verify", true);
    if (!ca_pem.empty()) json.base64("certificate-authority-data", ca_pem);
    if (!cluster.proxy_url.empty()) json.field("proxy-url", cluster.proxy_url);
    if (!cluster.exec_config_json.empty()) json.raw("config", cluster.exec_config_json);
  });
  return json.take();
}

// What kubectl refuses in a user, in words of its own; empty: nothing.
std::string complaint_about(const KubeUser& user, const Impersonation& as) {
  const bool certificate = !user.certificate_pem.empty() || !user.certificate_file.empty();
  if (!user.certificate_pem.empty() && !user.certificate_file.empty()) {
    return "sets both client-certificate-data and client-certificate";
  }
  if (!user.key_pem.empty() && !user.key_file.empty()) return "sets both client-key-data and client-key";
  if (certificate && user.key_pem.empty() && user.key_file.empty()) {
    return "sets a client certificate without client-key-data or client-key";
  }
  if (as.user.empty() && !(as.uid.empty() && as.groups.empty() && as.extra.empty())) {
    return "sets a uid, groups or extra fields to impersonate without the user: give --as, or as";
  }
  if (!user.exec) return {};
  if (user.exec->command.empty()) return "has an exec plugin without a command";
  const bool named =
      std::ranges::none_of(user.exec->environment, [](auto& each) { return each.first.empty(); });
  if (!named) return "has an exec plugin with an env variable without a name";
  const std::string& mode = user.exec_interactive_mode;
  if (mode.empty()) return "has an exec plugin without interactiveMode: write Never, IfAvailable or Always";
  if (mode != "Never" && mode != "IfAvailable" && mode != "Always") {
    return "has an exec plugin whose interactiveMode is none of Never, IfAvailable and Always";
  }
  return {};
}

Result<void> check_user(const KubeUser& user, const Impersonation& as, const std::string& origin) {
  const std::string complaint = complaint_about(user, as);
  if (!complaint.empty()) return Error(Errc::invalid, origin + ": its user " + complaint);
  std::string unserved = user.unsupported;
  const bool served = !user.exec || user.exec->api_version == "client.authentication.k8s.io/v1" ||
                      user.exec->api_version == "client.authentication.k8s.io/v1beta1";
  if (!served) unserved = "exec.apiVersion";
  if (unserved.empty()) return {};
  return Error(Errc::unsupported, origin + ": its user sets " + unserved +
                                      ", which this client does not support; use a token, a client "
                                      "certificate or an exec plugin of client.authentication.k8s.io/v1");
}

Result<std::unique_ptr<CredentialSource>> exec_credentials(KubeUser user, const std::string& cluster_json,
                                                           const std::string& origin, ExecPlugins& plugins) {
  ExecPlugin plugin = std::move(*user.exec);
  if (user.exec_wants_cluster) plugin.cluster_json = cluster_json;
  // Who answers must also see what is asked, on stderr.
  const bool terminal = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
  plugin.interactive = terminal && user.exec_interactive_mode != "Never";
  if (plugin.interactive) plugin.timeout = kPersonAnswers;
  if (!terminal && user.exec_interactive_mode == "Always") {
    return Error(Errc::unsupported, origin +
                                        ": its exec plugin asks a person (interactiveMode: Always), and "
                                        "there is no terminal; use another user");
  }
  return plugins.source(std::move(plugin));
}

Result<std::unique_ptr<CredentialSource>> credentials_of(KubeUser user, const std::string& origin) {
  auto credential = std::make_shared<Credential>();
  auto token = usable_token(std::move(user.token), origin + ": its token");
  if (!token) return token.error();
  credential->token = std::move(*token);
  credential->certificate_pem = std::move(user.certificate_pem);
  credential->key_pem = std::move(user.key_pem);
  // Files that cannot be read now are an error; later what they held last is used.
  for (const fs::path& file : {user.certificate_file, user.key_file}) {
    auto read = file.empty() ? Result<std::string>(std::string()) : read_credential_file(file);
    if (!read) return read.error();
    base::wipe(*read);
  }
  CredentialFiles files{user.token_file, user.certificate_file, user.key_file};
  if (files.token.empty() && files.certificate.empty() && files.key.empty()) {
    return make_fixed_credentials(std::move(credential));
  }
  return make_file_credentials(std::move(files), std::move(credential));
}

Result<std::vector<std::pair<std::string, std::string>>> headers_of(const Impersonation& as,
                                                                    const std::string& origin) {
  std::vector<std::pair<std::string, std::string>> headers;
  if (as.user.empty()) return headers;
  headers.emplace_back("Impersonate-User", as.user);
  if (!as.uid.empty()) headers.emplace_back("Impersonate-Uid", as.uid);
  for (const std::string& group : as.groups) headers.emplace_back("Impersonate-Group", group);
  for (const auto& [key, values] : as.extra) {
    for (const std::string& value : values) {
      headers.emplace_back("Impersonate-Extra-" + base::percent_encode(key), value);
    }
  }
  for (const auto& [name, value] : headers) {
    if (std::ranges::none_of(value, base::is_control)) continue;
    return Error(Errc::syntax,
                 origin + ": " + name + " contains a control character, which a header cannot carry");
  }
  return headers;
}

Impersonation impersonation_of(const KubeUser& user, const ClientConfigOptions& options) {
  Impersonation as = user.impersonation;
  if (!options.as.empty()) as.user = options.as;
  if (!options.as_groups.empty()) as.groups = options.as_groups;
  if (!options.as_uid.empty()) as.uid = options.as_uid;
  return as;
}

Result<void> set_cluster(ClientConfig& config, const KubeCluster& cluster, bool has_certificate) {
  const auto refuse = [&config](const std::string& what) {
    return Error(Errc::invalid, config.origin + ": " + what);
  };
  const bool has_ca = !cluster.ca_pem.empty() || !cluster.ca_file.empty();
  if (!cluster.ca_pem.empty() && !cluster.ca_file.empty()) {
    return refuse("its cluster sets both certificate-authority-data and certificate-authority");
  }
  const bool tls = has_ca || has_certificate || cluster.insecure;
  const auto url = parse_server_url(cluster.server, tls ? Scheme::https : Scheme::http);
  if (!url) return refuse("the server " + url.error().message());
  if (auto set = config.set_server(*url, cluster.proxy_url); !set) return set;
  if (config.tls && cluster.insecure && has_ca) {
    return refuse(
        "its cluster sets both a certificate authority and insecure-skip-tls-verify, which ignores it: "
        "remove one of them");
  }
  config.ca_pem = cluster.ca_pem;
  config.server_name = cluster.tls_server_name;
  config.verify = !cluster.insecure;
  if (cluster.ca_file.empty()) return {};
  auto read = read_credential_file(cluster.ca_file);
  if (!read) return read.error();
  config.ca_file = cluster.ca_file;
  config.ca_pem = std::move(*read);
  return {};
}

Result<ClientConfig> from_context(const Kubeconfig& kubeconfig, const std::string& files,
                                  const ClientConfigOptions& options) {
  const std::string& name = options.context.empty() ? kubeconfig.current_context : options.context;
  const auto missing = [&files](const std::string& what, const std::string& there) {
    return Error(Errc::missing, files + ": there is no " + what + "; there is: " + there);
  };
  if (kubeconfig.contexts.empty()) {
    return Error(Errc::missing, files +
                                    ": names no context, so there is no cluster to connect to; give "
                                    "--kubeconfig FILE, or set KUBECONFIG");
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
  const KubeUser nobody;
  const KubeUser& chosen = user == kubeconfig.users.end() ? nobody : user->second;
  ClientConfig config;
  config.origin = "context \"" + name + "\" of " + files;
  const bool has_certificate = !chosen.certificate_pem.empty() || !chosen.certificate_file.empty();
  if (auto set = set_cluster(config, cluster->second, has_certificate); !set) return set.error();
  if (!context->second.namespace_name.empty()) config.namespace_default = context->second.namespace_name;
  const Impersonation as = impersonation_of(chosen, options);
  if (auto usable = check_user(chosen, as, config.origin); !usable) return usable.error();
  auto headers = headers_of(as, config.origin);
  if (!headers) return headers.error();
  config.impersonation = std::move(*headers);
  auto credentials = chosen.exec
                         ? exec_credentials(chosen, describe_to_plugin(cluster->second, config.ca_pem),
                                            config.origin, *options.plugins)
                         : credentials_of(chosen, config.origin);
  if (!credentials) return credentials.error();
  config.credentials = std::move(*credentials);
  return config;
}

}  // namespace

Result<void> ClientConfig::set_server(const ServerUrl& url, const std::string& proxy_url) {
  if (url.scheme != "https" && url.scheme != "http") {
    return Error(Errc::invalid, origin + ": the server is not a URL such as https://host:6443");
  }
  host = url.host;
  port = url.port;
  base_path = url.path;
  tls = url.scheme == "https";
  auto found = proxy_to(proxy_url, host, port, tls);
  if (!found) return Error(found.error().code(), origin + ": " + found.error().message());
  proxy = std::move(*found);
  if (proxy) origin += ", through the proxy " + proxy->url();
  return {};
}

void ClientConfig::renew_ca(std::chrono::steady_clock::duration apart) {
  const auto now = std::chrono::steady_clock::now();
  if (ca_file.empty() || now - ca_read_at < apart) return;
  ca_read_at = now;
  auto read = read_credential_file(ca_file);
  if (read && x509::facts_of_pem(*read)) ca_pem = std::move(*read);
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
    base::wipe(*text);
    if (!parsed) return parsed.error();
    config.add(std::move(*parsed));
    found += (found.empty() ? "" : ":") + file.string();
  }
  if (!found.empty()) {
    return from_context(config, found, options);
  }
  if (!options.context.empty()) {
    return Error(Errc::missing, "there is no context \"" + options.context +
                                    "\": no kubeconfig was found; give --kubeconfig FILE, or set KUBECONFIG");
  }
  auto pod = in_cluster_config(options.service_account);
  if (!pod) return pod.error();
  const Impersonation as = impersonation_of(KubeUser(), options);
  if (auto usable = check_user(KubeUser(), as, pod->origin); !usable) return usable.error();
  auto headers = headers_of(as, pod->origin);
  if (!headers) return headers.error();
  pod->impersonation = std::move(*headers);
  return pod;
}

}  // namespace hygiene::cluster
