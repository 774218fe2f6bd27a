// What `check` prints: a table, a JSON document, or annotations of a GitHub workflow.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "commands/check/check_judge.hpp"
#include "commands/check/check_manifests.hpp"
#include "commands/terminal/text_table.hpp"

namespace hygiene::commands {

struct CheckSummary {
  std::uint64_t secrets = 0;  // judged: the sum of the next five
  std::uint64_t allowed = 0;
  std::uint64_t denied = 0;
  std::uint64_t warned = 0;
  std::uint64_t audited = 0;
  std::uint64_t spared = 0;
  std::uint64_t labelled = 0;      // not denied, and their labels would change
  std::uint64_t unexpected = 0;    // reviews of what the webhook does not judge
  std::uint64_t encrypted = 0;     // Secrets that SOPS encrypted
  std::uint64_t placeholders = 0;  // Secrets whose values another program is to put in
  std::uint64_t skipped = 0;       // objects of other kinds
  std::uint64_t no_objects = 0;    // in a directory: files and documents that are no Kubernetes objects
  std::uint64_t faults = 0;

  void count(const Finding& finding);
};

// "4000 Secrets: 3990 allowed, 6 warned, 4 denied; 3100 labelled; 2 objects of other kinds skipped".
std::string to_string(const CheckSummary& summary);

// Where a finding is: "-" is standard input. Lines and columns count from 1; 0 is unknown.
struct Place {
  std::string_view file;
  std::size_t line = 0;
  std::size_t column = 0;
};

// "manifests/web.yaml:6:9", without what is unknown.
std::string to_string(const Place& place);

// "encrypted by SOPS".
std::string_view to_string(Unfinished why);

class CheckReport {
 public:
  virtual ~CheckReport() = default;
  virtual void add(const Finding& finding, const Place& place) = 0;
  // A Secret that is skipped.
  virtual void unfinished(Unfinished, const Place&) {}
  // What could not be judged; the caller has said so on standard error.
  virtual void fault(const std::string& /* message */, const Place&) {}
  virtual void finish(const CheckSummary&) {}
};

// A row for each Secret that is not plainly allowed, up to TextTable::kRowsMax.
std::unique_ptr<CheckReport> make_table_report(std::ostream& out, bool colour);
// One document, written as it comes: every judged Secret, every error, then the summary.
std::unique_ptr<CheckReport> make_json_report(std::ostream& out);
// Workflow commands only: an error for what is denied or cannot be judged, a warning for what is warned of.
std::unique_ptr<CheckReport> make_github_report(std::ostream& out);

}  // namespace hygiene::commands
