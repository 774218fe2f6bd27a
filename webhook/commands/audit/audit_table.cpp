#include "commands/audit/audit_table.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/quantity.hpp"
#include "commands/controllers/savings_list.hpp"
#include "policy/exception.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::commands {
namespace {

using base::format_bytes;
using namespace housekeeping;

constexpr std::size_t kRows = 10;
constexpr std::size_t kRowsWide = 100;
constexpr std::size_t kUsesShown = 3;
constexpr std::string_view kRed = "\x1B[31m";
constexpr std::string_view kYellow = "\x1B[33m";

std::size_t rows_of(const TableStyle& style) {
  return style.wide ? kRowsWide : kRows;
}

void print(std::ostream& out, const TextTable& table, std::string_view title, const TableStyle& style) {
  if (table.empty()) return;
  if (!style.headers) return table.print_rows(out);
  out << '\n' << title << '\n';
  table.print(out, style.colour);
}

template <class T>
std::span<const T> first_rows(const std::vector<T>& all, const TableStyle& style) {
  return {all.data(), std::min(all.size(), rows_of(style))};
}

// "31 %" of the whole.
std::string share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "" : std::to_string(100 * part / whole) + " %";
}

void write_head(const Survey& survey, std::ostream& out) {
  out << counted(survey.total.secrets, "Secret", "Secrets");
  if (survey.namespace_name.empty()) {
    const std::uint64_t namespaces = survey.namespaces.largest.size() + survey.namespaces.others;
    out << " in " << counted(namespaces, "namespace", "namespaces");
  } else {
    out << " in namespace " << printable(survey.namespace_name);
  }
  if (!survey.label_selector.empty()) out << " with " << printable(survey.label_selector);
  if (!survey.field_selector.empty()) out << " where " << printable(survey.field_selector);
  out << ": " << format_bytes(survey.total.bytes) << " of data, " << format_bytes(survey.total.object_bytes)
      << " as objects\n"
      << printable(survey.origin) << '\n';
  if (survey.reading == Reading::whole) {
    out << "read whole, each measured as it passed\n";
  } else {
    out << "read as metadata: " << survey.annotated << " sizes are from annotations, " << survey.one_by_one
        << " were measured";
    if (survey.unsized > 0) out << ", " << survey.unsized << " are unknown and counted as 0";
    out << '\n';
  }
  if (survey.deleting > 0) out << counted(survey.deleting, "is", "are") << " being deleted\n";
  if (!survey.consistent) {
    out << "reading took longer than the API server keeps a version: changes made meanwhile may be missing\n";
  }
}

std::vector<std::string> cells_of(const std::string& name, const Tally& tally, const Survey& survey,
                                  const TableStyle& style) {
  std::vector<std::string> cells{name, std::to_string(tally.secrets), format_bytes(tally.bytes),
                                 format_bytes(tally.object_bytes)};
  if (style.wide) cells.push_back(share_of(tally.object_bytes, survey.total.object_bytes));
  return cells;
}

void write_groups(const Survey& survey, const Groups& groups, std::string_view title, std::string_view column,
                  const TableStyle& style, std::ostream& out) {
  std::vector<TableColumn> columns{
      {column, 44}, {"SECRETS", 10, true}, {"DATA", 10, true}, {"OBJECTS", 10, true}};
  if (style.wide) columns.push_back({"SHARE", 6, true});
  TextTable table(std::move(columns));
  Tally others = groups.others_tally;
  for (const Group& group : first_rows(groups.largest, style))
    table.add({cells_of(printable(group.name), group.tally, survey, style), {}});
  std::uint64_t left = groups.others;
  for (std::size_t i = rows_of(style); i < groups.largest.size(); ++i, ++left)
    others += groups.largest[i].tally;
  if (left > 0) table.add({cells_of(counted(left, "other", "others"), others, survey, style), {}});
  print(out, table, title, style);
}

