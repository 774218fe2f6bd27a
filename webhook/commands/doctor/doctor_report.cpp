#include "commands/doctor/doctor_report.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "commands/cli/results_json.hpp"
#include "commands/terminal/text_table.hpp"

namespace hygiene::commands {

using housekeeping::Diagnosis;
using housekeeping::Health;

namespace {

constexpr std::size_t kState = 0;

std::string_view colour_of(Health health) {
  static constexpr std::array<std::string_view, 4> kColours{"\x1B[32m", "\x1B[33m", "\x1B[31m", "\x1B[36m"};
  return kColours[static_cast<std::size_t>(health)];
}

std::string state_of(Health health) {
  return health == Health::not_looked_at ? "not checked" : std::string(to_string(health));
}

}  // namespace

void DoctorReport::add(Diagnosis diagnosis) {
  ++counts_[static_cast<std::size_t>(diagnosis.health)];
  all_.push_back(std::move(diagnosis));
}

void DoctorReport::print(std::ostream& out, bool colour) const {
  TextTable table({{"STATE", 13}, {"CHECK", 18}, {"OF", 31}}, {}, kState);
  for (const Diagnosis& each : all_) {
    TableRow row;
    row.cells = {state_of(each.health), each.check, printable(each.subject)};
    row.notes = {{}, printable(each.message)};
    if (!each.advice.empty()) row.notes.push_back("To do: " + printable(each.advice));
    row.colour = colour_of(each.health);
    table.add(std::move(row));
  }
  const auto said = [this](Health health, const char* many) {
    return std::to_string(count(health)) + ' ' + many;
  };
  table.print(out, colour,
              said(Health::ok, "ok, ") + counted(count(Health::warning), "warning, ", "warnings, ") +
                  counted(count(Health::problem), "problem, ", "problems, ") +
                  said(Health::not_looked_at, "not checked"));
  out << "`secret-hygiene controllers` shows which controllers cache Secrets, and how to stop it\n";
}

void DoctorReport::write_json(std::ostream& out) const {
  ResultsJson json(out, "DoctorReport");
  for (const Diagnosis& each : all_) {
    json.add([&each](json::Writer& result) {
      result.field("check", each.check);
      result.field("subject", each.subject);
      result.field("state", to_string(each.health));
      result.field("message", each.message);
      result.field("advice", each.advice);
    });
  }
  json.finish([this](json::Writer& summary) {
    for (const Health health : {Health::ok, Health::warning, Health::problem, Health::not_looked_at})
      summary.field(to_string(health), count(health));
  });
}

}  // namespace hygiene::commands
