#include "commands/prune/prune_report.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/quantity.hpp"
#include "json/writer.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::Left;
using housekeeping::PruneRow;
using housekeeping::RevisionResult;

constexpr std::size_t kResult = 3;
constexpr std::array kResults{RevisionResult::planned, RevisionResult::deleted, RevisionResult::gone,
                              RevisionResult::left, RevisionResult::failed};
// Of Secrets that are not Helm's; -o json lists all.
constexpr std::size_t kForeignMax = 10;

std::string note_of(const PruneRow& row) {
  if (row.plan.left == Left::young) return "left alone: a revision is younger than --min-age";
  if (row.plan.left == Left::age_unknown) return "left alone: the age of a revision cannot be read";
  return row.why;
}

// "13 deleted, 1 failed", or how many would go.
std::string going_of(const PruneRow& row) {
  std::string text;
  for (const RevisionResult result : kResults) {
    const std::uint64_t count = row.count(result);
    if (count == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(count) + ' ' + std::string(to_string(result));
  }
  return text;
}

// "1-8, 10": the numbers of those that go.
std::string revisions_of(const PruneRow& row) {
  std::vector<std::uint64_t> numbers;
  for (const housekeeping::Revision& revision : row.plan.going) numbers.push_back(revision.number);
  std::ranges::sort(numbers);
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(numbers[i]);
    if (last > i) text += '-' + std::to_string(numbers[last]);
    i = last + 1;
  }
  return text;
}

RevisionResult wanted_of(const PruneOutcome& outcome) {
  return outcome.applied ? RevisionResult::deleted : RevisionResult::planned;
}

// "900 bytes", "900 bytes+" where some sizes are not known, or "-".
std::string bytes_of(const PruneRow& row, RevisionResult wanted) {
  const std::uint64_t unmeasured = row.unmeasured(wanted);
  if (row.results.empty()) return {};
  if (unmeasured > 0 && unmeasured == row.count(wanted)) return "-";
  return base::format_bytes(row.bytes(wanted)) + (unmeasured > 0 ? "+" : "");
}

// "900 bytes freed", or what is known of it.
std::string sum_of(const PruneOutcome& outcome) {
  const RevisionResult wanted = wanted_of(outcome);
  const std::uint64_t unmeasured = outcome.unmeasured(wanted);
  std::string sum = base::format_bytes(outcome.bytes(wanted)) + (outcome.applied ? " freed" : "");
  if (unmeasured == 0) return sum;
  std::string more = std::to_string(unmeasured) + " of unknown size (--sizes reads them)";
  return unmeasured == outcome.count(wanted) ? more : "at least " + sum + ", " + more;
}

std::uint64_t releases_left(const PruneOutcome& outcome) {
  std::uint64_t count = 0;
  for (const PruneRow& row : outcome.rows) {
    if (row.plan.left != Left::no || row.count(RevisionResult::left) > 0) ++count;
  }
  return count;
}

std::string summary_of(const PruneOutcome& outcome) {
  std::string text = counted(outcome.revisions, "revision", "revisions") + " of " +
                     counted(outcome.releases, "release", "releases");
  const auto add = [&text](std::uint64_t count, const char* what) {
    if (count > 0) text += std::string("; ") + std::to_string(count) + ' ' + what;
  };
  if (outcome.applied) {
    text += ": " + std::to_string(outcome.count(RevisionResult::deleted)) + " deleted, " + sum_of(outcome);
    add(outcome.count(RevisionResult::failed), "failed");
    add(outcome.count(RevisionResult::planned), "left for the next run");
  } else {
    text += ": " + std::to_string(outcome.count(RevisionResult::planned)) + " to delete, " + sum_of(outcome);
  }
  add(outcome.count(RevisionResult::gone), "gone meanwhile");
  const std::uint64_t left = releases_left(outcome);
  if (left > 0) text += "; " + counted(left, "release", "releases") + " left alone";
  if (outcome.interrupted) text += "; interrupted";
  if (!outcome.applied && outcome.count(RevisionResult::planned) > 0)
    text += ". Nothing was deleted: add --apply";
  return text;
}

