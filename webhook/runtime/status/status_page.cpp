#include "runtime/status/status_page.hpp"

#include <array>
#include <functional>
#include <sstream>

#include "html/page.hpp"
#include "runtime/status/status_sections.hpp"

namespace hygiene::runtime {
namespace {

const std::string& style() {
  static const std::string kStyle = std::string(html::common_style()) + std::string(status_style());
  return kStyle;
}

}  // namespace

std::string to_html(const Status& status) {
  std::ostringstream out;
  html::Markup markup(out);
  struct Slot {
    std::string_view name;
    std::function<void()> write;
  };
  const std::array<Slot, 11> slots{{
      {"title", [&] { markup.text(status.ready() ? "secret-hygiene" : "not ready: secret-hygiene"); }},
      {"style", [&] { out << style(); }},
      {"state", [&] { write_state(markup, status); }},
      {"figures", [&] { write_figures(markup, status); }},
      {"charts", [&] { write_charts(markup, status); }},
      {"hours", [&] { write_hours(markup, status); }},
      {"rejections", [&] { write_rejections(markup, status); }},
      {"usage", [&] { write_usage(markup, status); }},
      {"scopes", [&] { write_scopes(markup, status); }},
      {"policies", [&] { write_policies(markup, status); }},
      {"script", [&] { out << status_script(); }},
  }};
  html::fill_page(status_skeleton(), out, [&](std::string_view name) {
    for (const Slot& slot : slots) {
      if (slot.name == name) slot.write();
    }
  });
  return std::move(out).str();
}

std::string status_headers() {
  return "Content-Security-Policy: default-src 'none'; style-src " + html::source_of(style()) +
         "; script-src " + html::source_of(status_script()) +
         "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors "
         "'none'\r\n"
         "X-Content-Type-Options: nosniff\r\n"
         "Referrer-Policy: no-referrer\r\n"
         "Cross-Origin-Resource-Policy: same-origin\r\n"
         "Cache-Control: no-store\r\n";
}

}  // namespace hygiene::runtime
