// `secret-hygiene certs show`.
#include <ostream>

#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/prettywriter.h>

#include "commands/certs/certs.hpp"
#include "commands/certs/certs_store.hpp"
#include "telemetry/line.hpp"
#include "x509/certificate.hpp"

namespace hygiene::commands {
namespace {

using base::Result;
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
  std::vector<CertificateFacts> authorities;  // ca.crt of the Secret; the first is the certificate's
  std::vector<BundleView> bundles;
};

Result<View> look(cluster::BlockingApi& api, const CertsOptions& options) {
  CertsStore store(api, options);
  auto pair = store.read_secret();
  if (!pair) return pair.error();
  if (!*pair || (*pair)->certificate_pem.empty()) {
    return base::Error(base::Errc::missing, "there is no certificate in the Secret \"" + options.secret +
                                                "\" in namespace \"" + options.namespace_name +
                                                "\": run `certs init`");
  }
  View view;
  const auto certificate = x509::facts_of_pem((*pair)->certificate_pem);
  const auto authorities = x509::facts_of_pem((*pair)->ca_pem);
  if (!certificate || !authorities) return unreadable_pair(options);
  view.certificate = certificate->front();
  view.authorities = *authorities;
  for (const auto& resource : store.configurations()) {
    auto state = store.read_configuration(resource);
    if (!state) return state.error();
    for (const WebhookBundle& bundle : state->webhooks) {
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
  if (now > view.certificate.not_after) out << "  ENDED      no API server takes it: run `certs rotate`\n";
  if (now < view.certificate.not_before) {
    out << "  TOO EARLY  no API server takes it yet; a clock was ahead where it was made, or is behind here: "
           "run `certs rotate`\n";
  }
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

class Json {
 public:
  Json(std::ostream& out, SystemClock::time_point now) : stream_(out), out_(stream_), now_(now) {
    out_.SetIndent(' ', 2);
  }

  void write(const View& view) {
    out_.StartObject();
    out_.Key("certificate");
    write(view.certificate);
    out_.Key("authorities");
    write(view.authorities);
    out_.Key("bundles");
    out_.StartArray();
    for (const auto& bundle : view.bundles) {
      out_.StartObject();
      field("configuration", bundle.configuration);
      field("webhook", bundle.webhook);
      out_.Key("trustsCertificate");
      out_.Bool(bundle.trusts);
      out_.Key("authorities");
      write(bundle.authorities);
      out_.EndObject();
    }
    out_.EndArray();
    out_.EndObject();
  }

 private:
  void field(const char* name, const std::string& value) {
    out_.Key(name);
    out_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void write(const std::vector<CertificateFacts>& all) {
    out_.StartArray();
    for (const auto& facts : all) write(facts);
    out_.EndArray();
  }
  void write(const CertificateFacts& facts) {
    out_.StartObject();
    field("subject", facts.subject);
    out_.Key("names");
    out_.StartArray();
    for (const auto& name : facts.names) {
      out_.String(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    }
    out_.EndArray();
    field("notBefore", telemetry::rfc3339(facts.not_before));
    field("notAfter", telemetry::rfc3339(facts.not_after));
    out_.Key("daysLeft");
    out_.Int64(days_left(facts.not_after, now_));
    field("state", state_of(facts, now_));
    field("sha256", facts.fingerprint);
    out_.EndObject();
  }

  rapidjson::OStreamWrapper stream_;
  rapidjson::PrettyWriter<rapidjson::OStreamWrapper> out_;
  SystemClock::time_point now_;
};

}  // namespace

int run_certs_show(const CertsOptions& options, std::ostream& out, std::ostream& err) {
  const auto fail = [&err](const base::Error& error) {
    err << "secret-hygiene certs show: " << error.message() << '\n';
    return 1;
  };
  auto api = cluster::BlockingApi::open(options.access, options.api);
  if (!api) return fail(api.error());
  const auto view = look(**api, options);
  if (!view) return fail(view.error());
  const auto now = options.now.value_or(SystemClock::now());
  if (options.output == "json") {
    Json(out, now).write(*view);
    out << '\n';
  } else {
    print(out, *view, now);
  }
  return 0;
}

}  // namespace hygiene::commands
