#include "commands/certs/certs_json.hpp"

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/base64.hpp"
#include "json/document.hpp"

namespace hygiene::commands {
namespace {

using base::Errc;
using base::Error;
using base::Result;

Error unreadable() {
  return Error(Errc::syntax, "the API server's answer is not the object that was asked for");
}

bool parse(rapidjson::Document& document, base::WipingText& text) {
  return json::parse_document_in_place(document, text) && document.IsObject();
}

std::string text_at(const rapidjson::Value& value, const char* pointer) {
  const rapidjson::Value* found = rapidjson::Pointer(pointer).Get(value);
  return found != nullptr && found->IsString() ? std::string(found->GetString(), found->GetStringLength())
                                               : std::string();
}

// The array at `pointer`; an empty one where there is none.
rapidjson::Value::ConstArray array_at(const rapidjson::Value& value, const char* pointer) {
  static const rapidjson::Value kNone(rapidjson::kArrayType);
  const rapidjson::Value* found = rapidjson::Pointer(pointer).Get(value);
  return found != nullptr && found->IsArray() ? found->GetArray() : kNone.GetArray();
}

Result<std::string> decoded_at(const rapidjson::Value& value, const char* pointer) {
  auto decoded = base::decode_base64(text_at(value, pointer));
  if (!decoded) return decoded.error();
  return std::string(decoded->view());
}

bool is_false(const rapidjson::Value& value, const char* pointer) {
  const rapidjson::Value* found = rapidjson::Pointer(pointer).Get(value);
  return found != nullptr && found->IsBool() && !found->GetBool();
}

bool is_true(const rapidjson::Value& value, const char* pointer) {
  const rapidjson::Value* found = rapidjson::Pointer(pointer).Get(value);
  return found != nullptr && found->IsBool() && found->GetBool();
}

// The webhook's port among a slice's; 0 if there is none.
std::uint16_t port_of(const rapidjson::Value& slice) {
  std::uint16_t chosen = 0;
  for (const auto& port : array_at(slice, "/ports")) {
    const rapidjson::Value* number = rapidjson::Pointer("/port").Get(port);
    if (number == nullptr || !number->IsUint() || number->GetUint() > 65535) continue;
    const std::string name = text_at(port, "/name");
    if (chosen == 0 || name == "https" || name == "webhook") {
      chosen = static_cast<std::uint16_t>(number->GetUint());
    }
  }
  return chosen;
}

}  // namespace

Result<StoredPair> parse_secret(base::WipingText text, const std::string& name) {
  rapidjson::Document document;
  if (!parse(document, text)) return unreadable();
  if (text_at(document, "/metadata/labels/app.kubernetes.io~1managed-by") != "secret-hygiene" ||
      text_at(document, "/type") != "kubernetes.io/tls") {
    return Error(Errc::duplicate,
                 name +
                     " exists and is not ours (type kubernetes.io/tls with the label "
                     "app.kubernetes.io/managed-by=secret-hygiene): it stays as it is; choose another "
                     "name with --secret, or delete it");
  }
  StoredPair pair;
  pair.resource_version = text_at(document, "/metadata/resourceVersion");
  auto ca = decoded_at(document, "/data/ca.crt");
  auto certificate = decoded_at(document, "/data/tls.crt");
  if (!ca || !certificate) return unreadable();
  pair.ca_pem = std::move(*ca);
  pair.certificate_pem = std::move(*certificate);
  return pair;
}

Result<ConfigurationState> parse_configuration(base::WipingText text, const CertsOptions& options) {
  rapidjson::Document document;
  if (!parse(document, text)) return unreadable();
  ConfigurationState state;
  state.resource_version = text_at(document, "/metadata/resourceVersion");
  std::size_t index = 0;
  for (const auto& webhook : array_at(document, "/webhooks")) {
    WebhookBundle bundle;
    bundle.index = index++;
    bundle.webhook = text_at(webhook, "/name");
    // Another's Service in our configuration has a CA of its own.
    const bool by_service = rapidjson::Pointer("/clientConfig/service").Get(webhook) != nullptr;
    if (by_service && (text_at(webhook, "/clientConfig/service/name") != options.service ||
                       text_at(webhook, "/clientConfig/service/namespace") != options.namespace_name)) {
      continue;
    }
    auto ca = decoded_at(webhook, "/clientConfig/caBundle");
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
    for (const auto& slice : array_at(document, "/items")) {
      const std::uint16_t port = port_of(slice);
      for (const auto& endpoint : array_at(slice, "/endpoints")) {
        // On its way out and out of service already.
        if (is_true(endpoint, "/conditions/terminating") && is_false(endpoint, "/conditions/serving"))
          continue;
        net::Destination to;
        to.host = text_at(endpoint, "/addresses/0");
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
  std::string version = text_at(document, "/metadata/resourceVersion");
  if (version.empty()) return unreadable();
  return version;
}

std::string json_string(std::string_view text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace hygiene::commands
