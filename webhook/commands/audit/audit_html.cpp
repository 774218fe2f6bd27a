#include "commands/audit/audit_html.hpp"

#include <array>
#include <functional>

#include "commands/audit/audit_html_sections.hpp"
#include "html/page.hpp"

namespace hygiene::commands {

void write_html(const housekeeping::Survey& survey, std::ostream& out) {
  html::Markup html(out);
  struct Slot {
    std::string_view name;
    std::function<void()> write;
  };
  const std::array<Slot, 13> slots{{
      {"style-source", [&] { out << html::source_of(html::common_style()); }},
      {"style", [&] { out << html::common_style(); }},
      {"origin", [&] { write_origin(html, survey); }},
      {"figures", [&] { write_figures(html, survey); }},
      {"savings", [&] { write_savings(html, survey); }},
      {"violations", [&] { write_violations(html, survey); }},
      {"usage", [&] { write_usage(html, survey); }},
      {"namespaces", [&] { write_groups(html, survey.namespaces, "Namespace"); }},
      {"types", [&] { write_groups(html, survey.types, "Type"); }},
      {"policies", [&] { write_policies(html, survey); }},
      {"releases", [&] { write_releases(html, survey); }},
      {"largest", [&] { write_largest(html, survey); }},
      {"labels", [&] { write_labels(html, survey); }},
  }};
  html::fill_page(audit_page(), out, [&](std::string_view name) {
    for (const Slot& slot : slots) {
      if (slot.name == name) slot.write();
    }
  });
}

}  // namespace hygiene::commands
