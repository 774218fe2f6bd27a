#include "commands/audit/audit_html.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "base/quantity.hpp"
#include "commands/controllers/controllers_html.hpp"
#include "commands/controllers/savings_list.hpp"
#include "html/page.hpp"
#include "html/parts.hpp"
#include "policy/limits/limit.hpp"
#include "runtime/status/exceptions_html.hpp"
#include "secret/facts.hpp"

namespace hygiene::commands {
namespace {

using base::format_bytes;
using housekeeping::FilteredAt;
using housekeeping::LimitUse;
using housekeeping::PolicyUse;
using housekeeping::Survey;
using housekeeping::Tally;
using housekeeping::Use;
using html::Bar;
using html::Cell;
using html::Column;
using html::counted;
using html::Figure;
using html::grouped;
using html::Look;
using html::look_of;
using html::Markup;
using html::percent;
using html::Row;
using html::row_of_others;
using html::share_of;
using html::write_bars;
using html::write_table;

constexpr Column::Kind kNumber = Column::Kind::number;
// A screen of bars, and as many rows as one reads. A table closes with the sum of the others.
constexpr std::size_t kBarsMax = 12;
constexpr std::size_t kRowsMax = 100;

// 2026-11-26 18:31 UTC.
std::string minute_of(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts)};
}

// How sizes came to be known.
std::string reading_of(const Survey& survey) {
  if (survey.reading == housekeeping::Reading::whole) return "Every Secret was read whole and measured.";
  std::string text = "Only metadata was read: " + counted(survey.annotated, "size is", "sizes are") +
                     " from the annotation secret-hygiene.io/bytes, " +
                     counted(survey.one_by_one, "Secret was", "Secrets were") + " measured one by one.";
  if (survey.unsized == 0) return text;
  return text + " " + counted(survey.unsized, "Secret", "Secrets") +
         " of unknown size were counted as empty.";
}

template <class List>
std::size_t shown(const List& list, std::size_t most) {
  return std::min(list.size(), most);
}

Row tally_row(std::vector<Cell> names, const Tally& tally, const Tally& total) {
  names.emplace_back(grouped(tally.secrets));
  names.emplace_back(format_bytes(tally.bytes));
  names.emplace_back(format_bytes(tally.object_bytes));
  names.emplace_back(percent(share_of(tally.object_bytes, total.object_bytes)));
  return names;
}

Bar tally_bar(const std::string& label, const Tally& tally, std::uint64_t widest) {
  return {label, format_bytes(tally.object_bytes) + ", " + counted(tally.secrets, "Secret", "Secrets"),
          share_of(tally.object_bytes, widest)};
}

std::string selector_of(const housekeeping::ControllerSelector& selector) {
  std::string text(selector.label_selector);
  if (!text.empty() && !selector.field_selector.empty()) text += " and ";
  return text.append(selector.field_selector);
}

std::string place_of(const std::string& namespace_name, const std::string& name) {
  if (namespace_name.empty()) return "the cluster";
  return name.empty() ? namespace_name : namespace_name + "/" + name;
}

void write_origin(Markup& html, const Survey& survey) {
  std::string where = survey.origin;
  where += survey.namespace_name.empty() ? ", all namespaces" : ", namespace " + survey.namespace_name;
  if (!survey.label_selector.empty()) where += ", labels " + survey.label_selector;
  if (!survey.field_selector.empty()) where += ", fields " + survey.field_selector;
  html.element("p", {}, where + ", " + minute_of(survey.taken) + ". " + reading_of(survey));
  if (survey.interrupted) {
    html.element("p", {{"class", "warning"}},
                 "The audit was interrupted: all figures cover only the Secrets that were read.");
  }
  if (!survey.consistent) {
    html.element(
        "p", {},
        "Reading took longer than the API server keeps a version: changes made meanwhile may be missing.");
  }
}

void write_figures(Markup& html, const Survey& survey) {
  const Tally& total = survey.total;
  const Tally& helm = survey.releases.tally;
  const std::vector<Figure> figures{
      {"Secrets", grouped(total.secrets), counted(survey.deleting, "is", "are") + " being deleted"},
      {"Data", format_bytes(total.bytes), "decoded"},
      {"In each cache", format_bytes(total.object_bytes), "of a controller that watches all"},
      {"Helm's history", percent(share_of(helm.object_bytes, total.object_bytes)),
       counted(helm.secrets, "revision", "revisions") + " of " +
           counted(survey.releases.count, "release", "releases")},
      {"Broken limits", grouped(survey.violations()),
       "of " + counted(survey.policies.size(), "policy", "policies")},
      {"To label", grouped(survey.labels.to_change), "Secrets"}};
  html::write_figures(html, figures);
}

