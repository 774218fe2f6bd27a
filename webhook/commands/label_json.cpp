// make_label_json().
#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include "commands/label_report.hpp"
#include "secret/facts.hpp"

namespace hygiene::commands {
namespace {

using policy::AnnotationChange;

class Json final : public LabelReport {
 public:
  explicit Json(std::ostream& out) : stream_(out), out_(out), writer_(stream_) {
    writer_.StartObject();
    field("apiVersion", "secret-hygiene.io/v1alpha1");
    field("kind", "LabelReport");
    key("results");
    writer_.StartArray();
  }

  void add(const housekeeping::LabelStep& step, LabelResultKind kind, const std::string& why) override {
    out_ << '\n';
    writer_.StartObject();
    field("namespace", step.namespace_name);
    field("name", step.name);
    field("type", step.type);
    field("result", to_string(kind));
    if (!why.empty()) field("why", why);
    key("labels");
    writer_.StartArray();
    for (const policy::LabelChange& change : step.plan.changes) write(change);
    writer_.EndArray();
    key("annotations");
    writer_.StartObject();
    write(secret::kBytesAnnotation, step.plan.bytes);
    write(secret::kOwnedLabelsAnnotation, step.plan.owned_labels);
    writer_.EndObject();
    writer_.EndObject();
  }

  void finish(const LabelSummary& summary) override {
    out_ << '\n';
    writer_.EndArray();
    key("summary");
    writer_.StartObject();
    field("applied", summary.applied);
    field("interrupted", summary.interrupted);
    field("secrets", summary.secrets);
    field("right", summary.right);
    field("planned", summary.planned);
    field("changed", summary.changed);
    field("overtaken", summary.overtaken);
    field("gone", summary.gone);
    field("failed", summary.failed);
    field("noRoom", summary.no_room);
    field("audited", summary.audited);
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
  void field(std::string_view name, const std::string& value) { field(name, std::string_view(value)); }
  void field(std::string_view name, std::uint64_t value) {
    key(name);
    writer_.Uint64(value);
  }
  void field(std::string_view name, bool value) {
    key(name);
    writer_.Bool(value);
  }
  void field(std::string_view name, const char* value) { field(name, std::string_view(value)); }

  void write(const policy::LabelChange& change) {
    writer_.StartObject();
    field("action", to_string(change.action));
    field("key", change.key);
    if (change.action != policy::LabelAction::remove) field("value", change.value);
    if (change.policy != nullptr) field("policy", change.policy->name);
    writer_.EndObject();
  }

  // null: taken off.
  void write(std::string_view annotation, const AnnotationChange& change) {
    if (change.kind == AnnotationChange::Kind::set) field(annotation, change.value);
    if (change.kind == AnnotationChange::Kind::remove) {
      key(annotation);
      writer_.Null();
    }
  }

  rapidjson::OStreamWrapper stream_;
  std::ostream& out_;
  rapidjson::Writer<rapidjson::OStreamWrapper> writer_;
};

}  // namespace

std::unique_ptr<LabelReport> make_label_json(std::ostream& out) {
  return std::make_unique<Json>(out);
}

}  // namespace hygiene::commands
