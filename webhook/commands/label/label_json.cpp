// make_label_json().
#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include "commands/cli/label_change_json.hpp"
#include "commands/label/label_report.hpp"
#include "secret/facts.hpp"

namespace hygiene::commands {
namespace {

using policy::AnnotationChange;

using Writer = rapidjson::Writer<rapidjson::OStreamWrapper>;

class Json final : public LabelReport {
 public:
  explicit Json(std::ostream& out) : stream_(out), out_(out), writer_(stream_) {
    writer_.StartObject();
    json_.field("apiVersion", "secret-hygiene.io/v1alpha1");
    json_.field("kind", "LabelReport");
    json_.key("results");
    writer_.StartArray();
  }

  void add(const housekeeping::LabelStep& step, LabelResultKind kind, const std::string& why) override {
    out_ << '\n';
    writer_.StartObject();
    json_.field("namespace", step.namespace_name);
    json_.field("name", step.name);
    json_.field("type", step.type);
    json_.field("result", to_string(kind));
    if (!why.empty()) json_.field("why", why);
    write_label_changes(writer_, step.plan.changes);
    json_.key("annotations");
    writer_.StartObject();
    write(secret::kBytesAnnotation, step.plan.bytes);
    write(secret::kOwnedLabelsAnnotation, step.plan.owned_labels);
    writer_.EndObject();
    writer_.EndObject();
  }

  void finish(const LabelSummary& summary) override {
    out_ << '\n';
    writer_.EndArray();
    json_.key("summary");
    writer_.StartObject();
    json_.field("applied", summary.applied);
    json_.field("interrupted", summary.interrupted);
    json_.field("secrets", summary.secrets);
    json_.field("right", summary.right);
    json_.field("planned", summary.planned);
    json_.field("changed", summary.changed);
    json_.field("overtaken", summary.overtaken);
    json_.field("gone", summary.gone);
    json_.field("failed", summary.failed);
    json_.field("noRoom", summary.no_room);
    json_.field("audited", summary.audited);
    writer_.EndObject();
    writer_.EndObject();
    out_ << '\n';
  }

 private:
  // null: taken off.
  void write(std::string_view annotation, const AnnotationChange& change) {
    if (change.kind == AnnotationChange::Kind::set) json_.field(annotation, change.value);
    if (change.kind == AnnotationChange::Kind::remove) json_.null(annotation);
  }

  rapidjson::OStreamWrapper stream_;
  std::ostream& out_;
  Writer writer_;
  json::Fields<Writer> json_{writer_};
};

}  // namespace

std::unique_ptr<LabelReport> make_label_json(std::ostream& out) {
  return std::make_unique<Json>(out);
}

}  // namespace hygiene::commands
