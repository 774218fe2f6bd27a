// A table for people: columns as wide as their cells, at most 100 characters in all where the cells allow,
// and notes of any length that wrap below their row. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace hygiene::commands {

struct TableColumn {
  std::string_view title;
  // One long cell must not push every other row beyond the screen: its own row is wider instead.
  std::size_t widest = 40;
  bool number = false;  // to the right
};

struct TableRow {
  std::vector<std::string> cells;  // one a column; an empty one is shown as -
  std::vector<std::string> notes;  // the first beside the row if it fits, the others below
  std::string_view colour = {};    // an escape sequence for the cell of the painted column
};

// How a report's tables are written.
struct TableStyle {
  bool wide = false;    // with more columns
  bool headers = true;  // else the rows alone
  bool colour = false;
};

class TextTable {
 public:
  // Further rows are only counted: print() needs all rows at once to find the widths.
  static constexpr std::size_t kRowsMax = 20'000;
  static constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);

  explicit TextTable(std::vector<TableColumn> columns, std::string_view notes_title = {},
                     std::size_t painted = kNoColumn)
      : columns_(std::move(columns)), notes_title_(notes_title), painted_(painted) {}

  void add(TableRow row);
  bool empty() const { return rows_.empty(); }
  // Nothing where there is no row.
  void print(std::ostream& out, bool colour) const;
  // The same, and the sentence that sums it up below.
  void print(std::ostream& out, bool colour, std::string_view summary) const;
  // The rows alone, for a program that reads them: without titles, notes, colour, and the count of others.
  void print_rows(std::ostream& out) const;

 private:
  std::vector<std::size_t> widths() const;
  void print_row(std::ostream& out, const TableRow& row, const std::vector<std::size_t>& widths,
                 bool colour) const;

  std::vector<TableColumn> columns_;
  std::string_view notes_title_;
  std::size_t painted_;
  std::vector<TableRow> rows_;
  std::uint64_t left_out_ = 0;
};

// "1 Secret", "1234 Secrets".
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

// `text` with a ? for what would move the cursor, colour the screen or is no UTF-8: names are whatever an
// input holds.
std::string printable(std::string_view text);

}  // namespace hygiene::commands
