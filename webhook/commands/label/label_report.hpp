// What `label` prints: a table, a JSON document or names. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>

#include "commands/cli/stored_flags.hpp"
#include "housekeeping/label/label_writer.hpp"

namespace hygiene::commands {

using housekeeping::LabelOutcome;

struct LabelSummary {
  bool applied = false;
  bool interrupted = false;
  std::uint64_t secrets = 0;  // read
  std::uint64_t right = 0;    // as they should be
  std::uint64_t planned = 0;  // the sum of the next four, and left()
  std::uint64_t changed = 0;
  std::uint64_t overtaken = 0;
  std::uint64_t gone = 0;
  std::uint64_t failed = 0;
  std::uint64_t no_room = 0;
  std::uint64_t audited = 0;  // among those that were right

  // Counts the outcome of one planned change.
  void count(LabelOutcome outcome);
  // Planned changes that the run did not reach.
  std::uint64_t left() const { return planned - changed - overtaken - gone - failed; }
};

// "4000 Secrets: 3990 already right, 8 changed, 2 failed".
std::string to_string(const LabelSummary& summary);

class LabelReport {
 public:
  virtual ~LabelReport() = default;
  // `why` is for failed alone.
  virtual void add(const housekeeping::LabelStep& step, LabelOutcome outcome, const std::string& why) = 0;
  virtual void finish(const LabelSummary& summary) = 0;
};

// As `stored.output` says: a table, one document that is written as it comes, or as it comes `secret/NAME` of
// each Secret that was changed, or would be.
std::unique_ptr<LabelReport> make_label_report(const StoredOptions& stored, std::ostream& out);

}  // namespace hygiene::commands
