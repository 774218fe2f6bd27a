#include "commands/controllers/savings_list.hpp"

#include <string>
#include <string_view>

#include "commands/controllers/report.hpp"
#include "commands/terminal/text_table.hpp"
#include "html/parts.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::Saving;

// As many as one does at once.
constexpr std::size_t kRowsMax = 20;

std::string text_of(const Saving& saving) {
  return saving.to_do + (saving.where.empty() ? "" : ", " + saving.where);
}

}  // namespace

void write_savings_table(const std::vector<Saving>& savings, std::string_view title, std::ostream& out) {
  TextTable table({{"SAVES", 16, true}}, "TO DO");
  for (std::size_t i = 0; i < savings.size() && i < kRowsMax; ++i)
    table.add({{amount_of(savings[i].saves)}, {printable(text_of(savings[i]))}});
  if (table.empty()) return;
  out << title << '\n';
  table.print(out, false);
  if (savings.size() > kRowsMax) out << "+" << savings.size() - kRowsMax << " more, which save less\n";
}

void write_savings_html(const std::vector<Saving>& savings, html::Markup& html) {
  std::vector<html::Row> rows;
  for (std::size_t i = 0; i < savings.size() && i < kRowsMax; ++i)
    rows.push_back({amount_of(savings[i].saves), text_of(savings[i]), savings[i].policy});
  html::write_table(html, {{"Saves", html::Column::Kind::number}, {"To do"}, {"First label with"}}, rows,
                    html::row_of_others(savings.size() - rows.size()),
                    "No setting of a controller saves memory.");
}

}  // namespace hygiene::commands
