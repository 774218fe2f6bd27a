#include "commands/audit/audit_json.hpp"

#include "commands/audit/audit_comparison.hpp"
#include "json/writer.hpp"
#include "policy/exception.hpp"
#include "policy/limits/limit.hpp"
#include "telemetry/log_line.hpp"

namespace hygiene::commands {
namespace {

using namespace housekeeping;
using json::Writer;

void tally_fields(Writer& json, const Tally& tally) {
  json.field("secrets", tally.secrets);
  json.field("bytes", tally.bytes);
  json.field("objectBytes", tally.object_bytes);
}

void write(Writer& json, std::string_view name, const Tally& tally) {
  json.object(name, [&] { tally_fields(json, tally); });
}

void write_origin(Writer& json, const Survey& survey) {
  json.field("taken", telemetry::rfc3339(survey.taken));
  json.field("origin", survey.origin);
  json.field("namespace", survey.namespace_name);
  json.field("selector", survey.label_selector);
  json.field("fieldSelector", survey.field_selector);
  json.field("interrupted", survey.interrupted);
  json.field("consistent", survey.consistent);
  json.object("reading", [&] {
    json.field("form", survey.reading == Reading::whole ? "whole" : "metadata");
    json.field("annotated", survey.annotated);
    json.field("oneByOne", survey.one_by_one);
    json.field("unknown", survey.unsized);
  });
}

void write(Writer& json, std::string_view name, const Groups& groups) {
  json.object(name, [&] {
    json.objects("largest", groups.largest, [&](const Group& group) {
      json.field("name", group.name);
      tally_fields(json, group.tally);
    });
    json.field("others", groups.others);
    write(json, "othersTotal", groups.others_tally);
  });
}

void write(Writer& json, const Releases& releases) {
  json.object("releases", [&] {
    json.field("count", releases.count);
    write(json, "total", releases.tally);
    write(json, "foreign", releases.foreign);
    json.objects("most", releases.most, [&](const Release& release) {
      json.field("namespace", release.namespace_name);
      json.field("name", release.name);
      json.field("revisions", release.tally.secrets);
      json.field("bytes", release.tally.bytes);
      json.field("objectBytes", release.tally.object_bytes);
    });
  });
}

void write(Writer& json, const std::vector<LargeSecret>& largest) {
  json.objects("largest", largest, [&](const LargeSecret& secret) {
    json.field("namespace", secret.namespace_name);
    json.field("name", secret.name);
    json.field("type", secret.type);
    json.field("bytes", secret.bytes);
    json.field("objectBytes", secret.object_bytes);
  });
}

void write_policies(Writer& json, const Survey& survey) {
  json.objects("policies", survey.policies, [&](const PolicyUse& policy) {
    json.field("name", policy.name);
    json.field("mode", to_string(policy.mode));
    json.field("applies", policy.applies);
    write(json, "matched", policy.matched);
    write(json, "breaking", policy.breaking);
    policy::write_exceptions(json, policy.exceptions, std::chrono::floor<std::chrono::seconds>(survey.taken));
    json.objects("limits", policy.limits, [&](const LimitUse& limit) {
      json.field("limit", policy::limit_rule(limit.limit).name);
      json.field("allowed", limit.allowed);
      json.field("judged", limit.judged);
      json.field("broken", limit.broken);
      json.field("partial", limit.partial);
      json.objects("highest", limit.highest, [&](const Use& use) {
        json.field("namespace", use.namespace_name);
        json.field("name", use.name);
        json.field("measured", use.measured);
      });
    });
  });
}

void write(Writer& json, const LabelWork& labels) {
  json.object("labels", [&] {
    json.field("toChange", labels.to_change);
    json.field("stale", labels.stale);
    json.field("noRoom", labels.no_room);
    json.field("unmanaged", labels.unmanaged);
    json.objects("missing", labels.missing, [&](const MissingLabel& label) {
      json.field("policy", label.policy);
      json.field("key", label.key);
      json.field("value", label.value);
      json.field("onlyReported", label.only_reported);
      json.field("secrets", label.secrets);
    });
  });
}

void write(Writer& json, const std::vector<SelectorGain>& selectors) {
  json.objects("selectors", selectors, [&](const SelectorGain& gain) {
    json.field("controllers", gain.selector.controllers);
    json.field("labelSelector", gain.selector.label_selector);
    json.field("fieldSelector", gain.selector.field_selector);
    json.field("filteredAt", gain.selector.at == FilteredAt::cache ? "cache" : "apiServer");
    json.field("metadataOfOthers", gain.selector.metadata_of_others);
    write(json, "kept", gain.kept);
    write(json, "keptOnceLabelled", gain.kept_labelled);
  });
}

void write_findings(Writer& json, const Survey& survey) {
  json.objects("findings", survey.findings, [&](const NamespaceFindings& findings) {
    json.field("namespace", findings.namespace_name);
    json.field("passed", findings.passed);
    json.field("leftOut", findings.left_out);
    json.objects("findings", findings.findings, [&](const Finding& finding) {
      json.field("policy", survey.policies[finding.policy].name);
      json.field("limit", policy::limit_rule(finding.limit).name);
      json.field("name", finding.name);
      json.field("measured", finding.measured);
      json.field("message", describe(survey, finding));
    });
  });
}

}  // namespace

void write_audit_json(const Survey& survey, std::ostream& out) {
  Writer json(1);
  json.object([&] {
    json.type_meta("secret-hygiene.io/v1alpha1", "AuditReport");
    write_origin(json, survey);
    write(json, "total", survey.total);
    json.field("deleting", survey.deleting);
    json.field("violations", survey.violations());
    write(json, "namespaces", survey.namespaces);
    write(json, "types", survey.types);
    write(json, survey.releases);
    write(json, survey.largest);
    write_policies(json, survey);
    write(json, survey.labels);
    write(json, survey.selectors);
    write_findings(json, survey);
    if (survey.comparison) write_audit_comparison(survey, json);
  });
  out << json.view() << '\n';
}

}  // namespace hygiene::commands
