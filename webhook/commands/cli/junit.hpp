// A report as JUnit writes it: XML, which most CI systems read. Held until the end, since counts come first:
// up to TextTable::kRowsMax cases, the others are only counted. Thread-safety: one thread at a time.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>

#include "commands/terminal/text_table.hpp"
#include "html/markup.hpp"

namespace hygiene::commands {

struct JunitCounts {
  std::uint64_t tests = 0;
  std::uint64_t failures = 0;
  std::uint64_t errors = 0;
  std::uint64_t skipped = 0;
};

class Junit {
 public:
  // `inside` writes what the case holds: nothing where it passed, else `failure`, `error` or `skipped`.
  // `line` of the file; 0: unknown.
  template <std::invocable<html::Markup&> Inside>
  void add(std::string_view file, std::string name, std::size_t line, Inside inside) {
    if (count_ == TextTable::kRowsMax) {
      ++left_out_;
      return;
    }
    ++count_;
    body_ << '\n';
    if (line > 0) name += " (line " + std::to_string(line) + ")";
    cases_.element("testcase", {{"classname", file}, {"name", name}}, [&] { inside(cases_); });
  }

  // Writes the report.
  void finish(std::ostream& out, std::string_view suite, const JunitCounts& counts) const;

 private:
  std::ostringstream body_;
  html::Markup cases_{body_};
  std::size_t count_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace hygiene::commands
