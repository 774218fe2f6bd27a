#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include "base/utf8.hpp"
#include "commands/check/check_report.hpp"
#include "commands/cli/label_change_json.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::commands {
namespace {

using Writer = rapidjson::Writer<rapidjson::OStreamWrapper>;

class JsonReport final : public CheckReport {
 public:
  explicit JsonReport(std::ostream& out) : stream_(out), out_(out), writer_(stream_) {
    writer_.StartObject();
    json_.field("apiVersion", "secret-hygiene.io/v1alpha1");
    json_.field("kind", "CheckReport");
    json_.key("results");
    writer_.StartArray();
  }

  void add(const Finding& finding, const Place& place) override {
    const secret::Facts& object = finding.object;
    out_ << '\n';
    writer_.StartObject();
    json_.field("file", base::is_utf8(place.file) ? place.file : "?");
    json_.field("line", place.line);
    json_.field("namespace", object.namespace_name);
    json_.field("name", object.name);
    if (object.name.empty() && !object.generate_name.empty())
      json_.field("generateName", object.generate_name);
    json_.field("type", object.type);
    json_.field("bytes", object.data_bytes);
    json_.field("verdict", to_string(finding.decision));
    json_.key("violations");
    writer_.StartArray();
    for (std::size_t i = 0; i < finding.violations.size(); ++i)
      write(finding.violations[i], finding.messages[i]);
    writer_.EndArray();
    write_label_changes(writer_, finding.labels.changes);
    writer_.EndObject();
  }

  void fault(const base::Error&, std::string_view) override {}

  void finish(const CheckSummary& summary) override {
    out_ << '\n';
    writer_.EndArray();
    json_.key("summary");
    writer_.StartObject();
    json_.field("secrets", summary.secrets);
    json_.field("allowed", summary.allowed);
    json_.field("denied", summary.denied);
    json_.field("warned", summary.warned);
    json_.field("audited", summary.audited);
    json_.field("spared", summary.spared);
    json_.field("labelled", summary.labelled);
    json_.field("otherReviews", summary.unexpected);
    json_.field("otherKinds", summary.skipped);
    json_.field("errors", summary.faults);
    writer_.EndObject();
    writer_.EndObject();
    out_ << '\n';
  }

 private:
  void write(const policy::Violation& violation, std::string_view message) {
    writer_.StartObject();
    json_.field("policy", violation.policy->name);
    json_.field("limit", policy::limit_rule(violation.limit).name);
    json_.field("mode", policy::to_string(violation.policy->mode));
    json_.field("measured", violation.measured);
    json_.field("allowed", violation.allowed);
    json_.field("outcome", to_string(violation.outcome));
    json_.field("message", message);
    writer_.EndObject();
  }

  rapidjson::OStreamWrapper stream_;
  std::ostream& out_;
  Writer writer_;
  json::Fields<Writer> json_{writer_};
};

}  // namespace

std::unique_ptr<CheckReport> make_json_report(std::ostream& out) {
  return std::make_unique<JsonReport>(out);
}

}  // namespace hygiene::commands
