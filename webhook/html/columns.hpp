// A chart of columns over time, as SVG that fits any width. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "html/markup.hpp"
#include "html/parts.hpp"

namespace hygiene::html {

struct ColumnOf {
  std::uint64_t value = 0;
  std::string when;  // in the words that are shown when it is pointed at
};

struct Columns {
  std::string_view label;  // what it shows, in a sentence: for who cannot see it
  std::size_t places = 0;  // the width; the columns stand at its right end
  std::vector<ColumnOf> columns;
  Look look = Look::plain;
};

// The highest column has the full height; one that is not 0 can be seen. All of them 0: only the ground line.
void write_columns(Markup& html, const Columns& chart);

}  // namespace hygiene::html
