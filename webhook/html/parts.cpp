#include "html/parts.hpp"

#include <algorithm>
#include <cmath>

#include "base/enum_names.hpp"

namespace hygiene::html {
namespace {

constexpr double kNear = 0.9;

std::string tenths(double share) {
  const auto value = std::lround(share * 1000);
  return std::to_string(value / 10) + "." + std::to_string(value % 10);
}

std::string_view class_of(Column::Kind kind) {
  return base::name_of<Column::Kind::word>(kind, {"name", "number", "word"});
}

std::string class_of(const Cell& cell, Column::Kind kind) {
  std::string name(class_of(kind));
  if (cell.look != Look::plain) name.append(" ").append(class_of(cell.look));
  return name;
}

void write_row(Markup& html, const std::vector<Column>& columns, const Row& row, std::string_view row_class) {
  html.element("tr", {{"class", row_class}}, [&] {
    for (std::size_t i = 0; i < row.size(); ++i) {
      html.element("td", {{"class", class_of(row[i], columns[i].kind)}, {"data-title", columns[i].title}},
                   row[i].text);
    }
  });
}

}  // namespace

std::string_view class_of(Look look) {
  return base::name_of<Look::over>(look, {"bar", "near", "over"});
}

Look look_of(std::uint64_t used, std::uint64_t allowed) {
  if (used > allowed) return Look::over;
  return static_cast<double>(used) >= kNear * static_cast<double>(allowed) ? Look::near : Look::plain;
}

double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void write_figures(Markup& html, const std::vector<Figure>& figures) {
  html.element("dl", {}, [&] {
    for (const Figure& figure : figures) {
      html.element("div", {}, [&] {
        html.element("dt", {}, figure.name);
        const std::string_view look = figure.look == Look::plain ? "value" : class_of(figure.look);
        html.element("dd", {{"class", look}}, [&] {
          html.text(figure.value);
          html.element("small", {}, figure.note);
        });
      });
    }
  });
}

void write_bars(Markup& html, const std::vector<Bar>& bars) {
  if (bars.empty()) return;
  html.element("ol", {{"class", "bars"}}, [&] {
    for (const Bar& bar : bars) {
      html.element("li", {}, [&] {
        html.element("span", {{"class", "label"}}, bar.label);
        html.element("span", {{"class", "value"}}, bar.value);
        html.element("svg", {{"width", "100%"}, {"height", "10"}, {"aria-hidden", "true"}}, [&] {
          const std::string width = tenths(std::clamp(bar.share, 0.0, 1.0)) + "%";
          html.single("rect", {{"class", "track"}, {"width", "100%"}, {"height", "10"}, {"rx", "3"}});
          html.single("rect",
                      {{"class", class_of(bar.look)}, {"width", width}, {"height", "10"}, {"rx", "3"}});
        });
      });
    }
  });
}

void write_table(Markup& html, const std::vector<Column>& columns, const std::vector<Row>& rows,
                 const Row& others, std::string_view nothing) {
  if (rows.empty()) return html.element("p", {{"class", "nothing"}}, nothing);
  html.element("div", {{"class", "scroll"}}, [&] {
    html.element("table", {}, [&] {
      html.element("thead", {}, [&] {
        html.element("tr", {}, [&] {
          for (const Column& column : columns) {
            html.element("th", {{"scope", "col"}, {"class", class_of(column.kind)}}, column.title);
          }
        });
      });
      html.element("tbody", {}, [&] {
        for (const Row& row : rows) write_row(html, columns, row, "row");
        if (!others.empty()) write_row(html, columns, others, "others");
      });
    });
  });
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return grouped(count).append(" ").append(count == 1 ? one : many);
}

Row row_of_others(std::uint64_t left_out) {
  return left_out == 0 ? Row() : Row{counted(left_out, "other", "others")};
}

std::string percent(double share) {
  return tenths(share) + " %";
}

}  // namespace hygiene::html
