#include "x509/certificate.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <boost/asio/ip/address.hpp>
#include <time.h>

#include "base/ascii.hpp"
#include "x509/openssl_ptr.hpp"
#include "x509/pem.hpp"

namespace hygiene::x509 {
namespace {

std::string_view view_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  const std::string_view raw = view_of(bytes);
  if (raw.size() == 4) {
    boost::asio::ip::address_v4::bytes_type v4;
    std::copy(raw.begin(), raw.end(), v4.begin());
    return boost::asio::ip::address_v4(v4).to_string();
  }
  if (raw.size() == 16) {
    boost::asio::ip::address_v6::bytes_type v6;
    std::copy(raw.begin(), raw.end(), v6.begin());
    return boost::asio::ip::address_v6(v6).to_string();
  }
  return {};
}

std::vector<std::string> names_of(const X509* certificate, bool with_addresses) {
  std::vector<std::string> names;
  const GeneralNamesPtr all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!all) return names;
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.emplace_back(view_of(name->d.dNSName));
    if (name->type == GEN_IPADD && with_addresses) names.push_back(address_of(name->d.iPAddress));
  }
  return names;
}

bool is_common_name(const X509* certificate, std::string_view name) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;) {
    if (view_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i))) == name) return true;
  }
  return false;
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
  tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

std::string text_of_name(const X509_NAME* name) {
  const BioPtr text(BIO_new(BIO_s_mem()));
  if (!text) return {};
  X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253);
  return text_of(text.get());
}

bool is_for_servers(const X509* certificate) {
  const ExtendedKeyUsagePtr usages(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  if (!usages) return true;
  for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    const int usage = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), i));
    if (usage == NID_server_auth || usage == NID_anyExtendedKeyUsage) return true;
  }
  return false;
}

}  // namespace

CertificateFacts facts_of(const X509* certificate) {
  CertificateFacts facts;
  facts.not_before = time_of(X509_get0_notBefore(certificate));
  facts.not_after = time_of(X509_get0_notAfter(certificate));
  facts.subject = text_of_name(X509_get_subject_name(certificate));
  facts.issuer = text_of_name(X509_get_issuer_name(certificate));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1)
    facts.fingerprint = base::to_hex({digest.data(), size});
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  facts.serial =
      base::to_hex({ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
  facts.names = names_of(certificate, true);
  facts.for_servers = is_for_servers(certificate);
  return facts;
}

Result<std::vector<CertificateFacts>> facts_of_pem(const std::string& pem) {
  const auto certificates = certificates_of(pem);
  if (certificates.empty()) return not_pem("this");
  std::vector<CertificateFacts> facts;
  for (const X509Ptr& certificate : certificates) facts.push_back(facts_of(certificate.get()));
  return facts;
}

std::vector<std::string> serving_problems(const std::vector<CertificateFacts>& chain) {
  std::vector<std::string> problems;
  if (chain.empty()) return problems;
  const CertificateFacts& own = chain.front();
  if (own.names.empty()) {
    problems.emplace_back("the certificate has no subjectAltName; the API server ignores its common name");
  }
  if (!own.for_servers) {
    problems.emplace_back("the certificate is for clients: its extendedKeyUsage lacks serverAuth");
  }
  const auto out_of_order = [](const CertificateFacts& each, const CertificateFacts& next) {
    return each.issuer != next.subject;
  };
  if (std::ranges::adjacent_find(chain, out_of_order) != chain.end()) {
    problems.emplace_back(
        "the chain is out of order: the server's own certificate comes first, and each is signed by the "
        "next");
  }
  return problems;
}

Result<std::vector<std::string>> split_pem(const std::string& pem) {
  const auto certificates = certificates_of(pem);
  if (certificates.empty()) return not_pem("this");
  std::vector<std::string> blocks;
  for (const X509Ptr& certificate : certificates) blocks.push_back(pem_of(certificate.get()));
  return blocks;
}

bool bears_name(const X509* certificate, const std::string& name) {
  if (is_common_name(certificate, name)) return true;
  const auto names = names_of(certificate, false);
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace hygiene::x509
