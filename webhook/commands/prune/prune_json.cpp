// print_prune_json().
#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include "commands/prune/prune_report.hpp"
#include "json/fields.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::Left;

using Writer = rapidjson::Writer<rapidjson::OStreamWrapper>;

class Json {
 public:
  explicit Json(std::ostream& out) : stream_(out), out_(out), writer_(stream_) {}

  void write(const PruneOutcome& outcome) {
    writer_.StartObject();
    json_.field("apiVersion", "secret-hygiene.io/v1alpha1");
    json_.field("kind", "PruneReport");
    json_.key("releases");
    writer_.StartArray();
    for (const PruneRow& row : outcome.rows) write(row);
    writer_.EndArray();
    json_.key("foreign");
    writer_.StartArray();
    for (const housekeeping::ForeignSecret& secret : outcome.foreign) write(secret);
    writer_.EndArray();
    json_.key("summary");
    write_summary(outcome);
    writer_.EndObject();
    out_ << '\n';
  }

 private:
  void write(const PruneRow& row) {
    out_ << '\n';
    writer_.StartObject();
    json_.field("namespace", row.plan.release.namespace_name);
    json_.field("release", row.plan.release.name);
    json_.field("stored", row.plan.revisions);
    if (row.plan.left == Left::young) json_.field("leftAlone", "young");
    if (row.plan.left == Left::age_unknown) json_.field("leftAlone", "age-unknown");
    if (!row.why.empty()) json_.field("why", row.why);
    json_.key("revisions");
    writer_.StartArray();
    for (std::size_t i = 0; i < row.results.size(); ++i) write(row.plan.going[i], row.results[i]);
    writer_.EndArray();
    writer_.EndObject();
  }

  void write(const housekeeping::Revision& revision, RevisionResult result) {
    writer_.StartObject();
    json_.field("revision", revision.number);
    json_.field("secret", revision.secret_name);
    json_.field("status", revision.status);
    if (revision.bytes) json_.field("bytes", *revision.bytes);
    json_.field("result", to_string(result));
    writer_.EndObject();
  }

  void write(const housekeeping::ForeignSecret& secret) {
    writer_.StartObject();
    json_.field("namespace", secret.namespace_name);
    json_.field("name", secret.name);
    json_.field("why", secret.why);
    writer_.EndObject();
  }

  void write_summary(const PruneOutcome& outcome) {
    writer_.StartObject();
    json_.field("applied", outcome.applied);
    json_.field("interrupted", outcome.interrupted);
    json_.field("releases", outcome.releases);
    json_.field("revisions", outcome.revisions);
    for (const RevisionResult result : {RevisionResult::planned, RevisionResult::deleted,
                                        RevisionResult::gone, RevisionResult::left, RevisionResult::failed})
      json_.field(to_string(result), outcome.count(result));
    json_.field("bytesPlanned", outcome.bytes(RevisionResult::planned));
    json_.field("bytesFreed", outcome.bytes(RevisionResult::deleted));
    writer_.EndObject();
  }

  rapidjson::OStreamWrapper stream_;
  std::ostream& out_;
  Writer writer_;
  json::Fields<Writer> json_{writer_};
};

}  // namespace

void print_prune_json(const PruneOutcome& outcome, std::ostream& out) {
  Json(out).write(outcome);
}

}  // namespace hygiene::commands
