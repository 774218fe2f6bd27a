// What the sections of a page are made of: figures, bars, tables, numbers as people read them. Thread-safety:
// pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "html/markup.hpp"

namespace hygiene::html {

enum class Look { plain, near, over };

// "bar", "near" or "over": as style.css knows it.
std::string_view class_of(Look look);

// `over` where more is used than is allowed, `near` from nine tenths of it.
Look look_of(std::uint64_t used, std::uint64_t allowed);

// `part` of `whole`; 0 where there is no whole.
double share_of(std::uint64_t part, std::uint64_t whole);

// A number in large type at the top of a page.
struct Figure {
  std::string_view name;
  std::string value;
  std::string note;
  Look look = Look::plain;
};
void write_figures(Markup& html, const std::vector<Figure>& figures);

struct Bar {
  std::string label;  // any bytes
  std::string value;  // as it is shown
  double share = 0;   // of the full width; above 1 is drawn as 1
  Look look = Look::plain;
};

// A list of bars, each an SVG beneath its label and value. Its widths are percentages, so that it fits any
// screen. Nothing where there are no bars.
void write_bars(Markup& html, const std::vector<Bar>& bars);

struct Column {
  std::string_view title;
  enum class Kind { name, number, word } kind = Kind::name;  // word: short, never broken
};
struct Cell {
  Cell(std::string cell_text, Look cell_look = Look::plain) : text(std::move(cell_text)), look(cell_look) {}
  std::string text;  // any bytes
  Look look = Look::plain;
};
using Row = std::vector<Cell>;

// On a narrow screen each row is a paragraph in which the titles stand before the cells. `others`: a closing
// row for what is left out; empty: there is none. Where there are no rows, `nothing` stands instead.
void write_table(Markup& html, const std::vector<Column>& columns, const std::vector<Row>& rows,
                 const Row& others, std::string_view nothing);

// 1,234,567.
std::string grouped(std::uint64_t number);
// "1 Secret", "1,234 Secrets".
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);
// The closing row of a table that leaves out this many; empty where it leaves out none.
Row row_of_others(std::uint64_t left_out);
// Tenths of a percent: "98.7 %".
std::string percent(double share);

}  // namespace hygiene::html
