#include "housekeeping/certs/certificate_store.hpp"

#include <algorithm>

#include <boost/algorithm/string/predicate.hpp>
#include <rapidjson/document.h>

#include "base/base64.hpp"
#include "json/document.hpp"
#include "net/host_port.hpp"

namespace hygiene::housekeeping {
namespace {

using cluster::Resource;

// Each try loses only to another's write of the same object.
constexpr int kConflictsMax = 10;

Error unreadable() {
  return Error(Errc::syntax, "the API server's answer is not the object that was asked for");
}

bool parse(rapidjson::Document& document, base::WipingText& text) {
  return json::parse_document_in_place(document, text) && document.IsObject();
}

Result<std::string> decoded_at(const rapidjson::Value& value, json::Path path) {
  auto decoded = base::decode_base64(json::text_at(value, path));
  if (!decoded) return decoded.error();
  return std::string(decoded->view());
}

// The webhook's port among a slice's; 0 if there is none.
std::uint16_t port_of(const rapidjson::Value& slice) {
  std::uint16_t chosen = 0;
  for (const auto& port : json::elements_at(slice, {"ports"})) {
    const auto number = json::number_at(port, {"port"});
    if (!number || *number > 65535) continue;
    const std::string_view name = json::text_at(port, {"name"});
    if (chosen == 0 || name == "https" || name == "webhook") chosen = static_cast<std::uint16_t>(*number);
  }
  return chosen;
}

void write_pair_data(json::Writer& json, const x509::IssuedPair& pair, std::string_view ca_pem) {
  json.object("data", [&] {
    json.base64("ca.crt", ca_pem);
    json.base64("tls.crt", pair.certificate_pem);
    json.base64("tls.key", pair.key_pem.view());
  });
}

void write_version(json::Writer& json, std::string_view resource_version) {
  json.object("metadata", [&] { json.field("resourceVersion", resource_version); });
}

}  // namespace

Result<StoredPair> parse_secret(base::WipingText text, const std::string& name) {
  rapidjson::Document document;
  if (!parse(document, text)) return unreadable();
  if (json::text_at(document, {"metadata", "labels", "app.kubernetes.io/managed-by"}) != "secret-hygiene" ||
      json::text_at(document, {"type"}) != "kubernetes.io/tls") {
    return Error(Errc::duplicate, name +
                                      " exists and secret-hygiene did not create it (type kubernetes.io/tls "
                                      "with the label app.kubernetes.io/managed-by=secret-hygiene): it was "
                                      "not changed; choose another name with --secret, or delete it");
  }
  StoredPair pair;
  pair.resource_version = json::text_at(document, {"metadata", "resourceVersion"});
  auto ca = decoded_at(document, {"data", "ca.crt"});
  auto certificate = decoded_at(document, {"data", "tls.crt"});
  if (!ca || !certificate) return unreadable();
  pair.ca_pem = std::move(*ca);
  pair.certificate_pem = std::move(*certificate);
  return pair;
}

Result<ConfigurationState> parse_configuration(base::WipingText text, const CertificatePlace& place) {
  rapidjson::Document document;
  if (!parse(document, text)) return unreadable();
  ConfigurationState state;
  state.resource_version = json::text_at(document, {"metadata", "resourceVersion"});
  std::size_t index = 0;
  for (const auto& webhook : json::elements_at(document, {"webhooks"})) {
    WebhookBundle bundle;
    bundle.index = index++;
    bundle.webhook = json::text_at(webhook, {"name"});
    // Another's Service in our configuration has a CA of its own.
    const bool by_service = json::find(webhook, {"clientConfig", "service"}) != nullptr;
    if (by_service &&
        (json::text_at(webhook, {"clientConfig", "service", "name"}) != place.service ||
         json::text_at(webhook, {"clientConfig", "service", "namespace"}) != place.namespace_name)) {
      continue;
    }
    auto ca = decoded_at(webhook, {"clientConfig", "caBundle"});
    if (!ca) return unreadable();
    bundle.ca_pem = std::move(*ca);
    state.webhooks.push_back(std::move(bundle));
  }
  return state;
}

Result<std::vector<net::Destination>> parse_endpoint_slices(std::vector<base::WipingText> pages) {
  std::vector<net::Destination> replicas;
  for (base::WipingText& page : pages) {
    rapidjson::Document document;
    if (!parse(document, page)) return unreadable();
    for (const auto& slice : json::elements_at(document, {"items"})) {
      const std::uint16_t port = port_of(slice);
      for (const auto& endpoint : json::elements_at(slice, {"endpoints"})) {
        // It terminates and serves no more.
        if (json::truth_at(endpoint, {"conditions", "terminating"}).value_or(false) &&
            !json::truth_at(endpoint, {"conditions", "serving"}).value_or(true))
          continue;
        const auto addresses = json::elements_at(endpoint, {"addresses"});
        net::Destination to;
        if (!addresses.empty()) to.host = json::text_at(addresses.front(), {});
        to.port = port;
        if (!to.host.empty() && port != 0) replicas.push_back(std::move(to));
      }
    }
  }
  return replicas;
}

Result<std::string> parse_resource_version(base::WipingText text) {
  rapidjson::Document document;
  if (!parse(document, text)) return unreadable();
  std::string version(json::text_at(document, {"metadata", "resourceVersion"}));
  if (version.empty()) return unreadable();
  return version;
}

std::string name_of_service(const CertificatePlace& place) {
  return place.service + '.' + place.namespace_name + ".svc";
}

bool fits_service(const x509::CertificateFacts& certificate, const CertificatePlace& place) {
  const std::string any = "*." + place.namespace_name + ".svc";
  return std::ranges::any_of(certificate.names, [&](const std::string& name) {
    return boost::iequals(name, name_of_service(place)) || boost::iequals(name, any);
  });
}

Error unreadable_pair(const CertificatePlace& place) {
  return Error(Errc::syntax, "the Secret \"" + place.secret + "\" in namespace \"" + place.namespace_name +
                                 "\" holds no certificate and CA in PEM: delete it, then run `certs init`");
}

Resource CertificateStore::secret() const {
  return {"", "v1", "secrets", place_.namespace_name, place_.secret};
}

Result<std::optional<StoredPair>> CertificateStore::read_secret() {
  auto text = api_.get(secret());
  if (!text && text.error().code() == Errc::missing) return std::optional<StoredPair>();
  if (!text) return text.error();
  auto pair = parse_secret(std::move(*text), secret().description());
  if (!pair) return pair.error();
  return std::optional<StoredPair>(std::move(*pair));
}

Result<void> CertificateStore::create_secret(const x509::IssuedPair& pair) {
  json::Writer json;
  json.object([&] {
    json.type_meta("v1", "Secret");
    json.field("type", "kubernetes.io/tls");
    json.object("metadata", [&] {
      json.field("name", place_.secret);
      json.object("labels", [&] {
        json.field("app.kubernetes.io/managed-by", "secret-hygiene");
        json.field("app.kubernetes.io/name", "secret-hygiene");
      });
    });
    write_pair_data(json, pair, pair.ca_pem);
  });
  Resource collection = secret();
  collection.name.clear();
  auto made = api_.create(collection, json.view());
  if (made) return {};
  if (made.error().code() != Errc::missing) return made.error();
  return Error(Errc::missing, "there is no namespace \"" + place_.namespace_name +
                                  "\": apply the manifests first, or give --namespace");
}

Result<std::string> CertificateStore::write_pair(const std::string& resource_version,
                                                 const x509::IssuedPair& pair, const std::string& ca_pem) {
  json::Writer json;
  json.object([&] {
    write_version(json, resource_version);
    write_pair_data(json, pair, ca_pem);
  });
  return patch_secret(json);
}

Result<std::string> CertificateStore::write_ca(const std::string& resource_version,
                                               const std::string& ca_pem) {
  json::Writer json;
  json.object([&] {
    write_version(json, resource_version);
    json.object("data", [&] { json.base64("ca.crt", ca_pem); });
  });
  return patch_secret(json);
}

Result<std::string> CertificateStore::patch_secret(const json::Writer& patch) {
  auto written = api_.patch(secret(), cluster::PatchKind::merge, patch.view());
  if (!written) return written.error();
  return parse_resource_version(std::move(*written));
}

std::vector<Resource> CertificateStore::configurations() const {
  std::vector<Resource> all;
  const auto add = [&all](const char* plural, const std::string& name) {
    if (!name.empty()) all.push_back({"admissionregistration.k8s.io", "v1", plural, "", name});
  };
  add("validatingwebhookconfigurations", place_.validating);
  add("mutatingwebhookconfigurations", place_.mutating);
  return all;
}

Result<ConfigurationState> CertificateStore::read_configuration(const Resource& resource) {
  auto text = api_.get(resource);
  if (!text && text.error().code() == Errc::missing) {
    return Error(Errc::missing, resource.description() +
                                    " is not installed: apply the manifests first, or name it with "
                                    "--validating and --mutating (\"\": none)");
  }
  if (!text) return text.error();
  auto state = parse_configuration(std::move(*text), place_);
  if (state && state->webhooks.empty()) {
    return Error(Errc::invalid, "no webhook of " + resource.description() + " points to the Service \"" +
                                    place_.service + "\" in namespace \"" + place_.namespace_name +
                                    "\": give --service and --namespace");
  }
  return state;
}

Result<bool> CertificateStore::sync_bundles() {
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
Result<bool> CertificateStore::sync_configuration(const Resource& resource) {
  for (int tries = 1;; ++tries) {
    auto state = read_configuration(resource);
    if (!state) return state.error();
    auto pair = read_secret();
    if (!pair) return pair.error();
    if (!*pair || (*pair)->ca_pem.empty()) {
      return Error(Errc::missing, secret().description() + " is gone: run `certs init`");
    }
    const std::string& wanted = (*pair)->ca_pem;
    bool differs = false;
    json::Writer patch;
    patch.array([&] {
      patch.object([&] {
        patch.field("op", "replace");
        patch.field("path", "/metadata/resourceVersion");
        patch.field("value", state->resource_version);
      });
      for (const WebhookBundle& bundle : state->webhooks) {
        if (bundle.ca_pem == wanted) continue;
        differs = true;
        patch.object([&] {
          patch.field("op", "add");
          patch.field("path", "/webhooks/" + std::to_string(bundle.index) + "/clientConfig/caBundle");
          patch.base64("value", wanted);
        });
      }
    });
    if (!differs) return false;
    auto written = api_.patch(resource, cluster::PatchKind::json, patch.view());
    if (written) return true;
    if (written.error().code() != Errc::conflict || tries == kConflictsMax) return written.error();
  }
}

Result<std::vector<net::Destination>> CertificateStore::replicas() {
  std::vector<net::Destination> all;
  for (const std::string& probe : place_.probes) {
    auto address = net::parse_host_port(probe);
    if (!address) return Error(address.error().code(), "--probe: " + address.error().message());
    net::Destination to;
    to.host = address->host;
    to.port = address->port;
    all.push_back(std::move(to));
  }
  if (place_.probes.empty()) {
    cluster::ListRequest request;
    request.resource = {"discovery.k8s.io", "v1", "endpointslices", place_.namespace_name, ""};
    request.label_selector = "kubernetes.io/service-name=" + place_.service;
    auto pages = api_.list(request);
    if (!pages) return pages.error();
    auto found = parse_endpoint_slices(std::move(*pages));
    if (!found) return found.error();
    all = std::move(*found);
  }
  if (all.empty()) {
    return Error(Errc::missing,
                 "the Service \"" + place_.service + "\" in namespace \"" + place_.namespace_name +
                     "\" has no endpoints, so no replica can be asked for its certificate: give "
                     "--probe HOST:PORT for each");
  }
  for (net::Destination& to : all) {
    to.server_name = place_.service + '.' + place_.namespace_name + ".svc";
  }
  return all;
}

}  // namespace hygiene::housekeeping
