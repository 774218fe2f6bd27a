#include <algorithm>
#include <concepts>
#include <string_view>

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include "base/utf8.hpp"
#include "json/fields.hpp"
#include "policy/limits/limit.hpp"
#include "runtime/status/status.hpp"
#include "telemetry/line.hpp"

namespace hygiene::runtime {
namespace {

using admission::Decision;
using Writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

class Json {
 public:
  explicit Json(rapidjson::StringBuffer& buffer) : writer_(buffer) { writer_.SetIndent(' ', 1); }

  void write(const Status& status) {
    object([&] {
      field("apiVersion", "secret-hygiene.io/v1alpha1");
      field("kind", "Status");
      field("time", telemetry::rfc3339(status.now));
      field("replica", status.replica);
      field("version", status.version);
      field("started", telemetry::rfc3339(status.started));
      field("ready", status.ready());
      list("checks", status.checks, [this](const Probes::Check& check) {
        field("name", check.name);
        field("holds", check.holds);
        field("reason", check.reason);
      });
      json_.key("policies");
      object([&] { write_policies(status); });
      json_.key("certificate");
      object([&] {
        time_or_null("ends", status.certificate_ends);
        field("refused", status.certificates_refused);
      });
      json_.key("traffic");
      object([&] { write_traffic(status.traffic); });
      list("rejections", status.rejections, [this](const RecentRejection& each) { write(each); });
      json_.key("usage");
      object([&] { write_usage(status); });
    });
  }

 private:
  template <class Inside>
  void object(Inside inside) {
    writer_.StartObject();
    inside();
    writer_.EndObject();
  }
  template <class List, class Each>
  void list(std::string_view name, const List& all, Each each) {
    json_.key(name);
    writer_.StartArray();
    for (const auto& one : all) object([&] { each(one); });
    writer_.EndArray();
  }
  // Names that /mutate sees may hold any bytes.
  void field(std::string_view name, std::string_view value) { json_.field(name, base::to_utf8(value)); }
  template <std::unsigned_integral Value>
  void field(std::string_view name, Value value) {
    json_.field(name, value);
  }
  void time_or_null(std::string_view name, std::optional<std::chrono::system_clock::time_point> time) {
    if (time) {
      field(name, telemetry::rfc3339(*time));
    } else {
      json_.null(name);
    }
  }

  void write_policies(const Status& status) {
    field("hash", status.policies ? status.policies->hash : std::string());
    field("refused", status.policies_refused);
    static const std::vector<policy::Policy> kNone;
    list("inForce", status.policies ? status.policies->policies : kNone,
         [this](const policy::Policy& policy) {
           field("name", policy.name);
           field("mode", policy::to_string(policy.mode));
           json_.key("limits");
           object([&] {
             for (const policy::LimitRule& rule : policy::limit_rules()) {
               if (const auto allowed = policy.limit(rule.kind)) field(rule.name, *allowed);
             }
           });
           json_.key("labels");
           object([&] {
             for (const secret::Label& label : policy.labels) field(label.key, label.value);
           });
         });
  }

  void write_traffic(const std::vector<TrafficSlot>& slots) {
    field("slotSeconds", std::uint64_t{std::chrono::seconds(TrafficHistory::kLength).count()});
    list("slots", slots, [this](const TrafficSlot& slot) {
      field("start", telemetry::rfc3339(slot.start));
      field("answered", slot.all());
      for (const Decision decision :
           {Decision::denied, Decision::warned, Decision::labelled, Decision::malformed}) {
        field(to_string(decision), slot.of(decision));
      }
    });
  }

  void write(const RecentRejection& rejection) {
    field("time", telemetry::rfc3339(rejection.last));
    field("firstTime", telemetry::rfc3339(rejection.first));
    field("times", rejection.times);
    field("operation", policy::to_string(rejection.operation));
    field("namespace", rejection.namespace_name);
    field("name", rejection.name);
    field("policy", rejection.policy);
    field("limit", policy::limit_rule(rejection.limit).name);
    if (rejection.counted) {
      field("measured", rejection.measured);
    } else {
      json_.null("measured");
    }
    field("allowed", rejection.allowed);
    field("dryRun", rejection.dry_run);
  }

  void write_usage(const Status& status) {
    field("counting", status.counting);
    field("synced", status.synced);
    static const Usage kNone;
    const Usage& usage = status.usage ? *status.usage : kNone;
    field("secrets", std::uint64_t{usage.secrets});
    field("entries", std::uint64_t{usage.entries});
    list("scopes", usage.fullest, [this](const ScopeUsage& scope) {
      field("policy", scope.policy);
      field("limit", scope.limit);
      field("scope", scope.scope);
      field("used", scope.used);
      field("reserved", scope.reserved);
      field("allowed", scope.allowed);
    });
  }

  Writer writer_;
  json::Fields<Writer> json_{writer_};
};

}  // namespace

bool Status::ready() const {
  return std::ranges::all_of(checks, &Probes::Check::holds);
}

std::string to_json(const Status& status) {
  rapidjson::StringBuffer buffer;
  Json(buffer).write(status);
  return std::string(buffer.GetString(), buffer.GetSize()) + '\n';
}

}  // namespace hygiene::runtime
