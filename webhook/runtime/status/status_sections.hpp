// The parts of the status page, each of one part of a Status. Thread-safety: pure functions.
#pragma once

#include "html/markup.hpp"
#include "runtime/status/status.hpp"

namespace hygiene::runtime {

void write_state(html::Markup& html, const Status& status);
void write_figures(html::Markup& html, const Status& status);
void write_charts(html::Markup& html, const Status& status);
void write_hours(html::Markup& html, const Status& status);
void write_rejections(html::Markup& html, const Status& status);
void write_usage(html::Markup& html, const Status& status);
void write_scopes(html::Markup& html, const Status& status);
void write_policies(html::Markup& html, const Status& status);

}  // namespace hygiene::runtime
