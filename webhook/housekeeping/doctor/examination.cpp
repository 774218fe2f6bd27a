#include "housekeeping/doctor/examination.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include <rapidjson/document.h>

#include "base/version.hpp"
#include "housekeeping/doctor/certificate_check.hpp"
#include "housekeeping/doctor/configuration_check.hpp"
#include "housekeeping/doctor/endpoints_check.hpp"
#include "housekeeping/doctor/object_reader.hpp"
#include "housekeeping/doctor/policies_check.hpp"
#include "housekeeping/doctor/rights_check.hpp"
#include "housekeeping/doctor/trial_writes.hpp"
#include "json/document.hpp"

namespace hygiene::housekeeping {
namespace {

// matchConditions are stable since then.
constexpr unsigned kOldestMinor = 30;
// The webhook's certificates and tokens last for hours at the least; a minute is no accident of the network.
constexpr std::chrono::seconds kClockMax{60};

class Examination {
 public:
  Examination(cluster::BlockingApi& api, const ExaminationWish& wish,
              const std::function<void(Diagnosis)>& found)
      : api_(api), wish_(wish), found_(found) {}

  Result<void> run() {
    if (auto known = versions(); !known) return known;
    clock();
    std::vector<CalledWebhook> webhooks = configurations();
    report(check_certificates(api_, wish_.place, webhooks));
    bool by_service = webhooks.empty();
    for (const CalledWebhook& each : webhooks) by_service = by_service || !each.service.empty();
    if (by_service) found_(check_endpoints(api_, wish_.place));
    PoliciesLook policies = check_policies(api_, wish_.place.namespace_name, wish_.metrics);
    report(std::move(policies.diagnoses));
    if (policies.policies) {
      report(try_writes(api_, wish_.trial_namespace, *policies.policies));
    } else {
      const Error why(Errc::missing, "no Secret was tried, because the policies are unknown");
      for (const char* check : {"labels", "limits"}) found_(not_looked_at(check, wish_.trial_namespace, why));
    }
    report(check_rights(api_, wish_.place.namespace_name,
                        policies.policies ? needs_of(*policies.policies) : PolicyNeeds()));
    return {};
  }

 private:
  void report(Diagnoses diagnoses) {
    for (Diagnosis& each : diagnoses) found_(std::move(each));
  }

  Result<void> versions() {
    rapidjson::Document version;
    if (auto read = read_object(api_, {.raw_path = "/version"}, version); !read) return read;
    const std::string git(json::text_at(version, {"gitVersion"}));
    const std::string_view major = json::text_at(version, {"major"});
    const std::string_view minor = json::text_at(version, {"minor"});  // GKE and EKS write 31+
    unsigned number = 0;
    std::from_chars(minor.data(), minor.data() + minor.size(), number);
    const std::string said = "this program is " + std::string(base::version()) + ", the API server " + git;
    if (major == "1" && number < kOldestMinor) {
      found_({"versions",
              {},
              Health::problem,
              said + ": older than 1." + std::to_string(kOldestMinor),
              "upgrade the cluster"});
    } else {
      found_({"versions",
              {},
              Health::ok,
              said + "; 1." + std::to_string(kOldestMinor) + " and later are supported",
              {}});
    }
    return {};
  }

  void clock() {
    const auto ahead = api_.client().clock_ahead();
    if (!ahead) {
      found_({"clock",
              {},
              Health::not_looked_at,
              "the API server's answers have no Date header",
              "check for a proxy in between"});
      return;
    }
    const auto apart = ahead->count() < 0 ? -*ahead : *ahead;
    const std::string said = "the API server's clock is " + std::to_string(apart.count()) + " s " +
                             (ahead->count() < 0 ? "behind" : "ahead of") + " ours";
    if (apart > kClockMax) {
      found_({"clock",
              {},
              Health::warning,
              said,
              "synchronise both by NTP: a certificate made here may not be valid there yet"});
    } else {
      found_({"clock", {}, Health::ok, said, {}});
    }
  }

  std::vector<CalledWebhook> configurations() {
    const CertificatePlace& place = wish_.place;
    std::vector<CalledWebhook> webhooks;
    ConfigurationLook mutating =
        configuration("mutatingwebhookconfigurations", place.mutating, ConfigurationKind::mutating);
    ConfigurationLook validating =
        configuration("validatingwebhookconfigurations", place.validating, ConfigurationKind::validating);
    report(compare_left_out(mutating, validating));
    for (auto* look : {&mutating, &validating})
      webhooks.insert(webhooks.end(), look->webhooks.begin(), look->webhooks.end());
    return webhooks;
  }

  ConfigurationLook configuration(const char* plural, const std::string& name, ConfigurationKind kind) {
    if (name.empty()) return {};
    const cluster::Resource resource{.group = "admissionregistration.k8s.io", .plural = plural, .name = name};
    rapidjson::Document document;
    const auto read = read_object(api_, resource, document);
    if (!read && read.error().code() == Errc::missing) {
      found_({"configuration", resource.plural, Health::problem, "there is no " + resource.description(),
              "apply the manifests or the chart, or name it with --mutating and --validating"});
    } else if (!read) {
      found_(not_looked_at("configuration", resource.plural, read.error()));
    } else {
      ConfigurationLook look = look_at_configuration(document, kind, wish_.place.namespace_name);
      report(std::move(look.diagnoses));
      return look;
    }
    return {};
  }

  cluster::BlockingApi& api_;
  const ExaminationWish& wish_;
  const std::function<void(Diagnosis)>& found_;
};

}  // namespace

Result<void> examine(cluster::BlockingApi& api, const ExaminationWish& wish,
                     const std::function<void(Diagnosis)>& found) {
  return Examination(api, wish, found).run();
}

}  // namespace hygiene::housekeeping
