// What to do first about the memory of controllers, for people. Thread-safety: pure functions.
#pragma once

#include <ostream>
#include <vector>

#include "housekeeping/controllers/savings.hpp"
#include "html/markup.hpp"

namespace hygiene::commands {

// Nothing where there is nothing to do. `title` stands above.
void write_savings_table(const std::vector<housekeeping::Saving>& savings, std::string_view title,
                         std::ostream& out);
// A sentence where there is nothing to do.
void write_savings_html(const std::vector<housekeeping::Saving>& savings, html::Markup& html);

}  // namespace hygiene::commands
