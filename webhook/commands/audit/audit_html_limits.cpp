#include <algorithm>

#include "base/quantity.hpp"
#include "commands/audit/audit_html_sections.hpp"
#include "html/parts.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::LimitUse;
using housekeeping::PolicyUse;
using housekeeping::Survey;
using housekeeping::Use;
using html::Bar;
using html::Column;
using html::grouped;
using html::Look;
using html::look_of;
using html::Markup;
using html::percent;
using html::Row;
using html::share_of;
using html::write_bars;
using html::write_table;

constexpr Column::Kind kNumber = Column::Kind::number;

std::string amount(policy::LimitKind limit, std::uint64_t value) {
  const bool bytes = policy::limit_rule(limit).unit == policy::Unit::bytes;
  return bytes ? base::format_bytes(value) : grouped(value);
}

std::string name_of(policy::LimitKind limit) {
  return std::string(policy::limit_rule(limit).name);
}

std::string place_of(const Use& use) {
  if (use.namespace_name.empty()) return "the cluster";
  return use.name.empty() ? use.namespace_name : use.namespace_name + "/" + use.name;
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
  const Row rest = left_out == 0 ? Row() : Row{grouped(left_out) + (left_out == 1 ? " other" : " others")};
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

}  // namespace

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
  const Row rest = left_out == 0 ? Row() : Row{grouped(left_out) + (left_out == 1 ? " other" : " others")};
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

}  // namespace hygiene::commands