void write_to_do(Markup& html, const ControllersReport& controllers) {
  write_savings_html(housekeeping::savings_of(controllers.found.controllers, controllers.advice), html);
}

void write_savings(Markup& html, const Survey& survey) {
  const std::uint64_t all = survey.total.object_bytes;
  std::vector<Bar> bars;
  std::vector<Row> rows;
  for (const housekeeping::SelectorGain& gain : survey.selectors) {
    const bool at_server = gain.selector.at == FilteredAt::api_server;
    const Tally& kept = at_server ? gain.kept_labelled : survey.total;
    const double share = share_of(kept.object_bytes, all);
    bars.push_back({selector_of(gain.selector) + " (" + std::string(gain.selector.controllers) + ")",
                    at_server ? "keeps " + format_bytes(kept.object_bytes) : "saves no memory", share});
    rows.push_back({std::string(gain.selector.controllers), selector_of(gain.selector),
                    std::string(at_server ? "API server" : "cache"), format_bytes(gain.kept.object_bytes),
                    format_bytes(gain.kept_labelled.object_bytes), grouped(gain.kept_labelled.secrets),
                    percent(all == 0 ? 0 : 1 - share)});
  }
  write_bars(html, bars);
  write_table(html,
              {{"Controllers"},
               {"Selector"},
               {"Filter at"},
               {"Keeps today", kNumber},
               {"Once labelled", kNumber},
               {"Secrets then", kNumber},
               {"Saves then", kNumber}},
              rows, {}, "No selector is known.");
}

void write_groups(Markup& html, const housekeeping::Groups& groups, std::string_view title) {
  Tally total = groups.others_tally;
  for (const housekeeping::Group& group : groups.largest) total += group.tally;
  std::vector<Bar> bars;
  std::vector<Row> rows;
  Tally others = groups.others_tally;
  std::uint64_t others_count = groups.others;
  for (std::size_t i = 0; i < groups.largest.size(); ++i) {
    const housekeeping::Group& group = groups.largest[i];
    if (i < kBarsMax) {
      bars.push_back(tally_bar(group.name, group.tally, groups.largest.front().tally.object_bytes));
    }
    if (i < kRowsMax) {
      rows.push_back(tally_row({group.name}, group.tally, total));
    } else {
      ++others_count;
      others += group.tally;
    }
  }
  const Row rest =
      others_count == 0 ? Row() : tally_row({counted(others_count, "other", "others")}, others, total);
  write_bars(html, bars);
  write_table(html,
              {{title}, {"Secrets", kNumber}, {"Data", kNumber}, {"Objects", kNumber}, {"Share", kNumber}},
              rows, rest, "No Secret is stored.");
}

void write_policies(Markup& html, const Survey& survey) {
  std::vector<Bar> bars;
  std::vector<Row> rows;
  for (const housekeeping::PolicyUse& policy : survey.policies) {
    if (bars.size() < kBarsMax) {
      bars.push_back(tally_bar(policy.name, policy.matched, survey.total.object_bytes));
    }
    if (rows.size() == kRowsMax) break;
    rows.push_back(
        {policy.name,
         std::string(to_string(policy.mode)),
         grouped(policy.matched.secrets),
         format_bytes(policy.matched.bytes),
         format_bytes(policy.matched.object_bytes),
         {grouped(policy.breaking.secrets), policy.breaking.secrets > 0 ? Look::over : Look::plain}});
  }
  const std::size_t left_out = survey.policies.size() - rows.size();
  const Row rest = row_of_others(left_out);
  write_bars(html, bars);
  write_table(html,
              {{"Policy"},
               {"Mode"},
               {"Secrets", kNumber},
               {"Data", kNumber},
               {"Objects", kNumber},
               {"Break a limit", kNumber}},
              rows, rest, "No policy.");
  std::vector<runtime::PolicyException> exceptions;
  for (const PolicyUse& policy : survey.policies) {
    for (const policy::Exception& each : policy.exceptions) exceptions.push_back({policy.name, each});
  }
  runtime::write_exceptions(html, exceptions, survey.taken);
}

