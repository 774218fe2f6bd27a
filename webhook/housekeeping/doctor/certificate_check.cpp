#include "housekeeping/doctor/certificate_check.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include <rapidjson/document.h>

#include "base/base64.hpp"
#include "cluster/server_url.hpp"
#include "housekeeping/doctor/object_reader.hpp"
#include "json/document.hpp"
#include "net/tls_client_context.hpp"
#include "x509/certificate.hpp"
#include "x509/server_verification.hpp"

namespace hygiene::housekeeping {
namespace {

using Clock = std::chrono::system_clock;

constexpr std::chrono::days kEndsSoon{7};

// `step`: of `certs`, where cert-manager does not keep the certificate.
std::string see_certificate(const char* step) {
  return std::string("run `secret-hygiene certs ") + step +
         "`, or see what cert-manager says of its Certificate";
}

// tls.crt of the Secret, whose key is wiped unread.
Result<std::string> stored_certificate(cluster::BlockingApi& api, const CertificatePlace& place) {
  auto text = api.get({.plural = "secrets", .namespace_name = place.namespace_name, .name = place.secret});
  if (!text) return text.error();
  rapidjson::Document secret;
  if (!json::parse_document_in_place(secret, *text)) return Error(Errc::syntax, "the Secret is not JSON");
  const auto pem = base::decode_base64(json::text_at(secret, {"data", "tls.crt"}));
  if (!pem) return pem.error();
  if (pem->view().empty()) return Error(Errc::missing, "the Secret " + place.secret + " holds no tls.crt");
  return std::string(pem->view());
}

class Check {
 public:
  Check(cluster::BlockingApi& api, const CertificatePlace& place) : api_(api), place_(place) {}

  Diagnosis of(const CalledWebhook& webhook) {
    const auto ca = base::decode_base64(webhook.ca_bundle);
    const std::string ca_pem = ca ? std::string(ca->view()) : std::string();
    if (!webhook.ca_bundle.empty() && !x509::facts_of_pem(ca_pem))
      return problem(webhook, "its caBundle holds no certificate in PEM", kMendBundle);
    return webhook.service.empty() ? of_url(webhook, ca_pem) : of_service(webhook, ca_pem);
  }

 private:
  static constexpr const char* kMendBundle =
      "run `secret-hygiene certs init`, or see what cert-manager's cainjector says";

  static Diagnosis problem(const CalledWebhook& webhook, std::string message, std::string advice) {
    return {"certificate", webhook.name, Health::problem, std::move(message), std::move(advice)};
  }

  Diagnosis of_service(const CalledWebhook& webhook, const std::string& ca_pem) {
    if (webhook.service != place_.service || webhook.service_namespace != place_.namespace_name) {
      return problem(webhook,
                     "it points to the Service " + webhook.service + " in namespace " +
                         webhook.service_namespace + ", not to " + place_.service + " in " +
                         place_.namespace_name,
                     "give --service and -n, or apply the manifests again");
    }
    if (ca_pem.empty())
      return problem(webhook, "it has no caBundle, so no certificate is trusted", kMendBundle);
    if (!stored_) stored_ = stored_certificate(api_, place_);
    if (!*stored_ && stored_->error().code() == Errc::missing)
      return problem(webhook, "there is no certificate: " + stored_->error().message(),
                     see_certificate("init"));
    if (!*stored_) return not_looked_at("certificate", webhook.name, stored_->error());
    const auto chain = x509::facts_of_pem(**stored_);
    if (!chain) return problem(webhook, "tls.crt holds no certificate in PEM", see_certificate("rotate"));
    const std::string refusal = x509::refusal_of(**stored_, ca_pem, name_of_service(place_), Clock::now());
    if (!refusal.empty())
      return problem(
          webhook,
          "the API server does not accept the certificate for " + name_of_service(place_) + ": " + refusal,
          "run `secret-hygiene certs show`, then `certs init` if a caBundle is out of date, else `certs "
          "rotate`");
    const auto wrong = x509::serving_problems(*chain);
    if (!wrong.empty()) return problem(webhook, wrong.front(), see_certificate("rotate"));
    const auto left = chain->front().not_after - Clock::now();
    const std::string days = std::to_string(std::chrono::floor<std::chrono::days>(left).count());
    if (left < kEndsSoon)
      return {"certificate", webhook.name, Health::warning, "the certificate expires in " + days + " days",
              see_certificate("rotate")};
    return {"certificate",
            webhook.name,
            Health::ok,
            "the caBundle verifies the certificate for " + name_of_service(place_) + ", valid for " + days +
                " days",
            {}};
  }

  // A URL may hold a token in its path: only the origin is named.
  Diagnosis of_url(const CalledWebhook& webhook, const std::string& ca_pem) {
    const auto url = cluster::parse_server_url(webhook.url, cluster::Scheme::https);
    auto trust = net::TlsClientContext::make({.ca_pem = ca_pem, .certificate_pem = {}, .key_pem = {}});
    if (!url || !trust) return problem(webhook, "its clientConfig has no usable URL", kMendBundle);
    net::Destination to;
    to.host = url->host;
    to.port = url->port;
    to.tls = std::move(*trust);
    const std::string origin = to.url();
    const auto answer = get_directly(api_, std::move(to), "/");
    if (answer) {
      return {"certificate",
              webhook.name,
              Health::ok,
              "the caBundle verifies the certificate that " + origin + " serves",
              {}};
    }
    if (answer.error().code() == Errc::denied)
      return problem(webhook, answer.error().message(), "put the CA of that certificate into the caBundle");
    return {"certificate", webhook.name, Health::not_looked_at, answer.error().message(),
            "check that the webhook runs; the API server may reach its URL even if this machine does not"};
  }

  cluster::BlockingApi& api_;
  const CertificatePlace& place_;
  std::optional<Result<std::string>> stored_;
};

}  // namespace

Diagnoses check_certificates(cluster::BlockingApi& api, const CertificatePlace& place,
                             const std::vector<CalledWebhook>& webhooks) {
  Check check(api, place);
  Diagnoses found;
  for (const CalledWebhook& webhook : webhooks) found.push_back(check.of(webhook));
  return found;
}

}  // namespace hygiene::housekeeping
