#include "commands/controllers/report.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "base/quantity.hpp"
#include "commands/controllers/savings_list.hpp"
#include "json/writer.hpp"

namespace hygiene::commands {
namespace {

using namespace housekeeping;
using base::format_bytes;
using json::Writer;

constexpr std::array<std::string_view, 4> kBounds{"exact", "atLeast", "upTo", "about"};
constexpr std::array<std::string_view, 4> kBoundWords{"", "at least ", "up to ", "about "};
constexpr std::array<std::string_view, 7> kSelects{"none",    "tooOld", "setting", "default",
                                                   "builtIn", "proxy",  "notSeen"};
constexpr std::array<std::string_view, 3> kRemedies{"none", "setting", "proxy"};
constexpr std::array<std::string_view, 5> kCaches{"whole", "deployed", "both", "metadata", "withoutData"};
constexpr std::array<std::string_view, 3> kFilteredAt{"apiServer", "cache", "unknown"};

// `words`: one for each value of the enum, in its order.
template <class Words, class Enum>
std::string_view word(const Words& words, Enum value) {
  return words.at(static_cast<std::size_t>(value));
}

void write_head(const ControllersReport& report, std::ostream& out) {
  const ControllersFound& found = report.found;
  out << counted(found.workloads, "workload", "workloads") << " checked"
      << (found.namespace_name.empty() ? " in all namespaces"
                                       : " in namespace " + printable(found.namespace_name))
      << ", " << printable(found.origin) << '\n';
  if (!report.stored) {
    out << "the stored Secrets are unknown, so savings are too\n\n";
    return;
  }
  const Survey& stored = *report.stored;
  out << counted(stored.total.secrets, "Secret", "Secrets") << ", " << format_bytes(stored.total.object_bytes)
      << (report.by_audit ? " as objects, by the audit" : " as objects, by their metadata");
  if (!stored.namespace_name.empty()) out << " of namespace " << printable(stored.namespace_name);
  if (stored.unsized > 0) {
    out << "; " << counted(stored.unsized, "size is", "sizes are") << " unknown without reading "
        << (stored.unsized == 1 ? "it" : "them")
        << ":\n`secret-hygiene audit -A -o json > FILE` measures them; give the file to --audit";
  }
  out << "\n\n";
}

std::vector<std::string> printable_notes(const Advice& advice) {
  std::vector<std::string> notes;
  for (const std::string& note : advice.notes) notes.push_back(printable(note));
  // A note beside its row would be taken for a column.
  if (!notes.empty()) notes.insert(notes.begin(), std::string());
  return notes;
}

void write_estimate(Writer& json, std::string_view name, const std::optional<Estimate>& estimate) {
  if (!estimate) return json.null(name);
  json.object(name, [&] {
    json.field("bytes", estimate->bytes);
    json.field("bound", word(kBounds, estimate->bound));
  });
}

void write_controller(Writer& json, const ControllerFound& found, const Advice& advice) {
  const KnownController& known = *found.known;
  json.field("controller", known.name);
  json.field("kind", found.kind);
  json.field("namespace", found.namespace_name);
  json.field("name", found.name);
  json.field("container", found.container);
  json.field("image", found.image);
  json.field("caches", word(kCaches, known.caches));
  json.field("filteredAt", word(kFilteredAt, known.filtered_at));
  json.object("selector", [&] {
    json.field("by", word(kSelects, found.state.selects));
    json.field("value", found.state.selector);
    json.field("why", found.state.why);
  });
  json.objects("selectors", known.selectors, [&](const KnownSelector& selector) {
    json.field("labels", selector.labels);
    json.field("fields", selector.fields);
    json.field("policy", selector.policy);
  });
  json.field("remedy", word(kRemedies, advice.remedy));
  json.field("setting", advice.setting);
  json.field("policy", advice.policy);
  write_estimate(json, "holds", advice.holds);
  write_estimate(json, "saves", advice.saves);
  json.array("notes", advice.notes);
}

void write_secrets(Writer& json, const ControllersReport& report) {
  if (!report.stored) return json.null("secrets");
  json.object("secrets", [&] {
    json.field("from", report.by_audit ? "audit" : "metadata");
    json.field("namespace", report.stored->namespace_name);
    json.field("secrets", report.stored->total.secrets);
    json.field("objectBytes", report.stored->total.object_bytes);
    json.field("unknown", report.stored->unsized);
  });
}

}  // namespace

ControllersReport make_report(ControllersFound found, std::optional<Survey> stored, bool by_audit) {
  ControllersReport report{std::move(found), {}, std::move(stored), by_audit};
  for (const ControllerFound& each : report.found.controllers)
    report.advice.push_back(advise(each, report.stored ? &*report.stored : nullptr));
  return report;
}

std::string workload_of(const std::string& kind, const std::string& name) {
  std::string text = kind;
  std::ranges::transform(text, text.begin(), base::to_lower);
  return text + '/' + name;
}

std::string selector_of(const ConfiguredSelector& state) {
  if (state.selects == Selects::not_seen) return "not seen";
  if (state.selects == Selects::by_proxy) return "proxy: " + state.selector;
  return state.selector.empty() ? "none" : state.selector;
}

std::string amount_of(const std::optional<Estimate>& estimate) {
  if (!estimate) return {};
  return std::string(word(kBoundWords, estimate->bound)) + format_bytes(estimate->bytes);
}

std::string cache_of(const MayCache& may_cache) {
  if (may_cache.grant.namespace_name.empty()) return "may cache every Secret";
  return "may cache Secrets of " + may_cache.grant.namespace_name;
}

std::string reason_of(const MayCache& may_cache) {
  return "service account " + may_cache.service_account + " may list them: " + may_cache.grant.binding;
}

void write_controllers_table(const ControllersReport& report, const TableStyle& style, std::ostream& out) {
  std::vector<TableColumn> columns{{"NAMESPACE", 20}, {"WORKLOAD", 46},    {"CONTROLLER", 30},
                                   {"SELECTOR", 36},  {"HOLDS", 16, true}, {"SAVES", 16, true}};
  if (style.wide) columns.insert(columns.end(), {{"CONTAINER", 30}, {"IMAGE", 60}});
  TextTable table(std::move(columns));
  std::uint64_t to_change = 0;
  for (std::size_t i = 0; i < report.advice.size(); ++i) {
    const ControllerFound& found = report.found.controllers[i];
    const Advice& advice = report.advice[i];
    if (advice.remedy != Remedy::none) ++to_change;
    TableRow row;
    row.cells = {printable(found.namespace_name),
                 printable(workload_of(found.kind, found.name)),
                 found.known->name,
                 printable(selector_of(found.state)),
                 amount_of(advice.holds),
                 amount_of(advice.saves)};
    if (style.wide) {
      row.cells.push_back(printable(found.container));
      row.cells.push_back(printable(found.image));
    }
    row.notes = printable_notes(advice);
    table.add(std::move(row));
  }
  for (const MayCache& each : report.found.may_cache) {
    TableRow row;
    row.cells = {printable(each.namespace_name), printable(workload_of(each.kind, each.name)),
                 printable(cache_of(each))};
    row.cells.resize(style.wide ? 8 : 6);
    row.notes = {"", printable(reason_of(each))};
    table.add(std::move(row));
  }
  if (!style.headers) return table.print_rows(out);
  write_head(report, out);
  const auto savings = savings_of(report.found.controllers, report.advice);
  write_savings_table(savings, "What to do first", out);
  if (!savings.empty()) out << '\n';
  if (report.found.left_out > 0)
    out << "only the first are shown; " << report.found.left_out << " more are not\n\n";
  table.print(out, false,
              counted(report.advice.size(), "known controller", "known controllers") + ", " +
                  std::to_string(to_change) + " to change; " +
                  counted(report.found.may_cache.size(), "other workload", "other workloads") +
                  " may cache Secrets");
}

void write_controllers_json(const ControllersReport& report, std::ostream& out) {
  Writer json(1);
  json.object([&] {
    json.type_meta("secret-hygiene.io/v1alpha1", "ControllersReport");
    json.field("origin", report.found.origin);
    json.field("namespace", report.found.namespace_name);
    json.field("workloads", report.found.workloads);
    write_secrets(json, report);
    json.array("controllers", [&] {
      for (std::size_t i = 0; i < report.advice.size(); ++i)
        json.object([&] { write_controller(json, report.found.controllers[i], report.advice[i]); });
    });
    json.objects("mayCache", report.found.may_cache, [&](const MayCache& each) {
      json.field("kind", each.kind);
      json.field("namespace", each.namespace_name);
      json.field("name", each.name);
      json.field("serviceAccount", each.service_account);
      json.field("secretsOf", each.grant.namespace_name);
      json.field("binding", each.grant.binding);
    });
    json.field("leftOut", report.found.left_out);
    json.array("notLookedAt", report.found.not_looked_at);
  });
  out << json.view() << '\n';
}

}  // namespace hygiene::commands