void write_releases(Markup& html, const Survey& survey) {
  const auto& most = survey.releases.most;
  std::vector<Bar> bars;
  std::vector<Row> rows;
  Tally others = survey.releases.tally;
  for (std::size_t i = 0; i < shown(most, kRowsMax); ++i) {
    const housekeeping::Release& release = most[i];
    if (i < kBarsMax) {
      bars.push_back({place_of(release.namespace_name, release.name),
                      counted(release.tally.secrets, "revision", "revisions") + ", " +
                          format_bytes(release.tally.object_bytes),
                      share_of(release.tally.secrets, most.front().tally.secrets)});
    }
    rows.push_back(tally_row({release.namespace_name, release.name}, release.tally, survey.releases.tally));
    others.secrets -= release.tally.secrets;
    others.bytes -= release.tally.bytes;
    others.object_bytes -= release.tally.object_bytes;
  }
  const std::uint64_t left_out = survey.releases.count - rows.size();
  const Row rest = left_out == 0 ? Row()
                                 : tally_row({counted(left_out, "other", "others"), std::string()}, others,
                                             survey.releases.tally);
  write_bars(html, bars);
  write_table(html,
              {{"Namespace"},
               {"Release"},
               {"Revisions", kNumber},
               {"Data", kNumber},
               {"Objects", kNumber},
               {"Share", kNumber}},
              rows, rest, "No Helm release is stored.");
  if (survey.releases.foreign.secrets == 0) return;
  html.element("p", {},
               counted(survey.releases.foreign.secrets, "Secret", "Secrets") +
                   " of type helm.sh/release.v1 (" + format_bytes(survey.releases.foreign.object_bytes) +
                   ") belong to no release: their name or labels are not as Helm writes them.");
}

void write_largest(Markup& html, const Survey& survey) {
  std::vector<Bar> bars;
  std::vector<Row> rows;
  for (std::size_t i = 0; i < shown(survey.largest, kRowsMax); ++i) {
    const housekeeping::LargeSecret& secret = survey.largest[i];
    if (i < kBarsMax) {
      bars.push_back({place_of(secret.namespace_name, secret.name), format_bytes(secret.object_bytes),
                      share_of(secret.object_bytes, survey.largest.front().object_bytes)});
    }
    rows.push_back({secret.namespace_name, secret.name, secret.type, format_bytes(secret.bytes),
                    format_bytes(secret.object_bytes)});
  }
  write_bars(html, bars);
  write_table(html, {{"Namespace"}, {"Secret"}, {"Type"}, {"Data", kNumber}, {"Object", kNumber}}, rows, {},
              "No Secret is stored.");
}

void write_labels(Markup& html, const Survey& survey) {
  std::vector<Row> rows;
  std::uint64_t left_out = 0;
  for (const housekeeping::MissingLabel& label : survey.labels.missing) {
    if (label.secrets == 0) continue;
    if (rows.size() == kRowsMax) {
      ++left_out;
      continue;
    }
    rows.push_back({label.policy, label.key + "=" + label.value,
                    std::string(label.only_reported ? "only reported (mode Audit)" : "to add"),
                    grouped(label.secrets)});
  }
  const Row rest = row_of_others(left_out);
  write_table(html, {{"Policy"}, {"Label"}, {"Then"}, {"Secrets", kNumber}}, rows, rest,
              "No label is missing.");
  if (survey.labels.stale > 0) {
    html.element("p", {},
                 counted(survey.labels.stale, "Secret has", "Secrets have") +
                     " a label of secret-hygiene that no policy sets any more.");
  }
  if (survey.labels.no_room > 0) {
    html.element("p", {},
                 counted(survey.labels.no_room, "Secret has", "Secrets have") +
                     " no room for labels: annotations are limited to 256Ki.");
  }
  if (survey.labels.unmanaged > 0) {
    html.element("p", {},
                 counted(survey.labels.unmanaged, "Secret has", "Secrets have") +
                     " labels that the annotation " + std::string(secret::kUnmanagedLabelsAnnotation) +
                     " leaves alone.");
  }
}

std::string amount(policy::LimitKind limit, std::uint64_t value) {
  const bool bytes = policy::limit_rule(limit).unit == policy::Unit::bytes;
  return bytes ? base::format_bytes(value) : grouped(value);
}

std::string name_of(policy::LimitKind limit) {
  return std::string(policy::limit_rule(limit).name);
}

std::string place_of(const Use& use) {
  return place_of(use.namespace_name, use.name);
}

// What one scope, or one Secret, holds of a limit.
struct Line {
  const PolicyUse* policy = nullptr;
  const LimitUse* limit = nullptr;
  const Use* use = nullptr;

  double share() const { return share_of(use->measured, limit->allowed); }
};

