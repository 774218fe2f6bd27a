#include "commands/check/check_report.hpp"

namespace hygiene::commands {
namespace {

using admission::Decision;

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  std::string text = std::to_string(count);
  return text.append(" ").append(count == 1 ? one : many);
}

}  // namespace

void CheckSummary::count(const Finding& finding) {
  ++secrets;
  switch (finding.decision) {
    case Decision::denied:
      ++denied;
      break;
    case Decision::warned:
      ++warned;
      break;
    case Decision::audited:
      ++audited;
      break;
    case Decision::spared:
      ++spared;
      break;
    default:
      ++allowed;
  }
  if (finding.decision != Decision::denied && !finding.labels.empty()) ++labelled;
}

std::string to_string(const CheckSummary& summary) {
  std::string text =
      counted(summary.secrets, "Secret", "Secrets") + ": " + std::to_string(summary.allowed) + " allowed";
  const auto add = [&text](std::uint64_t count, const char* what) {
    if (count > 0) text.append(", ").append(std::to_string(count)).append(" ").append(what);
  };
  add(summary.audited, "audited");
  add(summary.spared, "spared");
  add(summary.warned, "warned");
  add(summary.denied, "denied");
  if (summary.labelled > 0) text += "; " + std::to_string(summary.labelled) + " labelled";
  if (summary.unexpected > 0) {
    text += "; " + counted(summary.unexpected, "review", "reviews") + " of other requests allowed";
  }
  if (summary.skipped > 0) {
    text += "; " + counted(summary.skipped, "object of another kind", "objects of other kinds") + " skipped";
  }
  if (summary.faults > 0) text += "; " + counted(summary.faults, "error", "errors");
  return text;
}

}  // namespace hygiene::commands
