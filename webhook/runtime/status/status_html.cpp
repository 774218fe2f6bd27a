#include "runtime/status/status_html.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <sstream>

#include "base/quantity.hpp"
#include "html/columns.hpp"
#include "html/page.hpp"
#include "html/parts.hpp"
#include "policy/limits/limit.hpp"
#include "runtime/status/exceptions_html.hpp"

namespace hygiene::runtime {
namespace {

using admission::Decision;
using html::Column;
using html::Look;
using html::Markup;
using html::Row;
using TimePoint = std::chrono::system_clock::time_point;

constexpr Column::Kind kNumber = Column::Kind::number;
constexpr Column::Kind kWord = Column::Kind::word;
// A screen of bars, and as many rows as one reads.
constexpr std::size_t kBarsMax = 8;
constexpr std::size_t kRowsMax = 50;
// cert-manager renews a certificate when a third of its time is left: of 90 days, 30.
constexpr std::chrono::days kCertificateNear{14};

std::string utc(TimePoint time, const char* form) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), form, &parts)};
}

// The day is named where it is another.
std::string moment(TimePoint time, TimePoint now) {
  const bool today =
      std::chrono::floor<std::chrono::days>(time) == std::chrono::floor<std::chrono::days>(now);
  return utc(time, today ? "%H:%M:%S" : "%Y-%m-%d %H:%M");
}

// In the two largest units: "3 d 4 h", "12 min", "40 s".
std::string length_of(std::chrono::system_clock::duration length) {
  const auto seconds = std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(length).count());
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  static constexpr std::array kUnits{Unit{86'400, " d"}, Unit{3'600, " h"}, Unit{60, " min"}, Unit{1, " s"}};
  const auto unit = std::ranges::find_if(kUnits, [&](const Unit& each) { return seconds >= each.seconds; });
  if (unit == kUnits.end()) return "0 s";
  std::string text = std::to_string(seconds / unit->seconds) + unit->name;
  const auto finer = unit + 1;
  if (finer == kUnits.end() || finer->seconds == 1) return text;
  const auto rest = seconds % unit->seconds / finer->seconds;
  return rest == 0 ? text : text + ' ' + std::to_string(rest) + finer->name;
}

std::string amount(policy::LimitKind limit, std::uint64_t value) {
  const bool bytes = policy::limit_rule(limit).unit == policy::Unit::bytes;
  return bytes ? base::format_bytes(value) : html::grouped(value);
}

policy::LimitKind kind_named(std::string_view name) {
  return std::ranges::find(policy::limit_rules(), name, &policy::LimitRule::name)->kind;
}

std::uint64_t sum(const Status& status, std::uint64_t (*of)(const TrafficSlot&)) {
  std::uint64_t all = 0;
  for (const TrafficSlot& slot : status.traffic) all += of(slot);
  return all;
}
std::uint64_t answered(const TrafficSlot& slot) {
  return slot.all();
}
std::uint64_t denied(const TrafficSlot& slot) {
  return slot.of(Decision::denied);
}

void write_chart(Markup& html, const Status& status, std::string_view name,
                 std::uint64_t (*of)(const TrafficSlot&), Look look) {
  html::Columns chart;
  chart.places = TrafficHistory::kSlots;
  chart.look = look;
  std::uint64_t highest = 0;
  for (const TrafficSlot& slot : status.traffic) {
    chart.columns.push_back(
        {of(slot), utc(slot.start, "%H:%M to ") + utc(slot.start + TrafficHistory::kLength, "%H:%M")});
    highest = std::max(highest, of(slot));
  }
  const std::string total = html::grouped(sum(status, of));
  const std::string label = std::string(name) + " in three minutes, over six hours: at most " +
                            html::grouped(highest) + ", together " + total;
  chart.label = label;
  html.element("div", {{"class", "chart"}}, [&] {
    html.element("p", {}, [&] {
      html.element("b", {}, name);
      html.element("span", {}, "peak " + html::grouped(highest) + " in 3 min");
    });
    html::write_columns(html, chart);
    html.element("p", {{"class", "axis"}, {"aria-hidden", "true"}}, [&] {
      for (const char* mark : {"6 h ago", "4 h", "2 h", "now"}) html.element("span", {}, mark);
    });
  });
}

std::string limits_of(const policy::Policy& policy) {
  std::string text;
  for (const policy::LimitRule& rule : policy::limit_rules()) {
    const auto allowed = policy.limit(rule.kind);
    if (!allowed) continue;
    text.append(text.empty() ? "" : ", ").append(rule.name).append(" ").append(amount(rule.kind, *allowed));
  }
  return text;
}

