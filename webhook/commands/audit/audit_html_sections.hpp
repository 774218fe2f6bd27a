// The sections of the HTML report, each of one part of a survey. Lists show the first kRowsMax, and the sum
// of the others. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

#include "housekeeping/survey/survey.hpp"
#include "html/markup.hpp"

namespace hygiene::commands {

// A screen of bars, and as many rows as one reads.
inline constexpr std::size_t kBarsMax = 12;
inline constexpr std::size_t kRowsMax = 100;

std::string_view audit_page();  // the skeleton, audit_html/page.html

void write_origin(html::Markup& html, const housekeeping::Survey& survey);
void write_figures(html::Markup& html, const housekeeping::Survey& survey);
void write_savings(html::Markup& html, const housekeeping::Survey& survey);
void write_violations(html::Markup& html, const housekeeping::Survey& survey);
void write_usage(html::Markup& html, const housekeeping::Survey& survey);
void write_groups(html::Markup& html, const housekeeping::Groups& groups, std::string_view title);
void write_policies(html::Markup& html, const housekeeping::Survey& survey);
void write_releases(html::Markup& html, const housekeeping::Survey& survey);
void write_largest(html::Markup& html, const housekeeping::Survey& survey);
void write_labels(html::Markup& html, const housekeeping::Survey& survey);

}  // namespace hygiene::commands
