#include "commands/certs/certs_show.hpp"

#include <ostream>

#include "commands/cli/stored_flags.hpp"
#include "commands/cli/yaml_output.hpp"
#include "housekeeping/certs/certificate_store.hpp"
#include "json/writer.hpp"
#include "telemetry/log_line.hpp"
#include "x509/certificate.hpp"

namespace hygiene::commands {
namespace {

using x509::CertificateFacts;
using SystemClock = std::chrono::system_clock;

struct BundleView {
  std::string configuration;
  std::string webhook;
  std::vector<CertificateFacts> authorities;
  bool trusts = false;  // holds the CA of the certificate in force
};

struct View {
  CertificateFacts certificate;
  std::string service;                        // the name that it must bear
  bool fits = false;                          // it does
  std::vector<std::string> problems;          // of the certificate and those behind it
  std::vector<CertificateFacts> authorities;  // ca.crt of the Secret; the first is the certificate's
  std::vector<BundleView> bundles;
};

Result<View> look(cluster::BlockingApi& api, const CertsOptions& options) {
  housekeeping::CertificateStore store(api, options.place);
  auto pair = store.read_secret();
  if (!pair) return pair.error();
  if (!*pair || (*pair)->certificate_pem.empty()) {
    return Error(Errc::missing, "there is no certificate in the Secret \"" + options.place.secret +
                                    "\" in namespace \"" + options.place.namespace_name +
                                    "\": run `certs init`");
  }
  View view;
  const auto certificate = x509::facts_of_pem((*pair)->certificate_pem);
  const auto authorities = x509::facts_of_pem((*pair)->ca_pem);
  if (!certificate || !authorities) return housekeeping::unreadable_pair(options.place);
  view.certificate = certificate->front();
  view.service = housekeeping::name_of_service(options.place);
  view.fits = housekeeping::fits_service(view.certificate, options.place);
  view.problems = x509::serving_problems(*certificate);
  view.authorities = *authorities;
  for (const auto& resource : store.configurations()) {
    auto state = store.read_configuration(resource);
    if (!state) return state.error();
    for (const housekeeping::WebhookBundle& bundle : state->webhooks) {
      BundleView made{resource.description(), bundle.webhook, {}, false};
      if (const auto facts = x509::facts_of_pem(bundle.ca_pem)) made.authorities = *facts;
      for (const auto& facts : made.authorities) {
        made.trusts = made.trusts || facts.fingerprint == view.authorities.front().fingerprint;
      }
      view.bundles.push_back(std::move(made));
    }
  }
  return view;
}

// Whole days from now to `end`; negative once it is past.
std::int64_t days_left(SystemClock::time_point end, SystemClock::time_point now) {
  return std::chrono::floor<std::chrono::days>(end - now).count();
}

// The values of "state" in JSON.
const char* state_of(const CertificateFacts& facts, SystemClock::time_point now) {
  if (now < facts.not_before) return "notYetValid";
  return now > facts.not_after ? "ended" : "valid";
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void print(std::ostream& out, const View& view, SystemClock::time_point now) {
  const auto validity = [&](const CertificateFacts& facts) {
    return telemetry::rfc3339(facts.not_before) + " to " + telemetry::rfc3339(facts.not_after) + ", " +
           std::to_string(days_left(facts.not_after, now)) + " days left";
  };
  out << "certificate  " << view.certificate.subject << "\n"
      << "  names      " << joined(view.certificate.names) << "\n"
      << "  validity   " << validity(view.certificate) << "\n";
  if (now > view.certificate.not_after) out << "  EXPIRED    no API server accepts it: run `certs rotate`\n";
  if (now < view.certificate.not_before) {
    out << "  TOO EARLY  it is not yet valid, so no API server accepts it; the clock of the issuer was "
           "ahead, or this clock is behind: run `certs rotate`\n";
  }
  if (!view.fits) {
    out << "  WRONG NAME no API server accepts it, because it is not for " << view.service
        << ": run `certs rotate`\n";
  }
  for (const std::string& problem : view.problems) out << "  PROBLEM    " << problem << "\n";
  out << "  SHA-256    " << view.certificate.fingerprint << "\n";
  for (const auto& facts : view.authorities) {
    out << "CA           " << facts.subject << "\n"
        << "  validity   " << validity(facts) << "\n";
  }
  for (const auto& bundle : view.bundles) {
    out << "caBundle     " << bundle.webhook << " of " << bundle.configuration << "\n";
    for (const auto& facts : bundle.authorities) out << "  trusts     " << facts.subject << "\n";
    if (bundle.authorities.empty()) out << "  trusts     no CA\n";
    if (!bundle.trusts) out << "  MISSING    the CA of the certificate: run `certs init`\n";
  }
}

void write(json::Writer& json, const CertificateFacts& facts, SystemClock::time_point now) {
  json.field("subject", facts.subject);
  json.array("names", facts.names);
  json.field("notBefore", telemetry::rfc3339(facts.not_before));
  json.field("notAfter", telemetry::rfc3339(facts.not_after));
  json.field("daysLeft", days_left(facts.not_after, now));
  json.field("state", state_of(facts, now));
  json.field("sha256", facts.fingerprint);
}

void print_json(std::ostream& out, const View& view, SystemClock::time_point now) {
  json::Writer json(2);
  const auto write_each = [&](const CertificateFacts& facts) { write(json, facts, now); };
  json.object([&] {
    json.object("certificate", [&] {
      write_each(view.certificate);
      json.field("fitsService", view.fits);
      json.array("problems", view.problems);
    });
    json.objects("authorities", view.authorities, write_each);
    json.objects("bundles", view.bundles, [&](const BundleView& bundle) {
      json.field("configuration", bundle.configuration);
      json.field("webhook", bundle.webhook);
      json.field("trustsCertificate", bundle.trusts);
      json.objects("authorities", bundle.authorities, write_each);
    });
  });
  out << json.view() << '\n';
}

}  // namespace

int run_certs_show(const CertsOptions& options, std::ostream& out, std::ostream& err) {
  const auto fail = [&err](const Error& error) {
    err << "secret-hygiene certs show: " << error.message() << '\n';
    return kExitCannot;
  };
  auto api = cluster::BlockingApi::open(options.access, options.api);
  if (!api) return fail(api.error());
  const auto view = look(**api, options);
  if (!view) return fail(view.error());
  const auto now = options.rotation.now.value_or(SystemClock::now());
  if (options.output == Output::text) {
    print(out, *view, now);
  } else {
    write_document(options.output, out, [&](std::ostream& json) { print_json(json, *view, now); });
  }
  return kExitDone;
}

}  // namespace hygiene::commands
