// print_prune_json().
#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include "commands/prune_report.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::Left;

class Json {
 public:
  explicit Json(std::ostream& out) : stream_(out), out_(out), writer_(stream_) {}

  void write(const PruneOutcome& outcome) {
    writer_.StartObject();
    field("apiVersion", "secret-hygiene.io/v1alpha1");
    field("kind", "PruneReport");
    key("releases");
    writer_.StartArray();
    for (const PruneRow& row : outcome.rows) write(row);
    writer_.EndArray();
    key("foreign");
    writer_.StartArray();
    for (const housekeeping::ForeignSecret& secret : outcome.foreign) write(secret);
    writer_.EndArray();
    key("summary");
    write_summary(outcome);
    writer_.EndObject();
    out_ << '\n';
  }

 private:
  void key(std::string_view name) { writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
  void field(std::string_view name, std::string_view value) {
    key(name);
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void number(std::string_view name, std::uint64_t value) {
    key(name);
    writer_.Uint64(value);
  }
  void flag(std::string_view name, bool value) {
    key(name);
    writer_.Bool(value);
  }

  void write(const PruneRow& row) {
    out_ << '\n';
    writer_.StartObject();
    field("namespace", row.plan.release.namespace_name);
    field("release", row.plan.release.name);
    number("stored", row.plan.revisions);
    if (row.plan.left == Left::young) field("leftAlone", "young");
    if (row.plan.left == Left::age_unknown) field("leftAlone", "age-unknown");
    if (!row.why.empty()) field("why", row.why);
    key("revisions");
    writer_.StartArray();
    for (std::size_t i = 0; i < row.results.size(); ++i) write(row.plan.going[i], row.results[i]);
    writer_.EndArray();
    writer_.EndObject();
  }

  void write(const housekeeping::Revision& revision, RevisionResult result) {
    writer_.StartObject();
    number("revision", revision.number);
    field("secret", revision.secret_name);
    field("status", revision.status);
    if (revision.bytes) number("bytes", *revision.bytes);
    field("result", to_string(result));
    writer_.EndObject();
  }

  void write(const housekeeping::ForeignSecret& secret) {
    writer_.StartObject();
    field("namespace", secret.namespace_name);
    field("name", secret.name);
    field("why", secret.why);
    writer_.EndObject();
  }

  void write_summary(const PruneOutcome& outcome) {
    writer_.StartObject();
    flag("applied", outcome.applied);
    flag("interrupted", outcome.interrupted);
    number("releases", outcome.releases);
    number("revisions", outcome.revisions);
    for (const RevisionResult result : {RevisionResult::planned, RevisionResult::deleted,
                                        RevisionResult::gone, RevisionResult::left, RevisionResult::failed})
      number(to_string(result), outcome.count(result));
    number("bytesPlanned", outcome.bytes(RevisionResult::planned));
    number("bytesFreed", outcome.bytes(RevisionResult::deleted));
    writer_.EndObject();
  }

  rapidjson::OStreamWrapper stream_;
  std::ostream& out_;
  rapidjson::Writer<rapidjson::OStreamWrapper> writer_;
};

}  // namespace

void print_prune_json(const PruneOutcome& outcome, std::ostream& out) {
  Json(out).write(outcome);
}

}  // namespace hygiene::commands