void write_releases(const Survey& survey, const TableStyle& style, std::ostream& out) {
  std::vector<TableColumn> columns{
      {"NAMESPACE", 24}, {"RELEASE", 40}, {"REVISIONS", 10, true}, {"DATA", 10, true}};
  if (style.wide) columns.push_back({"OBJECTS", 10, true});
  TextTable table(std::move(columns));
  for (const Release& release : first_rows(survey.releases.most, style)) {
    std::vector<std::string> cells{printable(release.namespace_name), printable(release.name),
                                   std::to_string(release.tally.secrets), format_bytes(release.tally.bytes)};
    if (style.wide) cells.push_back(format_bytes(release.tally.object_bytes));
    table.add({std::move(cells), {}});
  }
  print(out, table,
        "Helm releases with the most revisions, of " + std::to_string(survey.releases.count) + " with " +
            counted(survey.releases.tally.secrets, "revision", "revisions"),
        style);
  if (survey.releases.foreign.secrets > 0 && style.headers) {
    out << '\n'
        << counted(survey.releases.foreign.secrets, "Secret has", "Secrets have")
        << " Helm's type but not its name and owner label, so no release counts them\n";
  }
}

void write_largest(const Survey& survey, const TableStyle& style, std::ostream& out) {
  std::vector<TableColumn> columns{{"NAMESPACE", 20}, {"NAME", 34}, {"TYPE", 24}, {"OBJECT", 10, true}};
  if (style.wide) columns.push_back({"DATA", 10, true});
  TextTable table(std::move(columns));
  for (const LargeSecret& each : first_rows(survey.largest, style)) {
    std::vector<std::string> cells{printable(each.namespace_name), printable(each.name), printable(each.type),
                                   format_bytes(each.object_bytes)};
    if (style.wide) cells.push_back(format_bytes(each.bytes));
    table.add({std::move(cells), {}});
  }
  print(out, table, "The largest Secrets", style);
}

std::string shown(const policy::LimitRule& rule, std::uint64_t value) {
  return rule.unit == policy::Unit::bytes ? format_bytes(value) : std::to_string(value);
}

std::string place_of(const Use& use) {
  if (use.namespace_name.empty()) return "the cluster";
  return printable(use.name.empty() ? use.namespace_name : use.namespace_name + '/' + use.name);
}

std::vector<std::string> highest_of(const LimitUse& limit) {
  const policy::LimitRule& rule = policy::limit_rule(limit.limit);
  std::string text;
  for (std::size_t i = 0; i < std::min(limit.highest.size(), kUsesShown); ++i) {
    text += (i == 0 ? "" : ", ") + place_of(limit.highest[i]) + ' ' + shown(rule, limit.highest[i].measured);
  }
  if (limit.partial) text += text.empty() ? "only a part was read" : "; only a part was read";
  if (text.empty()) return {};
  return {text};
}

// What one limit across Secrets has left in the namespace that was asked for, as `kubectl describe quota`
// shows it.
void add_usage(const PolicyUse& policy, const LimitUse& limit, const TableStyle& style, TextTable& table) {
  const policy::LimitRule& rule = policy::limit_rule(limit.limit);
  const auto add = [&](const std::string& of, const std::string& used, std::vector<std::string> notes,
                       bool full) {
    table.add({{policy.name, std::string(to_string(policy.mode)), std::string(rule.name), of, used,
                shown(rule, limit.allowed)},
               std::move(notes),
               !full                                  ? std::string_view()
               : policy.mode == policy::Mode::enforce ? kRed
                                                      : kYellow});
  };
  if (rule.scope == policy::ScopeKind::cluster) return add("the cluster", {}, {"seen with -A only"}, false);
  const std::string at_least = limit.partial ? "at least " : "";
  for (const Use& use : first_rows(limit.highest, style))
    add(place_of(use), at_least + shown(rule, use.measured), {}, use.measured >= limit.allowed);
  if (limit.highest.empty()) add("no release", at_least + shown(rule, 0), {}, false);
  const std::uint64_t left = limit.judged - first_rows(limit.highest, style).size();
  if (left > 0) add(counted(left, "other", "others"), {}, {}, false);
}

void write_usage(const Survey& survey, const TableStyle& style, std::ostream& out) {
  constexpr std::size_t kUsed = 4;
  TextTable table(
      {{"POLICY", 24}, {"MODE", 8}, {"LIMIT", 20}, {"OF", 40}, {"USED", 18, true}, {"ALLOWED", 8, true}}, "",
      kUsed);
  for (const PolicyUse& policy : survey.policies) {
    if (!policy.applies) continue;
    for (const LimitUse& limit : policy.limits) {
      if (limit.across) add_usage(policy, limit, style, table);
    }
  }
  print(out, table, "Limits across Secrets in namespace " + printable(survey.namespace_name), style);
}

