#include "commands/controllers/controllers_html.hpp"

#include "html/parts.hpp"

namespace hygiene::commands {
namespace {

using html::Row;

constexpr std::size_t kRowsMax = 30;
constexpr auto kNumber = html::Column::Kind::number;

std::string joined(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) text += (text.empty() ? "" : "; ") + note;
  return text;
}

void write_known(html::Markup& html, const ControllersReport& report) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < report.advice.size() && i < kRowsMax; ++i) {
    const housekeeping::ControllerFound& found = report.found.controllers[i];
    const housekeeping::Advice& advice = report.advice[i];
    rows.push_back({found.known->name, found.namespace_name, workload_of(found.kind, found.name),
                    selector_of(found.state), amount_of(advice.holds), amount_of(advice.saves),
                    joined(advice.notes)});
  }
  html::write_table(html,
                    {{"Controller"},
                     {"Namespace"},
                     {"Workload"},
                     {"Selector"},
                     {"Holds", kNumber},
                     {"Would save", kNumber},
                     {"What to do"}},
                    rows, html::row_of_others(report.advice.size() - rows.size()),
                    "No known controller was found.");
}

void write_others(html::Markup& html, const ControllersReport& report) {
  if (report.found.may_cache.empty()) return;
  std::vector<Row> rows;
  for (const housekeeping::MayCache& each : report.found.may_cache) {
    if (rows.size() == kRowsMax) break;
    rows.push_back({each.namespace_name, workload_of(each.kind, each.name), cache_of(each), reason_of(each)});
  }
  html.element("h3", {}, "Others that may cache Secrets");
  html::write_table(html, {{"Namespace"}, {"Workload"}, {"It"}, {"Why"}}, rows,
                    html::row_of_others(report.found.may_cache.size() - rows.size()), "");
}

}  // namespace

void write_controllers_html(html::Markup& html, const ControllersReport& report) {
  write_known(html, report);
  write_others(html, report);
  for (const std::string& sentence : report.found.not_looked_at)
    html.element("p", {{"class", "warning"}}, "Not checked: " + sentence);
}

}  // namespace hygiene::commands
