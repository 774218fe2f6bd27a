#include "runtime/status/status_json.hpp"

#include <algorithm>

#include "json/writer.hpp"
#include "policy/exception.hpp"
#include "policy/limits/limit.hpp"
#include "telemetry/log_line.hpp"

namespace hygiene::runtime {
namespace {

using admission::Decision;
using json::Writer;

void write(Writer& json, const policy::Policy& policy, std::chrono::sys_seconds now) {
  json.field("name", policy.name);
  json.field("mode", policy::to_string(policy.mode));
  json.array("enforceOn", [&] {
    for (const auto operation : {policy::Operation::create, policy::Operation::update}) {
      if (policy.enforces(operation)) json.value(policy::to_string(operation));
    }
  });
  json.object("limits", [&] {
    for (const policy::LimitRule& rule : policy::limit_rules()) {
      if (const auto allowed = policy.limit(rule.kind)) json.field(rule.name, *allowed);
    }
  });
  json.object("labels", [&] {
    for (const secret::Label& label : policy.labels) json.field(label.key, label.value);
  });
  policy::write_exceptions(json, policy.exceptions, now);
}

void write(Writer& json, const TrafficSlot& slot) {
  json.field("start", telemetry::rfc3339(slot.start));
  json.field("answered", slot.all());
  for (const Decision decision :
       {Decision::denied, Decision::warned, Decision::labelled, Decision::malformed}) {
    json.field(to_string(decision), slot.of(decision));
  }
}

void write(Writer& json, const RecentRejection& rejection) {
  json.field("time", telemetry::rfc3339(rejection.last));
  json.field("firstTime", telemetry::rfc3339(rejection.first));
  json.field("times", rejection.times);
  json.field("operation", policy::to_string(rejection.operation));
  json.field("namespace", rejection.namespace_name);
  json.field("name", rejection.name);
  json.field("policy", rejection.policy);
  json.field("limit", policy::limit_rule(rejection.limit).name);
  json.field("measured", rejection.counted ? std::optional(rejection.measured) : std::nullopt);
  json.field("allowed", rejection.allowed);
  json.field("dryRun", rejection.dry_run);
}

}  // namespace

bool Status::ready() const {
  return std::ranges::all_of(checks, &Probes::Check::holds);
}

std::string to_json(const Status& status) {
  const policy::PolicySet none;
  const policy::PolicySet& policies = status.policies ? *status.policies : none;
  Writer json(1);
  const auto write_each = [&json](const auto& each) { write(json, each); };
  json.object([&] {
    json.type_meta("secret-hygiene.io/v1alpha1", "Status");
    json.field("time", telemetry::rfc3339(status.now));
    json.field("replica", status.replica);
    json.field("version", status.version);
    json.field("started", telemetry::rfc3339(status.started));
    json.field("ready", status.ready());
    json.objects("checks", status.checks, [&](const Probes::Check& check) {
      json.field("name", check.name);
      json.field("holds", check.holds);
      json.field("reason", check.reason);
    });
    json.object("policies", [&] {
      json.field("hash", policies.hash);
      json.field("refused", status.policies_refused);
      const auto now = std::chrono::floor<std::chrono::seconds>(status.now);
      json.objects("inForce", policies.policies,
                   [&](const policy::Policy& policy) { write(json, policy, now); });
    });
    json.object("certificate", [&] {
      const auto& ends = status.certificate_ends;
      json.field("ends", ends ? std::optional(telemetry::rfc3339(*ends)) : std::nullopt);
      json.field("refused", status.certificates_refused);
    });
    json.object("traffic", [&] {
      json.field("slotSeconds", std::chrono::seconds(TrafficHistory::kLength).count());
      json.objects("slots", status.traffic, write_each);
    });
    json.objects("rejections", status.rejections, write_each);
    json.object("usage", [&] {
      json.field("counting", status.counting);
      json.field("synced", status.synced);
      write_fields(json, status.usage ? *status.usage : Usage());
    });
  });
  return json.take() + '\n';
}

}  // namespace hygiene::runtime