void write_release(json::Writer& json, const PruneRow& row) {
  json.field("namespace", row.plan.release.namespace_name);
  json.field("release", row.plan.release.name);
  json.field("stored", row.plan.revisions);
  if (row.plan.left == Left::young) json.field("leftAlone", "young");
  if (row.plan.left == Left::age_unknown) json.field("leftAlone", "age-unknown");
  if (!row.why.empty()) json.field("why", row.why);
  json.array("revisions", [&] {
    for (std::size_t i = 0; i < row.results.size(); ++i) {
      const housekeeping::Revision& revision = row.plan.going[i];
      json.object([&] {
        json.field("revision", revision.number);
        json.field("secret", revision.secret_name);
        json.field("status", revision.status);
        if (revision.bytes) json.field("bytes", *revision.bytes);
        json.field("result", to_string(row.results[i]));
      });
    }
  });
}

}  // namespace

void print_prune_table(const PruneOutcome& outcome, const TableStyle& style, std::ostream& out) {
  std::vector<TableColumn> columns{
      {"NAMESPACE", 24}, {"RELEASE", 36}, {"STORED", 7, true}, {"RESULT", 14}, {"BYTES", 9, true}};
  if (style.wide) columns.push_back({"REVISIONS", 24});
  TextTable table(std::move(columns), "NOTE", kResult);
  for (const PruneRow& row : outcome.rows) {
    TableRow line;
    line.cells = {printable(row.plan.release.namespace_name), printable(row.plan.release.name),
                  std::to_string(row.plan.revisions), going_of(row), bytes_of(row, wanted_of(outcome))};
    if (style.wide) line.cells.push_back(revisions_of(row));
    const std::string note = note_of(row);
    if (!note.empty()) line.notes.push_back(printable(note));
    if (row.count(RevisionResult::failed) > 0) line.colour = "\x1B[31m";
    table.add(std::move(line));
  }
  if (!style.headers) return table.print_rows(out);
  table.print(out, style.colour);
  if (!table.empty()) out << '\n';
  std::size_t shown = 0;
  for (const housekeeping::ForeignSecret& secret : outcome.foreign) {
    if (++shown > kForeignMax) break;
    out << "not Helm's, left alone: " << printable(secret.namespace_name) << '/' << printable(secret.name)
        << ": " << secret.why << '\n';
  }
  if (outcome.foreign.size() > kForeignMax)
    out << "and " << outcome.foreign.size() - kForeignMax << " more, which -o json lists\n";
  out << summary_of(outcome) << '\n';
}

void print_prune_names(const PruneOutcome& outcome, std::ostream& out) {
  const RevisionResult wanted = wanted_of(outcome);
  for (const PruneRow& row : outcome.rows) {
    for (std::size_t i = 0; i < row.results.size(); ++i) {
      if (row.results[i] == wanted) out << "secret/" << printable(row.plan.going[i].secret_name) << '\n';
    }
  }
}

void print_prune_json(const PruneOutcome& outcome, std::ostream& out) {
  json::Writer json;
  json.object([&] {
    json.type_meta("secret-hygiene.io/v1alpha1", "PruneReport");
    json.array("releases", [&] {
      for (const PruneRow& row : outcome.rows) {
        json.break_line();
        json.object([&] { write_release(json, row); });
      }
    });
    json.objects("foreign", outcome.foreign, [&](const housekeeping::ForeignSecret& secret) {
      json.field("namespace", secret.namespace_name);
      json.field("name", secret.name);
      json.field("why", secret.why);
    });
    json.object("summary", [&] {
      json.field("applied", outcome.applied);
      json.field("interrupted", outcome.interrupted);
      json.field("releases", outcome.releases);
      json.field("revisions", outcome.revisions);
      for (const RevisionResult result : kResults) json.field(to_string(result), outcome.count(result));
      json.field("bytesPlanned", outcome.bytes(RevisionResult::planned));
      json.field("bytesFreed", outcome.bytes(RevisionResult::deleted));
    });
  });
  out << json.view() << '\n';
}

}  // namespace hygiene::commands
