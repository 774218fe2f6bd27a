// The JSON report of check and of label: a document that is written as results come, one a line, so that none
// of them is held. Thread-safety: one thread at a time.
#pragma once

#include <concepts>
#include <ostream>
#include <string_view>
#include <vector>

#include "json/writer.hpp"
#include "policy/label_plan.hpp"

namespace hygiene::commands {

class ResultsJson {
 public:
  // Begins the document. `out` must outlive it. `kind`: such as CheckReport.
  ResultsJson(std::ostream& out, std::string_view kind);

  // One more result, whose members `inside` writes.
  template <std::invocable<json::Writer&> Inside>
  void add(Inside inside) {
    json_.break_line();
    json_.object([&] { inside(json_); });
    out_ << json_.take();
  }
  // Ends the document with a summary, whose members `inside` writes.
  template <std::invocable<json::Writer&> Inside>
  void finish(Inside inside) {
    json_.break_line();
    json_.end_array();
    json_.object("summary", [&] { inside(json_); });
    json_.end_object();
    out_ << json_.take() << '\n';
  }

 private:
  std::ostream& out_;
  json::Writer json_;
};

// The member "labels" of a result.
void write_label_changes(json::Writer& json, const std::vector<policy::LabelChange>& changes);

}  // namespace hygiene::commands