std::string labels_of(const policy::Policy& policy) {
  std::string text;
  for (const secret::Label& label : policy.labels) {
    text.append(text.empty() ? "" : ", ").append(label.key).append("=").append(label.value);
  }
  return text;
}

const std::vector<ScopeUsage>& fullest(const Status& status) {
  static const std::vector<ScopeUsage> kNone;
  return status.usage ? status.usage->fullest : kNone;
}

std::string place_of(const ScopeUsage& scope) {
  return scope.scope.empty() ? "the cluster" : scope.scope;
}

void write_state(Markup& html, const Status& status) {
  html.element("p", {}, [&] {
    html.element("span", {{"class", status.ready() ? "word good" : "word bad"}},
                 status.ready() ? "Ready" : "Not ready");
    html.text("Replica " + status.replica + ", " + utc(status.now, "%Y-%m-%d %H:%M:%S") + " UTC");
  });
  const auto warn = [&html](const std::string& text) { html.element("p", {{"class", "warning"}}, text); };
  for (const Probes::Check& check : status.checks) {
    if (!check.reason.empty()) warn(check.name + ": " + check.reason);
  }
  if (status.policies_refused > 0) {
    warn(html::counted(status.policies_refused, "change", "changes") +
         " of the policies refused since the start: the last good set stays in force, the log says why");
  }
  if (status.certificates_refused > 0) {
    warn(html::counted(status.certificates_refused, "new certificate", "new certificates") +
         " refused since the start: the last good one stays in force, the log says why");
  }
}

void write_figures(Markup& html, const Status& status) {
  const bool whole = status.traffic.size() == TrafficHistory::kSlots;
  const std::string span = whole ? "in six hours" : "since the start";
  std::vector<html::Figure> figures{
      {"Answered", html::grouped(sum(status, answered)), "reviews " + span},
      {"Denied", html::grouped(sum(status, denied)), "of them"},
      {"Policies", html::grouped(status.policies ? status.policies->policies.size() : 0),
       "hash " + (status.policies ? status.policies->hash : "")},
      {"Up", length_of(status.now - status.started), "version " + status.version}};
  if (status.certificate_ends) {
    const auto left = *status.certificate_ends - status.now;
    const bool over = left <= left.zero();
    const Look look = over ? Look::over : left < kCertificateNear ? Look::near : Look::plain;
    figures.push_back({"Certificate", over ? "ended" : length_of(left),
                       (over ? "on " : "left, until ") + utc(*status.certificate_ends, "%Y-%m-%d"), look});
  }
  html::write_figures(html, figures);
}

void write_charts(Markup& html, const Status& status) {
  write_chart(html, status, "Reviews answered", answered, Look::plain);
  write_chart(html, status, "Denied", denied, Look::over);
}

void write_hours(Markup& html, const Status& status) {
  std::vector<TrafficSlot> hours;  // newest first
  for (auto slot = status.traffic.rbegin(); slot != status.traffic.rend(); ++slot) {
    const TimePoint start = std::chrono::floor<std::chrono::hours>(slot->start);
    if (hours.empty() || hours.back().start != start) hours.push_back({start, {}});
    for (std::size_t i = 0; i < slot->answered.size(); ++i) hours.back().answered[i] += slot->answered[i];
  }
  std::vector<Row> rows;
  for (const TrafficSlot& hour : hours) {
    Row row{utc(hour.start, "%m-%d %H:%M"), html::grouped(hour.all())};
    for (const Decision decision :
         {Decision::denied, Decision::warned, Decision::labelled, Decision::malformed}) {
      row.emplace_back(html::grouped(hour.of(decision)));
    }
    rows.push_back(std::move(row));
  }
  html::write_table(html,
                    {{"Hour from"},
                     {"Answered", kNumber},
                     {"Denied", kNumber},
                     {"Warned", kNumber},
                     {"Labelled", kNumber},
                     {"Malformed", kNumber}},
                    rows, {}, "No request was answered yet.");
}

void write_rejections(Markup& html, const Status& status) {
  std::vector<Row> rows;
  for (const RecentRejection& each : status.rejections) {
    if (rows.size() == kRowsMax) break;
    rows.push_back({each.namespace_name + "/" + each.name, moment(each.last, status.now), each.policy,
                    std::string(policy::limit_rule(each.limit).name),
                    each.counted ? amount(each.limit, each.measured) : "not known",
                    amount(each.limit, each.allowed),
                    html::grouped(each.times) + (each.dry_run ? " (dry run)" : "")});
  }
  html::write_table(html,
                    {{"Secret"},
                     {"Last", kWord},
                     {"Policy"},
                     {"Limit", kWord},
                     {"Measured", kNumber},
                     {"Allowed", kNumber},
                     {"Times", kNumber}},
                    rows, html::row_of_others(status.rejections.size() - rows.size()),
                    "Nothing was denied since the start.");
}

