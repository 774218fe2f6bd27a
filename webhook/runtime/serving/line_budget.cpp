#include "runtime/serving/line_budget.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace hygiene::runtime {

LineBudget::LineBudget(telemetry::Metrics& metrics, Clock now) : metrics_(metrics), now_(std::move(now)) {}

bool LineBudget::take(std::string_view policy) {
  const auto now = now_();
  const std::lock_guard lock(mutex_);
  auto found = policies_.find(policy);
  if (found == policies_.end()) {
    found = policies_.emplace(policy, Policy()).first;
    found->second.since = now;
    found->second.counter = &metrics_.log_lines_left_out(policy);
  }
  Policy& of = found->second;
  const auto earned = static_cast<std::uint64_t>((now - of.since) / kLineEvery);
  of.since += kLineEvery * earned;
  of.lines = std::min(of.lines + earned, kLinesAtOnce);
  if (of.lines == 0) {
    ++of.left_out;
    of.counter->Increment();
    return false;
  }
  --of.lines;
  return true;
}

void LineBudget::report(telemetry::Log& log) {
  std::vector<std::pair<std::string, std::uint64_t>> left_out;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [name, of] : policies_) {
      if (of.left_out > 0) left_out.emplace_back(name, std::exchange(of.left_out, 0));
    }
  }
  for (const auto& [name, lines] : left_out) {
    log.warning("log lines were left out: too many of one policy", {{"policy", name}, {"lines", lines}});
  }
}

}  // namespace hygiene::runtime
