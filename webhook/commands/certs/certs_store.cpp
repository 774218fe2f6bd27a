#include "commands/certs/certs_store.hpp"

#include "base/base64.hpp"
#include "commands/certs/certs_json.hpp"
#include "commands/cli/listen_address.hpp"

namespace hygiene::commands {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using cluster::Resource;

// Each try loses only to another's write of the same object.
constexpr int kConflictsMax = 10;

// ,"name":"BASE64"
void add_data(base::WipingText& body, std::string_view name, std::string_view bytes) {
  body += ",";
  body += json_string(name);
  body += ":\"";
  body += base::encode_base64(bytes);
  body += "\"";
}

}  // namespace

Error unreadable_pair(const CertsOptions& options) {
  return Error(Errc::syntax, "the Secret \"" + options.secret + "\" in namespace \"" +
                                 options.namespace_name +
                                 "\" holds no certificate and CA in PEM: delete it, then run `certs init`");
}

Resource CertsStore::secret() const {
  Resource resource;
  resource.plural = "secrets";
  resource.namespace_name = options_.namespace_name;
  resource.name = options_.secret;
  return resource;
}

Result<std::optional<StoredPair>> CertsStore::read_secret() {
  auto text = api_.get(secret());
  if (!text && text.error().code() == Errc::missing) return std::optional<StoredPair>();
  if (!text) return text.error();
  auto pair = parse_secret(std::move(*text), secret().description());
  if (!pair) return pair.error();
  return std::optional<StoredPair>(std::move(*pair));
}

Result<void> CertsStore::create_secret(const x509::IssuedPair& pair) {
  base::WipingText body(
      R"({"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/tls","metadata":{"name":)");
  body += json_string(options_.secret);
  body +=
      R"(,"labels":{"app.kubernetes.io/managed-by":"secret-hygiene","app.kubernetes.io/name":"secret-hygiene"}})";
  body += R"(,"data":{"ca.crt":")";
  body += base::encode_base64(pair.ca_pem);
  body += "\"";
  add_data(body, "tls.crt", pair.certificate_pem);
  add_data(body, "tls.key", pair.key_pem.view());
  body += "}}";
  Resource collection = secret();
  collection.name.clear();
  auto made = api_.create(collection, body.view());
  if (made) return {};
  if (made.error().code() != Errc::missing) return made.error();
  return Error(Errc::missing, "there is no namespace \"" + options_.namespace_name +
                                  "\": apply the manifests first, or give --namespace");
}

Result<std::string> CertsStore::write_pair(const std::string& resource_version, const x509::IssuedPair& pair,
                                           const std::string& ca_pem) {
  base::WipingText body(R"({"metadata":{"resourceVersion":)");
  body += json_string(resource_version);
  body += R"(},"data":{"ca.crt":")";
  body += base::encode_base64(ca_pem);
  body += "\"";
  add_data(body, "tls.crt", pair.certificate_pem);
  add_data(body, "tls.key", pair.key_pem.view());
  body += "}}";
  auto written = api_.patch(secret(), cluster::PatchKind::merge, body.view());
  if (!written) return written.error();
  return parse_resource_version(std::move(*written));
}

Result<std::string> CertsStore::write_ca(const std::string& resource_version, const std::string& ca_pem) {
  const std::string body = R"({"metadata":{"resourceVersion":)" + json_string(resource_version) +
                           R"(},"data":{"ca.crt":")" + base::encode_base64(ca_pem) + "\"}}";
  auto written = api_.patch(secret(), cluster::PatchKind::merge, body);
  if (!written) return written.error();
  return parse_resource_version(std::move(*written));
}

std::vector<Resource> CertsStore::configurations() const {
  std::vector<Resource> all;
  const auto add = [&all](const char* plural, const std::string& name) {
    if (name.empty()) return;
    Resource resource;
    resource.group = "admissionregistration.k8s.io";
    resource.plural = plural;
    resource.name = name;
    all.push_back(std::move(resource));
  };
  add("validatingwebhookconfigurations", options_.validating);
  add("mutatingwebhookconfigurations", options_.mutating);
  return all;
}