// Of all limits of one kind, fullest first.
struct Lines {
  std::vector<Line> lines;
  std::uint64_t all = 0;  // what `lines` is of
};
Lines lines_of(const Survey& survey, bool across) {
  Lines found;
  for (const PolicyUse& policy : survey.policies) {
    for (const LimitUse& limit : policy.limits) {
      if (limit.across != across) continue;
      found.all += across ? limit.judged : limit.broken;
      for (const Use& use : limit.highest) found.lines.push_back({&policy, &limit, &use});
    }
  }
  std::ranges::stable_sort(found.lines, std::greater(), &Line::share);
  return found;
}

void write_lines(Markup& html, const Lines& found, std::string_view scope, std::string_view nothing) {
  std::vector<Bar> bars;
  std::vector<Row> rows;
  for (const Line& line : found.lines) {
    const auto kind = line.limit->limit;
    const Look look = look_of(line.use->measured, line.limit->allowed);
    // Of a sum that was not read whole.
    const std::string measured = (line.limit->partial ? "at least " : "") + amount(kind, line.use->measured);
    const std::string allowed = amount(kind, line.limit->allowed);
    if (bars.size() < kBarsMax && line.limit->across) {
      bars.push_back(
          {place_of(*line.use) + ", " + name_of(kind), measured + " of " + allowed, line.share(), look});
    }
    if (rows.size() == kRowsMax) break;
    rows.push_back({place_of(*line.use),
                    line.policy->name,
                    std::string(to_string(line.policy->mode)),
                    name_of(kind),
                    {measured, look},
                    allowed,
                    {percent(line.share()), look}});
  }
  const std::uint64_t left_out = found.all - rows.size();
  const Row rest = row_of_others(left_out);
  write_bars(html, bars);
  write_table(html,
              {{scope},
               {"Policy"},
               {"Mode"},
               {"Limit"},
               {"Measured", kNumber},
               {"Allowed", kNumber},
               {"Of it", kNumber}},
              rows, rest, nothing);
}

void write_violations(Markup& html, const Survey& survey) {
  std::vector<Row> rows;
  std::uint64_t limits = 0;
  for (const PolicyUse& policy : survey.policies) {
    for (const LimitUse& limit : policy.limits) {
      ++limits;
      if (rows.size() == kRowsMax) continue;
      const Look look = limit.broken > 0 ? Look::over : Look::plain;
      rows.push_back({policy.name,
                      std::string(to_string(policy.mode)),
                      name_of(limit.limit),
                      amount(limit.limit, limit.allowed),
                      grouped(limit.judged),
                      {grouped(limit.broken), look}});
    }
  }
  const std::uint64_t left_out = limits - rows.size();
  const Row rest = row_of_others(left_out);
  write_table(
      html,
      {{"Policy"}, {"Mode"}, {"Limit"}, {"Allowed", kNumber}, {"Judged", kNumber}, {"Broken by", kNumber}},
      rows, rest, "No policy with a limit was given.");
  const Lines found = lines_of(survey, false);
  if (found.all == 0) return;
  html.element("h3", {}, "Secrets that break one");
  write_lines(html, found, "Secret", "");
}

void write_usage(Markup& html, const Survey& survey) {
  write_lines(html, lines_of(survey, true), "Scope", "No policy has a limit across Secrets.");
}

}  // namespace

void write_html(const Survey& survey, const ControllersReport& controllers, std::ostream& out) {
  Markup html(out);
  html::fill_page(audit_page(), out,
                  {
                      {"style-source", [&] { out << html::source_of(html::common_style()); }},
                      {"style", [&] { out << html::common_style(); }},
                      {"origin", [&] { write_origin(html, survey); }},
                      {"figures", [&] { write_figures(html, survey); }},
                      {"to-do", [&] { write_to_do(html, controllers); }},
                      {"controllers", [&] { write_controllers_html(html, controllers); }},
                      {"savings", [&] { write_savings(html, survey); }},
                      {"violations", [&] { write_violations(html, survey); }},
                      {"usage", [&] { write_usage(html, survey); }},
                      {"namespaces", [&] { write_groups(html, survey.namespaces, "Namespace"); }},
                      {"types", [&] { write_groups(html, survey.types, "Type"); }},
                      {"policies", [&] { write_policies(html, survey); }},
                      {"releases", [&] { write_releases(html, survey); }},
                      {"largest", [&] { write_largest(html, survey); }},
                      {"labels", [&] { write_labels(html, survey); }},
                  });
}

}  // namespace hygiene::commands
