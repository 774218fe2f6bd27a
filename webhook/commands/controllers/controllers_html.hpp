// What `controllers` reports as a section of the page of an audit. Thread-safety: pure function.
#pragma once

#include "commands/controllers/report.hpp"
#include "html/markup.hpp"

namespace hygiene::commands {

// At most 30 rows of each of its two tables, and how many are left out.
void write_controllers_html(html::Markup& html, const ControllersReport& report);

}  // namespace hygiene::commands