Result<ConfigurationState> CertsStore::read_configuration(const Resource& resource) {
  auto text = api_.get(resource);
  if (!text && text.error().code() == Errc::missing) {
    return Error(Errc::missing, resource.description() +
                                    " is not installed: apply the manifests first, or name it with "
                                    "--validating and --mutating (\"\": there is none)");
  }
  if (!text) return text.error();
  auto state = parse_configuration(std::move(*text), options_);
  if (state && state->webhooks.empty()) {
    return Error(Errc::invalid, "no webhook of " + resource.description() + " leads to the Service \"" +
                                    options_.service + "\" in namespace \"" + options_.namespace_name +
                                    "\": give --service and --namespace");
  }
  return state;
}

Result<bool> CertsStore::sync_bundles() {
  bool changed = false;
  for (const Resource& resource : configurations()) {
    auto synced = sync_configuration(resource);
    if (!synced) return synced.error();
    changed = changed || *synced;
  }
  return changed;
}

// The Secret is read after the configuration: what is written then is at least as new as every bundle that
// was there, and a later announcement of a CA finds this write or makes it fail.
Result<bool> CertsStore::sync_configuration(const Resource& resource) {
  for (int tries = 1;; ++tries) {
    auto state = read_configuration(resource);
    if (!state) return state.error();
    auto pair = read_secret();
    if (!pair) return pair.error();
    if (!*pair || (*pair)->ca_pem.empty()) {
      return Error(Errc::missing, secret().description() + " is gone: run `certs init`");
    }
    const std::string& wanted = (*pair)->ca_pem;
    std::string patch = R"([{"op":"replace","path":"/metadata/resourceVersion","value":)" +
                        json_string(state->resource_version) + '}';
    bool differs = false;
    for (const WebhookBundle& bundle : state->webhooks) {
      if (bundle.ca_pem == wanted) continue;
      differs = true;
      patch += R"(,{"op":"add","path":"/webhooks/)" + std::to_string(bundle.index) +
               R"(/clientConfig/caBundle","value":")" + base::encode_base64(wanted) + "\"}";
    }
    if (!differs) return false;
    auto written = api_.patch(resource, cluster::PatchKind::json, patch + ']');
    if (written) return true;
    if (written.error().code() != Errc::conflict || tries == kConflictsMax) return written.error();
  }
}

Result<std::vector<net::Destination>> CertsStore::replicas() {
  std::vector<net::Destination> all;
  for (const std::string& probe : options_.probes) {
    auto address = parse_listen_address(probe);
    if (!address) return Error(address.error().code(), "--probe: " + address.error().message());
    net::Destination to;
    to.host = address->host;
    to.port = address->port;
    all.push_back(std::move(to));
  }
  if (options_.probes.empty()) {
    cluster::ListRequest request;
    request.resource.group = "discovery.k8s.io";
    request.resource.plural = "endpointslices";
    request.resource.namespace_name = options_.namespace_name;
    request.label_selector = "kubernetes.io/service-name=" + options_.service;
    auto pages = api_.list(request);
    if (!pages) return pages.error();
    auto found = parse_endpoint_slices(std::move(*pages));
    if (!found) return found.error();
    all = std::move(*found);
  }
  if (all.empty()) {
    return Error(Errc::missing,
                 "the Service \"" + options_.service + "\" in namespace \"" + options_.namespace_name +
                     "\" has no endpoints, so no replica can be asked for its certificate: give "
                     "--probe HOST:PORT for each");
  }
  for (net::Destination& to : all) {
    to.server_name = options_.service + '.' + options_.namespace_name + ".svc";
  }
  return all;
}

}  // namespace hygiene::commands