void write_usage(Markup& html, const Status& status) {
  if (!status.counting) {
    html.element("p", {{"class", "nothing"}}, "No policy in force has a limit across Secrets.");
    return;
  }
  if (!status.synced) {
    html.element("p", {{"class", "warning"}}, "Not all stored Secrets are read yet: these sums are partial.");
  }
  std::vector<html::Bar> bars;
  for (const ScopeUsage& scope : fullest(status)) {
    if (bars.size() == kBarsMax) break;
    const policy::LimitKind limit = kind_named(scope.limit);
    const std::uint64_t held = scope.used + scope.reserved;
    bars.push_back({place_of(scope) + ", " + scope.limit,
                    amount(limit, held) + " of " + amount(limit, scope.allowed), scope.ratio(),
                    html::look_of(held, scope.allowed)});
  }
  html::write_bars(html, bars);
}

void write_scopes(Markup& html, const Status& status) {
  std::vector<Row> rows;
  for (const ScopeUsage& scope : fullest(status)) {
    if (rows.size() == kRowsMax) break;
    const policy::LimitKind limit = kind_named(scope.limit);
    const Look look = html::look_of(scope.used + scope.reserved, scope.allowed);
    rows.push_back({place_of(scope),
                    {html::percent(scope.ratio()), look},
                    scope.policy,
                    scope.limit,
                    amount(limit, scope.used),
                    amount(limit, scope.reserved),
                    amount(limit, scope.allowed)});
  }
  html::write_table(html,
                    {{"Scope"},
                     {"Full", kNumber},
                     {"Policy"},
                     {"Limit", kWord},
                     {"Stored", kNumber},
                     {"Admitted", kNumber},
                     {"Allowed", kNumber}},
                    rows, html::row_of_others(fullest(status).size() - rows.size()),
                    "No counted Secret is stored.");
}

// "Enforce", or "Enforce on CREATE" where the policy denies on one operation only.
std::string mode_of(const policy::Policy& policy) {
  std::string mode(policy::to_string(policy.mode));
  if (policy.mode != policy::Mode::enforce || policy.enforce_on_create == policy.enforce_on_update)
    return mode;
  return mode + " on " +
         std::string(policy::to_string(policy.enforce_on_create ? policy::Operation::create
                                                                : policy::Operation::update));
}

void write_policies(Markup& html, const Status& status) {
  std::vector<Row> rows;
  const std::vector<policy::Policy> none;
  const std::vector<policy::Policy>& all = status.policies ? status.policies->policies : none;
  for (const policy::Policy& policy : all) {
    if (rows.size() == kRowsMax) break;
    rows.push_back({policy.name, mode_of(policy), limits_of(policy), labels_of(policy)});
  }
  html::write_table(html, {{"Policy"}, {"Mode", kWord}, {"Limits"}, {"Labels"}}, rows,
                    html::row_of_others(all.size() - rows.size()), "No policy is in force.");
  std::vector<PolicyException> exceptions;
  for (const policy::Policy& policy : all) {
    for (const policy::Exception& each : policy.exceptions) exceptions.push_back({policy.name, each});
  }
  write_exceptions(html, exceptions, status.now);
}

const std::string& style() {
  static const std::string kStyle = std::string(html::common_style()) + std::string(status_style());
  return kStyle;
}

}  // namespace

std::string to_html(const Status& status) {
  std::ostringstream out;
  Markup html(out);
  html::fill_page(
      status_skeleton(), out,
      {
          {"title", [&] { html.text(status.ready() ? "secret-hygiene" : "not ready: secret-hygiene"); }},
          {"style", [&] { out << style(); }},
          {"state", [&] { write_state(html, status); }},
          {"figures", [&] { write_figures(html, status); }},
          {"charts", [&] { write_charts(html, status); }},
          {"hours", [&] { write_hours(html, status); }},
          {"rejections", [&] { write_rejections(html, status); }},
          {"usage", [&] { write_usage(html, status); }},
          {"scopes", [&] { write_scopes(html, status); }},
          {"policies", [&] { write_policies(html, status); }},
          {"script", [&] { out << status_script(); }},
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
