// A survey as one page of HTML: no script, nothing from outside, for screens and paper. Pure.
#pragma once

#include <ostream>

#include "housekeeping/survey/survey.hpp"

namespace hygiene::commands {

// About 100 KB; at most 2.5 MB, however much was found and whatever it is called.
void write_html(const housekeeping::Survey& survey, std::ostream& out);

}  // namespace hygiene::commands
