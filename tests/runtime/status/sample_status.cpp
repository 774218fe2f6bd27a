#include "sample_status.hpp"

#include <cmath>

#include "policy/loader.hpp"

namespace hygiene::runtime_test {
namespace {

using admission::Decision;
using runtime::RecentRejection;
using runtime::Status;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kPolicies = R"(
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: helm-history}
spec:
  mode: Enforce
  match: {types: ["helm.sh/release.v1"]}
  labels: {secret-hygiene.io/ignore: "true"}
  limits: {secretsPerRelease: 20}
---
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: team-limits}
spec:
  mode: Enforce
  limits: {bytesPerSecret: 768Ki, keysPerSecret: 64, secretsPerNamespace: 500, bytesPerNamespace: 64Mi}
---
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: whole-cluster}
spec:
  mode: Warn
  limits: {bytesPerCluster: 1Gi}
)";

std::vector<runtime::TrafficSlot> traffic(std::chrono::system_clock::time_point now) {
  runtime::TrafficHistory history(now - minutes(357));
  runtime::Answered total{};
  const auto add = [&total](Decision decision, double number) {
    total[static_cast<std::size_t>(decision)] += static_cast<std::uint64_t>(std::max(0.0, number));
  };
  for (int slot = 0; slot < 120; ++slot) {
    const double wave = std::sin(slot / 19.0) + 0.4 * std::sin(slot / 3.1) + 0.2 * std::sin(slot * 1.9);
    add(Decision::allowed, 140 + 70 * wave);
    add(Decision::labelled, 24 + 12 * wave);
    add(Decision::warned, slot % 9 == 0 ? 2 : 0);
    const bool storm = slot > 66 && slot < 79;
    add(Decision::denied, storm ? 31 - 3.0 * std::abs(slot - 72) : slot % 17 == 4 ? 3 : 0);
    history.sample(total, now - minutes(357) + minutes(3) * slot);
  }
  return history.slots();
}

RecentRejection rejected(std::chrono::system_clock::time_point last, seconds since, std::uint64_t times,
                         const char* in, const char* name, const char* policy, policy::LimitKind limit,
                         std::uint64_t measured, std::uint64_t allowed) {
  RecentRejection made;
  made.first = last - since;
  made.last = last;
  made.times = times;
  made.operation = policy::Operation::create;
  made.namespace_name = in;
  made.name = name;
  made.policy = policy;
  made.limit = limit;
  made.measured = measured;
  made.allowed = allowed;
  return made;
}

}  // namespace

Status sample_status() {
  using policy::LimitKind;
  constexpr std::uint64_t kKi = 1024;
  constexpr std::uint64_t kMi = 1024 * kKi;
  Status status;
  status.now =
      std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + std::chrono::hours(18) + seconds(1923);
  status.started = status.now - std::chrono::hours(76) - minutes(12);
  status.replica = "secret-hygiene-5d8f7c9b64-x2k7q";
  status.version = "0.2.0";
  for (const char* check : {"policies", "certificate", "counting", "shutdown"}) {
    status.checks.push_back({check, true, ""});
  }
  status.policies = policy::load_policies({{"p.yaml", kPolicies}}).policies;
  status.certificate_ends = status.now + std::chrono::days(62);
  status.traffic = traffic(status.now);
  status.rejections = {
      rejected(status.now - seconds(41), seconds(2700), 93, "team-payments", "backup-bundle", "team-limits",
               LimitKind::bytes_per_secret, 900 * kKi, 768 * kKi),
      rejected(status.now - seconds(212), seconds(0), 1, "team-search", "sh.helm.release.v1.search-api.v21",
               "helm-history", LimitKind::secrets_per_release, 21, 20),
      rejected(status.now - seconds(4410), seconds(900), 12, "team-data", "kafka-client-certificates",
               "team-limits", LimitKind::keys_per_secret, 71, 64),
      rejected(status.now - std::chrono::hours(20), seconds(0), 2, "team-data", "warehouse-dump",
               "team-limits", LimitKind::bytes_per_namespace, 67'400'000, 64 * kMi)};
  status.rejections[2].dry_run = true;
  status.rejections[3].counted = false;
  status.counting = true;
  auto usage = std::make_shared<runtime::Usage>();
  usage->secrets = 18'204;
  usage->entries = 3;
  usage->fullest = {{"helm-history", "secretsPerRelease", "team-search/search-api", 20, 0, 20},
                    {"team-limits", "bytesPerNamespace", "team-data", 63'900'000, 0, 64 * kMi},
                    {"helm-history", "secretsPerRelease", "team-web/storefront", 17, 1, 20},
                    {"whole-cluster", "bytesPerCluster", "", 911 * kMi, 2 * kMi, 1024 * kMi},
                    {"team-limits", "secretsPerNamespace", "team-payments", 311, 1, 500},
                    {"team-limits", "secretsPerNamespace", "team-data", 288, 0, 500}};
  status.usage = usage;
  return status;
}

}  // namespace hygiene::runtime_test
