#include "commands/audit/audit_comparison.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace hygiene::commands {
namespace {

using housekeeping::Change;
using housekeeping::Changes;
using housekeeping::Comparison;

struct Part {
  std::string_view field;  // in JSON
  std::string_view words;
  Changes Comparison::*changes;
  std::string_view colour;
};
constexpr std::array kParts{
    Part{"newlyDenied", "newly denied", &Comparison::newly_denied, "\x1B[31m"},
    Part{"noLongerDenied", "no longer denied", &Comparison::no_longer_denied, "\x1B[32m"},
    Part{"newlyLabelled", "newly labelled", &Comparison::newly_labelled, ""},
    Part{"noLongerLabelled", "no longer labelled", &Comparison::no_longer_labelled, ""},
};
// Of each part; -o json has more.
constexpr std::size_t kRows = 50;

}  // namespace

void write_audit_comparison(const housekeeping::Survey& survey, const TableStyle& style, std::ostream& out) {
  TextTable table({{"CHANGE", 18}, {"NAMESPACE", 24}, {"NAME", 40}}, "WHY", 0);
  std::string summary = counted(survey.total.secrets, "Secret", "Secrets") + ":";
  for (const Part& part : kParts) {
    const Changes& changes = (*survey.comparison).*part.changes;
    summary.append(&part == kParts.data() ? " " : ", ")
        .append(std::to_string(changes.count))
        .append(" ")
        .append(part.words);
    for (std::size_t i = 0; i < std::min(changes.first.size(), kRows); ++i) {
      const Change& change = changes.first[i];
      table.add({{std::string(part.words), printable(change.namespace_name), printable(change.name)},
                 {printable(change.why)},
                 part.colour});
    }
    if (changes.count > kRows)
      table.add({{std::string(part.words), "", "+" + std::to_string(changes.count - kRows) + " more"}, {}});
  }
  if (survey.interrupted) summary += "\nINTERRUPTED: all figures cover only the Secrets that were read";
  if (!style.headers) return table.print_rows(out);
  table.print(out, style.colour, summary);
}

void write_audit_comparison(const housekeeping::Survey& survey, json::Writer& json) {
  json.object("comparison", [&] {
    for (const Part& part : kParts) {
      const Changes& changes = (*survey.comparison).*part.changes;
      json.object(part.field, [&] {
        json.field("count", changes.count);
        json.objects("first", changes.first, [&json](const Change& change) {
          json.field("namespace", change.namespace_name);
          json.field("name", change.name);
          json.field("why", change.why);
        });
      });
    }
  });
}

}  // namespace hygiene::commands
