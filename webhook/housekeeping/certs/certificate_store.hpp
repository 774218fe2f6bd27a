// What `certs` keeps in the cluster: the Secret with the pair, and the caBundle of both configurations. The
// Secret's ca.crt is what the bundles must hold; its first block is the CA of tls.crt. No key is ever read
// from the cluster. Thread-safety: one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/wiping_text.hpp"
#include "cluster/blocking_api.hpp"
#include "json/writer.hpp"
#include "net/dial.hpp"
#include "x509/certificate.hpp"
#include "x509/issuance.hpp"

namespace hygiene::housekeeping {

// Where the certificate is kept and used.
struct CertificatePlace {
  std::string namespace_name = "secret-hygiene";
  std::string service = "secret-hygiene";
  std::string secret = "secret-hygiene-tls";
  std::string validating = "secret-hygiene";  // name of the configuration; empty: there is none
  std::string mutating = "secret-hygiene";
  std::vector<std::string> probes;  // HOST:PORT of each replica; empty: the Service's endpoints
};

struct StoredPair {
  std::string resource_version;
  std::string ca_pem;           // one block or more
  std::string certificate_pem;  // empty where the Secret was made without a certificate
};

struct WebhookBundle {
  std::string webhook;  // its name
  std::size_t index = 0;
  std::string ca_pem;  // empty: absent
};

struct ConfigurationState {
  std::string resource_version;
  std::vector<WebhookBundle> webhooks;  // those that lead to our Service, or to a URL
};

// The name by which an API server knows the Service, and which its certificate must bear.
std::string name_of_service(const CertificatePlace& place);
// Whether the certificate bears it, by itself or as *.NAMESPACE.svc.
bool fits_service(const x509::CertificateFacts& certificate, const CertificatePlace& place);

// For a Secret of ours that holds something else than certificates.
Error unreadable_pair(const CertificatePlace& place);

// Each reads an object as the API server wrote it, in place: `text` is of no use afterwards. Errors: syntax;
// for a Secret also duplicate (it is not ours; `name` says which in the error).
Result<StoredPair> parse_secret(base::WipingText text, const std::string& name);
Result<ConfigurationState> parse_configuration(base::WipingText text, const CertificatePlace& place);
Result<std::vector<net::Destination>> parse_endpoint_slices(std::vector<base::WipingText> pages);
Result<std::string> parse_resource_version(base::WipingText text);

class CertificateStore {
 public:
  // Both must outlive the store.
  CertificateStore(cluster::BlockingApi& api, const CertificatePlace& place) : api_(api), place_(place) {}

  // Nothing if there is none. Errors: duplicate (a Secret of that name is not ours).
  Result<std::optional<StoredPair>> read_secret();
  // Errors: duplicate (one was made meanwhile).
  Result<void> create_secret(const x509::IssuedPair& pair);
  // Both replace only what is at `resource_version`, and return the new one. Errors: conflict.
  Result<std::string> write_pair(const std::string& resource_version, const x509::IssuedPair& pair,
                                 const std::string& ca_pem);
  Result<std::string> write_ca(const std::string& resource_version, const std::string& ca_pem);

  // Of the kinds that have a name: validatingwebhookconfigurations, mutatingwebhookconfigurations.
  std::vector<cluster::Resource> configurations() const;
  // Errors: missing (it is not installed), invalid (no webhook of it leads to our Service).
  Result<ConfigurationState> read_configuration(const cluster::Resource& resource);
  // Makes every bundle what the Secret's ca.crt is by the time of the write; true if one was not.
  Result<bool> sync_bundles();

  // Where the replicas listen. Errors: missing (the Service has no endpoint), invalid (a probe is no
  // HOST:PORT).
  Result<std::vector<net::Destination>> replicas();

 private:
  Result<bool> sync_configuration(const cluster::Resource& resource);
  Result<std::string> patch_secret(const json::Writer& patch);
  cluster::Resource secret() const;

  cluster::BlockingApi& api_;
  const CertificatePlace& place_;
};

}  // namespace hygiene::housekeeping
