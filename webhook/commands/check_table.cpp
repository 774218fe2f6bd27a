#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "commands/check_report.hpp"

namespace hygiene::commands {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kGap = 2;
constexpr std::size_t kReasonIndent = 4;
constexpr std::size_t kColumns = 4;
constexpr std::array<std::string_view, kColumns> kTitles{"NAMESPACE", "NAME", "VERDICT", "LABELS"};
constexpr std::size_t kVerdict = 2;
// One long name must not push every other row beyond the screen: its own row is wider instead.
constexpr std::array<std::size_t, kColumns> kWidestColumn{24, 40, 8, 32};

struct Row {
  std::array<std::string, kColumns> cells;
  std::vector<std::string> reasons;
  admission::Decision decision{};
};

// Columns that `text` takes: bytes that begin a UTF-8 character.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string_view colour_of(admission::Decision decision) {
  switch (decision) {
    case admission::Decision::denied:
      return "\x1B[31m";
    case admission::Decision::warned:
      return "\x1B[33m";
    default:
      return {};
  }
}

std::vector<std::string> reasons_of(const Finding& finding) {
  std::vector<std::string> reasons;
  for (const std::string& message : finding.messages) reasons.push_back(printable(message));
  if (finding.labels.no_room) reasons.emplace_back("no room for labels: annotations may take 256Ki");
  if (!reasons.empty()) return reasons;
  std::string policies;
  for (const policy::LabelChange& change : finding.labels.changes) {
    if (change.policy == nullptr || policies.find(change.policy->name) != std::string::npos) continue;
    policies.append(policies.empty() ? "" : ", ").append(change.policy->name);
  }
  if (!policies.empty()) reasons.push_back("policy " + policies);
  return reasons;
}

class TableReport final : public CheckReport {
 public:
  TableReport(std::ostream& out, bool colour) : out_(out), colour_(colour) {}

  void add(const Finding& finding, const Place&) override {
    if (finding.plain()) return;
    if (rows_.size() == kTableRowsMax) {
      ++rows_left_out_;
      return;
    }
    const secret::Facts& object = finding.object;
    std::string name = object.name;
    if (name.empty() && !object.generate_name.empty()) name = object.generate_name + "*";
    Row& row = rows_.emplace_back();
    row.cells = {printable(object.namespace_name), printable(name), std::string(to_string(finding.decision)),
                 printable(labels_of(finding.labels))};
    for (std::string& cell : row.cells) {
      if (cell.empty()) cell = "-";
    }
    row.reasons = reasons_of(finding);
    row.decision = finding.decision;
  }

  void fault(const base::Error&, std::string_view) override {}

  void finish(const CheckSummary& summary) override {
    if (!rows_.empty()) {
      for (std::size_t i = 0; i < kColumns; ++i) widths_[i] = width_of(i);
      Row header;
      std::copy(kTitles.begin(), kTitles.end(), header.cells.begin());
      header.reasons.emplace_back("REASON");
      print(header, false);
      for (const Row& row : rows_) print(row, colour_);
      if (rows_left_out_ > 0) out_ << "+" << rows_left_out_ << " more, which -o json lists\n";
      out_ << '\n';
    }
    out_ << to_string(summary) << '\n';
  }

 private:
  std::size_t width_of(std::size_t column) const {
    std::size_t width = kTitles[column].size();
    for (const Row& row : rows_) {
      const std::size_t cell = columns_of(row.cells[column]);
      if (cell <= kWidestColumn[column]) width = std::max(width, cell);
    }
    return width;
  }

  void print(const Row& row, bool colour) {
    std::string line;
    std::size_t used = 0;
    for (std::size_t i = 0; i < kColumns; ++i) {
      const std::string_view paint = colour && i == kVerdict ? colour_of(row.decision) : std::string_view();
      line.append(paint).append(row.cells[i]).append(paint.empty() ? "" : "\x1B[0m");
      const std::size_t cell = columns_of(row.cells[i]);
      const std::size_t padded = std::max(cell, widths_[i]) + kGap;
      line.append(padded - cell, ' ');
      used += padded;
    }
    auto reason = row.reasons.begin();
    if (reason != row.reasons.end() && used + columns_of(*reason) <= kWidth) line += *reason++;
    line.erase(line.find_last_not_of(' ') + 1);
    out_ << line << '\n';
    for (; reason != row.reasons.end(); ++reason) print_wrapped(*reason);
  }

  // Breaks at spaces; a word that is too long stands alone.
  void print_wrapped(std::string_view text) {
    const std::size_t room = kWidth - kReasonIndent;
    while (!text.empty()) {
      std::size_t end = text.size();
      if (columns_of(text) > room) {
        end = text.rfind(' ', room);
        if (end == std::string_view::npos || end == 0) end = std::min(text.find(' ', 1), text.size());
      }
      out_ << std::string(kReasonIndent, ' ') << text.substr(0, end) << '\n';
      text.remove_prefix(std::min(text.find_first_not_of(' ', end), text.size()));
    }
  }

  std::ostream& out_;
  bool colour_;
  std::vector<Row> rows_;
  std::uint64_t rows_left_out_ = 0;
  std::array<std::size_t, kColumns> widths_{};
};

}  // namespace

std::unique_ptr<CheckReport> make_table_report(std::ostream& out, bool colour) {
  return std::make_unique<TableReport>(out, colour);
}

}  // namespace hygiene::commands
