// The sections of the HTML report, each of one part of a survey. Lists show the first kRowsMax, and the sum
// of the others. Thread-safety: pure functions.
#pragma once

#include <cstddef>

#include "base/markup.hpp"
#include "housekeeping/survey.hpp"

namespace hygiene::commands {

// A screen of bars, and as many rows as one reads.
inline constexpr std::size_t kBarsMax = 12;
inline constexpr std::size_t kRowsMax = 100;

void write_origin(base::Markup& html, const housekeeping::Survey& survey);
void write_figures(base::Markup& html, const housekeeping::Survey& survey);
void write_savings(base::Markup& html, const housekeeping::Survey& survey);
void write_violations(base::Markup& html, const housekeeping::Survey& survey);
void write_usage(base::Markup& html, const housekeeping::Survey& survey);
void write_groups(base::Markup& html, const housekeeping::Groups& groups, std::string_view title);
void write_policies(base::Markup& html, const housekeeping::Survey& survey);
void write_releases(base::Markup& html, const housekeeping::Survey& survey);
void write_largest(base::Markup& html, const housekeeping::Survey& survey);
void write_labels(base::Markup& html, const housekeeping::Survey& survey);

}  // namespace hygiene::commands
