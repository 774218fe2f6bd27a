#include "commands/terminal/text_table.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "policy/displayed_text.hpp"

namespace hygiene::commands {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kGap = 2;
constexpr std::size_t kNoteIndent = 4;

// Columns that `text` takes: bytes that begin a UTF-8 character.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Breaks at spaces; a word that is too long stands alone.
void print_wrapped(std::ostream& out, std::string_view text) {
  const std::size_t room = kWidth - kNoteIndent;
  while (!text.empty()) {
    std::size_t end = text.size();
    if (columns_of(text) > room) {
      end = text.rfind(' ', room);
      if (end == std::string_view::npos || end == 0) end = std::min(text.find(' ', 1), text.size());
    }
    out << std::string(kNoteIndent, ' ') << text.substr(0, end) << '\n';
    text.remove_prefix(std::min(text.find_first_not_of(' ', end), text.size()));
  }
}

}  // namespace

void TextTable::add(TableRow row) {
  if (rows_.size() == kRowsMax) {
    ++left_out_;
    return;
  }
  for (std::string& cell : row.cells) {
    if (cell.empty()) cell.push_back('-');
  }
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> TextTable::widths() const {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns_[i].title.size();
    for (const TableRow& row : rows_) {
      const std::size_t cell = columns_of(row.cells[i]);
      if (cell <= columns_[i].widest) width = std::max(width, cell);
    }
    all.push_back(width);
  }
  return all;
}

void TextTable::print(std::ostream& out, bool colour) const {
  if (rows_.empty()) return;
  const std::vector<std::size_t> all = widths();
  TableRow header;
  for (const TableColumn& column : columns_) header.cells.emplace_back(column.title);
  if (!notes_title_.empty()) header.notes.emplace_back(notes_title_);
  print_row(out, header, all, false);
  for (const TableRow& row : rows_) print_row(out, row, all, colour);
  if (left_out_ > 0) out << "+" << left_out_ << " more, which -o json lists\n";
}

void TextTable::print(std::ostream& out, bool colour, std::string_view summary) const {
  print(out, colour);
  if (!empty()) out << '\n';
  out << summary << '\n';
}

void TextTable::print_rows(std::ostream& out) const {
  const std::vector<std::size_t> all = widths();
  for (const TableRow& row : rows_) print_row(out, {row.cells, {}}, all, false);
}

void TextTable::print_row(std::ostream& out, const TableRow& row, const std::vector<std::size_t>& widths,
                          bool colour) const {
  std::string line;
  std::size_t used = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string& cell = row.cells[i];
    const std::size_t length = columns_of(cell);
    const std::size_t width = std::max(length, widths[i]);
    const bool painted = colour && i == painted_ && !row.colour.empty();
    if (columns_[i].number) line.append(width - length, ' ');
    if (painted) line += row.colour;
    line += cell;
    if (painted) line += "\x1B[0m";
    if (!columns_[i].number) line.append(width - length, ' ');
    line.append(kGap, ' ');
    used += width + kGap;
  }
  auto note = row.notes.begin();
  if (note != row.notes.end() && used + columns_of(*note) <= kWidth) line += *note++;
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
  for (; note != row.notes.end(); ++note) print_wrapped(out, *note);
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count).append(" ").append(count == 1 ? one : many);
}

std::string printable(std::string_view text) {
  if (base::is_utf8(text)) return policy::without_controls(text, '?');
  std::string ascii(text);
  std::ranges::replace_if(
      ascii, [](char c) { return base::is_control(c) || c < 0; }, '?');
  return ascii;
}

}  // namespace hygiene::commands
