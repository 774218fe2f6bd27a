#include "commands/prune/prune_report.hpp"

#include <algorithm>
#include <utility>

#include "base/quantity.hpp"
#include "commands/terminal/text_table.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::Left;

constexpr std::size_t kResult = 3;
// Of Secrets that are not Helm's; -o json lists all.
constexpr std::size_t kForeignMax = 10;

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count).append(" ").append(count == 1 ? one : many);
}

std::string note_of(const PruneRow& row) {
  if (row.plan.left == Left::young) return "left alone: a revision is younger than --min-age";
  if (row.plan.left == Left::age_unknown) return "left alone: the age of a revision cannot be read";
  return row.why;
}

// "13 deleted, 1 failed", or how many would go.
std::string going_of(const PruneRow& row) {
  std::string text;
  for (const RevisionResult result : {RevisionResult::planned, RevisionResult::deleted, RevisionResult::gone,
                                      RevisionResult::left, RevisionResult::failed}) {
    const std::uint64_t count = row.count(result);
    if (count == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(count) + ' ' + std::string(to_string(result));
  }
  return text;
}

std::uint64_t bytes_of(const PruneOutcome& outcome) {
  return outcome.bytes(outcome.applied ? RevisionResult::deleted : RevisionResult::planned);
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
    text += ": " + std::to_string(outcome.count(RevisionResult::deleted)) + " deleted, " +
            base::format_bytes(bytes_of(outcome)) + " freed";
    add(outcome.count(RevisionResult::failed), "failed");
    add(outcome.count(RevisionResult::planned), "left for the next run");
  } else {
    text += ": " + std::to_string(outcome.count(RevisionResult::planned)) + " to delete, " +
            base::format_bytes(bytes_of(outcome));
  }
  add(outcome.count(RevisionResult::gone), "gone meanwhile");
  const std::uint64_t left = releases_left(outcome);
  if (left > 0) text += "; " + counted(left, "release", "releases") + " left alone";
  if (outcome.interrupted) text += "; interrupted";
  if (!outcome.applied && outcome.count(RevisionResult::planned) > 0)
    text += ". Nothing was deleted: --apply does it";
  return text;
}

}  // namespace

std::string_view to_string(RevisionResult result) {
  switch (result) {
    case RevisionResult::planned:
      return "planned";
    case RevisionResult::deleted:
      return "deleted";
    case RevisionResult::gone:
      return "gone";
    case RevisionResult::left:
      return "left";
    case RevisionResult::failed:
      return "failed";
  }
  return "unknown";
}

std::uint64_t PruneRow::count(RevisionResult result) const {
  return static_cast<std::uint64_t>(std::ranges::count(results, result));
}

std::uint64_t PruneRow::bytes(RevisionResult result) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i] == result) sum += plan.going[i].bytes.value_or(0);
  }
  return sum;
}

std::uint64_t PruneOutcome::count(RevisionResult result) const {
  std::uint64_t sum = 0;
  for (const PruneRow& row : rows) sum += row.count(result);
  return sum;
}

std::uint64_t PruneOutcome::bytes(RevisionResult result) const {
  std::uint64_t sum = 0;
  for (const PruneRow& row : rows) sum += row.bytes(result);
  return sum;
}

void print_prune_table(const PruneOutcome& outcome, bool colour, std::ostream& out) {
  TextTable table(
      {{"NAMESPACE", 24}, {"RELEASE", 36}, {"STORED", 7, true}, {"RESULT", 14}, {"BYTES", 9, true}}, "NOTE",
      kResult);
  for (const PruneRow& row : outcome.rows) {
    TableRow line;
    const std::uint64_t bytes =
        row.bytes(outcome.applied ? RevisionResult::deleted : RevisionResult::planned);
    line.cells = {printable(row.plan.release.namespace_name), printable(row.plan.release.name),
                  std::to_string(row.plan.revisions), going_of(row),
                  row.results.empty() ? std::string() : base::format_bytes(bytes)};
    const std::string note = note_of(row);
    if (!note.empty()) line.notes.push_back(printable(note));
    if (row.count(RevisionResult::failed) > 0) line.colour = "\x1B[31m";
    table.add(std::move(line));
  }
  table.print(out, colour);
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

}  // namespace hygiene::commands
