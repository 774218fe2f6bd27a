#include "cluster/in_cluster_config.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <boost/algorithm/string/trim.hpp>

#include "cluster/credentials.hpp"

namespace hygiene::cluster {

Result<ClientConfig> in_cluster_config(const std::filesystem::path& service_account) {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (host == nullptr || port == nullptr || *host == '\0' || *port == '\0') {
    return Error(Errc::missing,
                 "there is no cluster to connect to: no kubeconfig was found and this is not a pod; give "
                 "--kubeconfig FILE, or set KUBECONFIG");
  }
  ClientConfig config;
  config.origin = "the pod's service account";
  const std::string name(host);
  const auto url = parse_server_url(
      "https://" + (name.find(':') == std::string::npos ? name : '[' + name + ']') + ':' + port,
      Scheme::https);
  if (!url) return Error(url.error().code(), config.origin + ": the server " + url.error().message());
  if (auto set = config.set_server(*url, ""); !set) return set.error();
  config.ca_file = service_account / "ca.crt";
  auto ca = read_credential_file(config.ca_file);
  if (!ca) {
    return Error(ca.error().code(), "the pod has no service account mounted: " + ca.error().message());
  }
  config.ca_pem = std::move(*ca);
  const auto namespace_name = read_credential_file(service_account / "namespace");
  const std::string own = namespace_name ? boost::algorithm::trim_copy(*namespace_name) : std::string();
  if (!own.empty()) config.namespace_default = own;
  config.credentials = make_file_credentials(
      {.token = service_account / "token", .certificate = {}, .key = {}}, std::make_shared<Credential>());
  return config;
}

}  // namespace hygiene::cluster
