#include <concepts>
#include <string_view>
#include <vector>

#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/prettywriter.h>

#include "base/utf8.hpp"
#include "commands/audit/audit_report.hpp"
#include "json/fields.hpp"
#include "policy/limits/limit.hpp"
#include "telemetry/line.hpp"

namespace hygiene::commands {
namespace {

using namespace housekeeping;

using Writer = rapidjson::PrettyWriter<rapidjson::OStreamWrapper>;

class Json {
 public:
  explicit Json(std::ostream& out) : stream_(out), writer_(stream_) { writer_.SetIndent(' ', 1); }

  void write(const Survey& survey) {
    writer_.StartObject();
    field("apiVersion", "secret-hygiene.io/v1alpha1");
    field("kind", "AuditReport");
    write_origin(survey);
    json_.key("total");
    write(survey.total);
    field("deleting", survey.deleting);
    field("violations", survey.violations());
    write("namespaces", survey.namespaces);
    write("types", survey.types);
    write(survey.releases);
    array("largest", survey.largest);
    array("policies", survey.policies);
    write(survey.labels);
    array("selectors", survey.selectors);
    json_.key("findings");
    writer_.StartArray();
    for (const NamespaceFindings& each : survey.findings) write(survey, each);
    writer_.EndArray();
    writer_.EndObject();
  }

 private:
  // Names in a cluster are UTF-8; a kubeconfig's path may be anything.
  void field(std::string_view name, std::string_view value) { json_.field(name, base::to_utf8(value)); }
  template <std::unsigned_integral Value>
  void field(std::string_view name, Value value) {
    json_.field(name, value);
  }
  template <class T>
  void array(std::string_view name, const std::vector<T>& all) {
    json_.key(name);
    writer_.StartArray();
    for (const T& each : all) write(each);
    writer_.EndArray();
  }

  void write_origin(const Survey& survey) {
    field("taken", telemetry::rfc3339(survey.taken));
    field("origin", survey.origin);
    field("namespace", survey.namespace_name);
    field("selector", survey.label_selector);
    field("interrupted", survey.interrupted);
    field("consistent", survey.consistent);
    json_.key("reading");
    writer_.StartObject();
    field("form", survey.reading == Reading::whole ? "whole" : "metadata");
    field("annotated", survey.annotated);
    field("oneByOne", survey.one_by_one);
    field("unknown", survey.unsized);
    writer_.EndObject();
  }

  void tally_fields(const Tally& tally) {
    field("secrets", tally.secrets);
    field("bytes", tally.bytes);
    field("objectBytes", tally.object_bytes);
  }
  void write(const Tally& tally) {
    writer_.StartObject();
    tally_fields(tally);
    writer_.EndObject();
  }

  void write(std::string_view name, const Groups& groups) {
    json_.key(name);
    writer_.StartObject();
    array("largest", groups.largest);
    field("others", groups.others);
    json_.key("othersTotal");
    write(groups.others_tally);
    writer_.EndObject();
  }
  void write(const Group& group) {
    writer_.StartObject();
    field("name", group.name);
    tally_fields(group.tally);
    writer_.EndObject();
  }

  void write(const Releases& releases) {
    json_.key("releases");
    writer_.StartObject();
    field("count", releases.count);
    json_.key("total");
    write(releases.tally);
    json_.key("foreign");
    write(releases.foreign);
    array("most", releases.most);
    writer_.EndObject();
  }
  void write(const Release& release) {
    writer_.StartObject();
    field("namespace", release.namespace_name);
    field("name", release.name);
    field("revisions", release.tally.secrets);
    field("bytes", release.tally.bytes);
    field("objectBytes", release.tally.object_bytes);
    writer_.EndObject();
  }

  void write(const LargeSecret& each) {
    writer_.StartObject();
    field("namespace", each.namespace_name);
    field("name", each.name);
    field("type", each.type);
    field("bytes", each.bytes);
    field("objectBytes", each.object_bytes);
    writer_.EndObject();
  }

  void write(const PolicyUse& policy) {
    writer_.StartObject();
    field("name", policy.name);
    field("mode", to_string(policy.mode));
    json_.key("matched");
    write(policy.matched);
    json_.key("breaking");
    write(policy.breaking);
    array("limits", policy.limits);
    writer_.EndObject();
  }
  void write(const LimitUse& limit) {
    writer_.StartObject();
    field("limit", policy::limit_rule(limit.limit).name);
    field("allowed", limit.allowed);
    field("judged", limit.judged);
    field("broken", limit.broken);
    field("partial", limit.partial);
    array("highest", limit.highest);
    writer_.EndObject();
  }
  void write(const Use& use) {
    writer_.StartObject();
    field("namespace", use.namespace_name);
    field("name", use.name);
    field("measured", use.measured);
    writer_.EndObject();
  }

  void write(const LabelWork& labels) {
    json_.key("labels");
    writer_.StartObject();
    field("toChange", labels.to_change);
    field("stale", labels.stale);
    field("noRoom", labels.no_room);
    array("missing", labels.missing);
    writer_.EndObject();
  }
  void write(const MissingLabel& label) {
    writer_.StartObject();
    field("policy", label.policy);
    field("key", label.key);
    field("value", label.value);
    field("onlyReported", label.only_reported);
    field("secrets", label.secrets);
    writer_.EndObject();
  }

  void write(const SelectorGain& gain) {
    writer_.StartObject();
    field("controllers", gain.selector.controllers);
    field("labelSelector", gain.selector.label_selector);
    field("fieldSelector", gain.selector.field_selector);
    field("filteredAt", gain.selector.at == FilteredAt::cache ? "cache" : "apiServer");
    field("metadataOfOthers", gain.selector.metadata_of_others);
    json_.key("kept");
    write(gain.kept);
    json_.key("keptOnceLabelled");
    write(gain.kept_labelled);
    writer_.EndObject();
  }

  void write(const Survey& survey, const NamespaceFindings& findings) {
    writer_.StartObject();
    field("namespace", findings.namespace_name);
    field("passed", findings.passed);
    field("leftOut", findings.left_out);
    json_.key("findings");
    writer_.StartArray();
    for (const Finding& each : findings.findings) {
      writer_.StartObject();
      field("policy", survey.policies[each.policy].name);
      field("limit", policy::limit_rule(each.limit).name);
      field("name", each.name);
      field("measured", each.measured);
      field("message", describe(survey, each));
      writer_.EndObject();
    }
    writer_.EndArray();
    writer_.EndObject();
  }

  rapidjson::OStreamWrapper stream_;
  Writer writer_;
  json::Fields<Writer> json_{writer_};
};

}  // namespace

void write_audit_json(const Survey& survey, std::ostream& out) {
  Json(out).write(survey);
  out << '\n';
}

}  // namespace hygiene::commands
