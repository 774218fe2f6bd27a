#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include "base/utf8.hpp"
#include "commands/check_report.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::commands {
namespace {

class JsonReport final : public CheckReport {
 public:
  explicit JsonReport(std::ostream& out) : stream_(out), out_(out), writer_(stream_) {
    writer_.StartObject();
    field("apiVersion", "secret-hygiene.io/v1alpha1");
    field("kind", "CheckReport");
    key("results");
    writer_.StartArray();
  }

  void add(const Finding& finding, const Place& place) override {
    const secret::Facts& object = finding.object;
    out_ << '\n';
    writer_.StartObject();
    field("file", base::is_utf8(place.file) ? place.file : "?");
    field("line", place.line);
    field("namespace", object.namespace_name);
    field("name", object.name);
    if (object.name.empty() && !object.generate_name.empty()) field("generateName", object.generate_name);
    field("type", object.type);
    field("bytes", object.data_bytes);
    field("verdict", to_string(finding.decision));
    key("violations");
    writer_.StartArray();
    for (std::size_t i = 0; i < finding.violations.size(); ++i)
      write(finding.violations[i], finding.messages[i]);
    writer_.EndArray();
    key("labels");
    writer_.StartArray();
    for (const policy::LabelChange& change : finding.labels.changes) write(change);
    writer_.EndArray();
    writer_.EndObject();
  }

  void fault(const base::Error&, std::string_view) override {}

  void finish(const CheckSummary& summary) override {
    out_ << '\n';
    writer_.EndArray();
    key("summary");
    writer_.StartObject();
    field("secrets", summary.secrets);
    field("allowed", summary.allowed);
    field("denied", summary.denied);
    field("warned", summary.warned);
    field("audited", summary.audited);
    field("spared", summary.spared);
    field("labelled", summary.labelled);
    field("otherReviews", summary.unexpected);
    field("otherKinds", summary.skipped);
    field("errors", summary.faults);
    writer_.EndObject();
    writer_.EndObject();
    out_ << '\n';
  }

 private:
  void key(std::string_view name) { writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
  void field(std::string_view name, std::string_view value) {
    key(name);
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void field(std::string_view name, std::uint64_t value) {
    key(name);
    writer_.Uint64(value);
  }

  void write(const policy::Violation& violation, std::string_view message) {
    writer_.StartObject();
    field("policy", violation.policy->name);
    field("limit", policy::limit_rule(violation.limit).name);
    field("mode", policy::to_string(violation.policy->mode));
    field("measured", violation.measured);
    field("allowed", violation.allowed);
    field("outcome", to_string(violation.outcome));
    field("message", message);
    writer_.EndObject();
  }

  void write(const policy::LabelChange& change) {
    writer_.StartObject();
    field("action", to_string(change.action));
    field("key", change.key);
    if (change.action != policy::LabelAction::remove) field("value", change.value);
    if (change.policy != nullptr) field("policy", change.policy->name);
    writer_.EndObject();
  }

  rapidjson::OStreamWrapper stream_;
  std::ostream& out_;
  rapidjson::Writer<rapidjson::OStreamWrapper> writer_;
};

}  // namespace

std::unique_ptr<CheckReport> make_json_report(std::ostream& out) {
  return std::make_unique<JsonReport>(out);
}

}  // namespace hygiene::commands
