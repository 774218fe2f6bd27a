// A survey as one page of HTML, for screens and paper, without scripts and without anything from outside.
// Thread-safety: pure functions.
#pragma once

#include <ostream>
#include <string_view>

#include "commands/controllers/report.hpp"
#include "housekeeping/survey/survey.hpp"

namespace hygiene::commands {

std::string_view audit_page();  // the skeleton, audit_html/page.html

// About 100 KB; at most 2.5 MB, however much was found and however long its names are.
// `controllers`: what runs in the cluster that was audited; the page begins with it.
void write_html(const housekeeping::Survey& survey, const ControllersReport& controllers, std::ostream& out);

}  // namespace hygiene::commands