// Without those that write_usage() shows.
void write_policies(const Survey& survey, const TableStyle& style, std::ostream& out) {
  constexpr std::size_t kBroken = 4;
  TextTable table({{"POLICY", 24}, {"MODE", 8}, {"LIMIT", 20}, {"ALLOWED", 8, true}, {"BROKEN", 14, true}},
                  "HIGHEST", kBroken);
  for (const PolicyUse& policy : survey.policies) {
    if (!policy.applies) continue;
    for (const LimitUse& limit : policy.limits) {
      if (limit.across && !survey.namespace_name.empty()) continue;
      const policy::LimitRule& rule = policy::limit_rule(limit.limit);
      table.add(
          {{policy.name, std::string(to_string(policy.mode)), std::string(rule.name),
            shown(rule, limit.allowed), std::to_string(limit.broken) + " of " + std::to_string(limit.judged)},
           highest_of(limit),
           limit.broken == 0                      ? std::string_view()
           : policy.mode == policy::Mode::enforce ? kRed
                                                  : kYellow});
    }
  }
  print(out, table, "Limits", style);
}

void write_exceptions(const Survey& survey, const TableStyle& style, std::ostream& out) {
  const auto now = std::chrono::floor<std::chrono::seconds>(survey.taken);
  TextTable table({{"POLICY", 24}, {"SECRETS", 40}, {"UNTIL", 20}, {"STATE", 9}}, "REASON", 3);
  for (const PolicyUse& policy : survey.policies) {
    for (const policy::Exception& each : policy.exceptions) {
      const policy::ExceptionState state = policy::state_of(each, now);
      table.add({{policy.name, policy::secrets_of(each), policy::until_of(each),
                  std::string(policy::to_string(state))},
                 {printable(each.reason)},
                 state == policy::ExceptionState::in_force ? std::string_view() : kYellow});
    }
  }
  print(out, table, "Exceptions", style);
}

void write_labels(const Survey& survey, const TableStyle& style, std::ostream& out) {
  TextTable table({{"POLICY", 24}, {"LABEL", 50}, {"MISSING ON", 10, true}});
  for (const MissingLabel& label : survey.labels.missing) {
    std::string text = label.key + '=' + label.value;
    if (label.only_reported) text = '(' + text + ')';
    table.add({{label.policy, text, std::to_string(label.secrets)}, {}});
  }
  print(out, table, "Missing labels that serve and label add; in brackets those that mode Audit only reports",
        style);
}

void write_savings(const Survey& survey, std::ostream& out) {
  out << '\n';
  write_savings_table(housekeeping::possible_savings(survey),
                      "What to do first, of " + format_bytes(survey.total.object_bytes) +
                          " in the cache of each controller without a selector",
                      out);
  out << "`secret-hygiene controllers` shows which of them run here\n";
}

void write_close(const Survey& survey, std::ostream& out) {
  out << '\n';
  if (survey.interrupted) out << "INTERRUPTED: all figures cover only the Secrets that were read\n";
  out << counted(survey.violations(), "broken limit", "broken limits") << "; label would change "
      << counted(survey.labels.to_change, "Secret", "Secrets");
  if (survey.labels.stale > 0) out << ", " << survey.labels.stale << " of them lose a label";
  if (survey.labels.no_room > 0) out << "; no room for annotations on " << survey.labels.no_room;
  if (survey.labels.unmanaged > 0) out << "; unmanaged labels on " << survey.labels.unmanaged;
  out << '\n';
}

}  // namespace

void write_audit_table(const Survey& survey, const TableStyle& style, std::ostream& out) {
  if (style.headers) write_head(survey, out);
  if (!survey.namespace_name.empty()) write_usage(survey, style, out);
  if (style.headers) write_savings(survey, out);
  if (survey.namespace_name.empty())
    write_groups(survey, survey.namespaces, "By namespace", "NAMESPACE", style, out);
  write_groups(survey, survey.types, "By type", "TYPE", style, out);
  write_releases(survey, style, out);
  write_largest(survey, style, out);
  write_policies(survey, style, out);
  write_exceptions(survey, style, out);
  write_labels(survey, style, out);
  if (style.headers) write_close(survey, out);
}

}  // namespace hygiene::commands
