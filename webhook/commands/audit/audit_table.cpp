#include "commands/audit/audit_table.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/quantity.hpp"
#include "commands/terminal/text_table.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::commands {
namespace {

using base::format_bytes;
using namespace housekeeping;

constexpr std::size_t kRows = 10;
constexpr std::size_t kUsesShown = 3;
constexpr std::string_view kRed = "\x1B[31m";
constexpr std::string_view kYellow = "\x1B[33m";

template <class T>
std::span<const T> first_rows(const std::vector<T>& all) {
  return {all.data(), std::min(all.size(), kRows)};
}

// "612Mi, 31 %" of the whole.
std::string with_share(std::uint64_t part, std::uint64_t whole) {
  return format_bytes(part) + (whole == 0 ? "" : ", " + std::to_string(100 * part / whole) + " %");
}

void print(std::ostream& out, const TextTable& table, std::string_view title, bool colour) {
  if (table.empty()) return;
  out << '\n' << title << '\n';
  table.print(out, colour);
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
  out << ": " << format_bytes(survey.total.bytes) << " of data, " << format_bytes(survey.total.object_bytes)
      << " as objects\n"
      << printable(survey.origin) << '\n';
  if (survey.reading == Reading::whole) {
    out << "read whole, each measured as it passed\n";
  } else {
    out << "read as metadata: " << survey.annotated << " sizes are from annotations, " << survey.one_by_one
        << " were measured";
    if (survey.unsized > 0) out << ", " << survey.unsized << " are unknown and taken as 0";
    out << '\n';
  }
  if (survey.deleting > 0) out << counted(survey.deleting, "is", "are") << " being deleted\n";
  if (!survey.consistent) {
    out << "the reading took longer than the API server keeps a version: what changed meanwhile may be "
           "missing\n";
  }
}

void write_groups(const Groups& groups, std::string_view title, std::string_view column, std::ostream& out) {
  TextTable table({{column, 44}, {"SECRETS", 10, true}, {"DATA", 10, true}, {"OBJECTS", 10, true}});
  Tally others = groups.others_tally;
  for (const Group& group : first_rows(groups.largest)) {
    table.add({{printable(group.name), std::to_string(group.tally.secrets), format_bytes(group.tally.bytes),
                format_bytes(group.tally.object_bytes)},
               {}});
  }
  std::uint64_t left = groups.others;
  for (std::size_t i = kRows; i < groups.largest.size(); ++i, ++left) others += groups.largest[i].tally;
  if (left > 0) {
    table.add({{counted(left, "other", "others"), std::to_string(others.secrets), format_bytes(others.bytes),
                format_bytes(others.object_bytes)},
               {}});
  }
  print(out, table, title, false);
}

void write_releases(const Survey& survey, std::ostream& out) {
  TextTable table({{"NAMESPACE", 24}, {"RELEASE", 40}, {"REVISIONS", 10, true}, {"DATA", 10, true}});
  for (const Release& release : first_rows(survey.releases.most)) {
    table.add({{printable(release.namespace_name), printable(release.name),
                std::to_string(release.tally.secrets), format_bytes(release.tally.bytes)},
               {}});
  }
  print(out, table,
        "Helm releases with the most revisions, of " + std::to_string(survey.releases.count) + " with " +
            counted(survey.releases.tally.secrets, "revision", "revisions"),
        false);
  if (survey.releases.foreign.secrets > 0) {
    out << '\n'
        << counted(survey.releases.foreign.secrets, "Secret has", "Secrets have")
        << " Helm's type, but not Helm's name and owner label: no release's\n";
  }
}

void write_largest(const Survey& survey, std::ostream& out) {
  TextTable table({{"NAMESPACE", 20}, {"NAME", 34}, {"TYPE", 24}, {"OBJECT", 10, true}});
  for (const LargeSecret& each : first_rows(survey.largest)) {
    table.add({{printable(each.namespace_name), printable(each.name), printable(each.type),
                format_bytes(each.object_bytes)},
               {}});
  }
  print(out, table, "The largest Secrets", false);
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

void write_policies(const Survey& survey, std::ostream& out, bool colour) {
  constexpr std::size_t kBroken = 4;
  TextTable table({{"POLICY", 24}, {"MODE", 8}, {"LIMIT", 20}, {"ALLOWED", 8, true}, {"BROKEN", 14, true}},
                  "HIGHEST", kBroken);
  for (const PolicyUse& policy : survey.policies) {
    for (const LimitUse& limit : policy.limits) {
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
  print(out, table, "Limits", colour);
}

void write_labels(const Survey& survey, std::ostream& out) {
  TextTable table({{"POLICY", 24}, {"LABEL", 50}, {"MISSING ON", 10, true}});
  for (const MissingLabel& label : survey.labels.missing) {
    std::string text = label.key + '=' + label.value;
    if (label.only_reported) text = '(' + text + ')';
    table.add({{label.policy, text, std::to_string(label.secrets)}, {}});
  }
  print(out, table, "Labels that serve and label put on; in brackets what mode Audit only reports", false);
}

void write_selectors(const Survey& survey, std::ostream& out) {
  TextTable table({{"SELECTOR", 56}, {"HOLDS TODAY", 16, true}, {"ONCE LABELLED", 16, true}});
  for (const SelectorGain& gain : survey.selectors) {
    std::string text(gain.selector.label_selector);
    if (!gain.selector.field_selector.empty()) {
      text.append(text.empty() ? "" : " and ").append(gain.selector.field_selector);
    }
    std::string note(gain.selector.controllers);
    if (gain.selector.metadata_of_others) note += ": and the metadata of all others";
    const std::uint64_t all = survey.total.object_bytes;
    std::string today = with_share(gain.kept.object_bytes, all);
    std::string labelled = with_share(gain.kept_labelled.object_bytes, all);
    if (gain.selector.at == FilteredAt::cache) {
      note += ": selects behind its cache, which holds all";
      today = labelled = with_share(all, all);
    }
    table.add({{text, today, labelled}, {note}});
  }
  print(out, table,
        "What each controller holds of " + format_bytes(survey.total.object_bytes) +
            ", with a selector of docs/controllers.md",
        false);
}

void write_close(const Survey& survey, std::ostream& out) {
  out << '\n';
  if (survey.interrupted) out << "INTERRUPTED: all of this is of the Secrets read till then\n";
  out << counted(survey.violations(), "broken limit", "broken limits") << "; label would change "
      << counted(survey.labels.to_change, "Secret", "Secrets");
  if (survey.labels.stale > 0) out << ", " << survey.labels.stale << " of them with a label to take off";
  if (survey.labels.no_room > 0) out << "; no room for our annotations on " << survey.labels.no_room;
  if (survey.labels.unmanaged > 0) out << "; unmanaged labels on " << survey.labels.unmanaged;
  out << '\n';
}

}  // namespace

void write_audit_table(const Survey& survey, std::ostream& out, bool colour) {
  write_head(survey, out);
  if (survey.namespace_name.empty()) write_groups(survey.namespaces, "By namespace", "NAMESPACE", out);
  write_groups(survey.types, "By type", "TYPE", out);
  write_releases(survey, out);
  write_largest(survey, out);
  write_policies(survey, out, colour);
  write_labels(survey, out);
  write_selectors(survey, out);
  write_close(survey, out);
}

}  // namespace hygiene::commands
