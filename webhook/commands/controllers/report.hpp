// What `controllers` reports, and how it and the page of an audit word it. Thread-safety: values and pure
// functions.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "commands/terminal/text_table.hpp"
#include "housekeeping/controllers/advice.hpp"

namespace hygiene::commands {

struct ControllersReport {
  housekeeping::ControllersFound found;
  std::vector<housekeeping::Advice> advice;    // one for each of found.controllers
  std::optional<housekeeping::Survey> stored;  // what savings are made of; nothing: not known
  bool by_audit = false;  // `stored` is a file's, else of the metadata that is stored now
};

// With the advice for each.
ControllersReport make_report(housekeeping::ControllersFound found,
                              std::optional<housekeeping::Survey> stored, bool by_audit);

// "deployment/kong", as kubectl names it.
std::string workload_of(const std::string& kind, const std::string& name);
// "konghq.com/secret=true", "none", "not seen".
std::string selector_of(const housekeeping::ConfiguredSelector& state);
// "12Mi", "at least 12Mi", "up to 12Mi", "about 12Mi"; empty: not known.
std::string amount_of(const std::optional<housekeeping::Estimate>& estimate);
// "may cache every Secret".
std::string cache_of(const housekeeping::MayCache& may_cache);
// Who lets it.
std::string reason_of(const housekeeping::MayCache& may_cache);

// Begins with what to do first.
void write_controllers_table(const ControllersReport& report, const TableStyle& style, std::ostream& out);
void write_controllers_json(const ControllersReport& report, std::ostream& out);

}  // namespace hygiene::commands
