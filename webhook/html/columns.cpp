#include "html/columns.hpp"

#include <algorithm>

namespace hygiene::html {
namespace {

// Units of the drawing: a place is 4 wide and a column 3.
constexpr std::size_t kPlace = 4;
constexpr const char* kWidth = "3";
constexpr std::uint64_t kHeight = 100;
constexpr std::uint64_t kHeightMin = 3;

std::uint64_t height_of(std::uint64_t value, std::uint64_t highest) {
  const double share = static_cast<double>(value) / static_cast<double>(highest);
  return std::max(kHeightMin, static_cast<std::uint64_t>(share * static_cast<double>(kHeight)));
}

}  // namespace

void write_columns(Markup& html, const Columns& chart) {
  std::uint64_t highest = 0;
  for (const ColumnOf& column : chart.columns) highest = std::max(highest, column.value);
  const std::size_t first = chart.places - std::min(chart.places, chart.columns.size());
  const std::string view = "0 0 " + std::to_string(chart.places * kPlace) + " " + std::to_string(kHeight);
  html.element("svg",
               {{"class", "columns"},
                {"viewBox", view},
                {"preserveAspectRatio", "none"},
                {"role", "img"},
                {"aria-label", chart.label}},
               [&] {
                 for (std::size_t i = 0; i < chart.columns.size(); ++i) {
                   const ColumnOf& column = chart.columns[i];
                   if (column.value == 0) continue;
                   const std::uint64_t height = height_of(column.value, highest);
                   html.element(
                       "rect",
                       {{"class", class_of(chart.look)},
                        {"x", std::to_string((first + i) * kPlace)},
                        {"y", std::to_string(kHeight - height)},
                        {"width", kWidth},
                        {"height", std::to_string(height)}},
                       [&] { html.element("title", {}, column.when + ": " + grouped(column.value)); });
                 }
               });
}

}  // namespace hygiene::html
