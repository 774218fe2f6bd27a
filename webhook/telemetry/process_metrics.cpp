#include "telemetry/process_metrics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include <unistd.h>

namespace hygiene::telemetry {
namespace {

std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(" \n"));
  text.remove_prefix(word.size());
  return word;
}

std::optional<std::uint64_t> parse_number(std::string_view word) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

// The number after `name` at the start of a line.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(name)) {
      std::string_view rest = line.substr(name.size());
      return parse_number(next_word(rest));
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::nullopt;
}

std::string read_text(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::uint64_t> count_open_files() {
  std::error_code ec;
  std::filesystem::directory_iterator entries("/proc/self/fd", ec);
  if (ec) return std::nullopt;
  std::uint64_t count = 0;
  for (; entries != std::filesystem::directory_iterator(); entries.increment(ec)) ++count;
  return count - 1;  // without the one that reads the directory
}

class Families {
 public:
  void add(const char* name, prometheus::MetricType type, const char* help, double value) {
    prometheus::MetricFamily family;
    family.name = name;
    family.type = type;
    family.help = help;
    prometheus::ClientMetric metric;
    (type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    family.metric.push_back(std::move(metric));
    families_.push_back(std::move(family));
  }

  std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 1);
  constexpr int kFirstField = 3;  // the state, the first after the name
  std::array<std::uint64_t, 25> fields{};
  for (std::size_t field = kFirstField; field < fields.size(); ++field) {
    const std::string_view word = next_word(text);
    if (field != 14 && field != 15 && field < 22) continue;  // letters and negative numbers among them
    const auto number = parse_number(word);
    if (!number) return std::nullopt;
    fields[field] = *number;
  }
  return ProcessStat{fields[14] + fields[15], fields[22], fields[23], fields[24]};
}

std::optional<std::uint64_t> parse_open_files_max(std::string_view text) {
  return number_after(text, "Max open files ");
}

std::optional<std::uint64_t> parse_boot_time(std::string_view text) {
  return number_after(text, "btime ");
}

std::vector<prometheus::MetricFamily> process_metrics() {
  using enum prometheus::MetricType;
  Families families;
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (const auto stat = parse_process_stat(read_text("/proc/self/stat"))) {
    families.add("process_cpu_seconds_total", Counter, "User and system CPU time spent, in seconds.",
                 static_cast<double>(stat->cpu_ticks) / ticks_per_second);
    families.add("process_resident_memory_bytes", Gauge, "Resident memory, in bytes.",
                 static_cast<double>(stat->resident_pages * page_bytes));
    families.add("process_virtual_memory_bytes", Gauge, "Virtual memory, in bytes.",
                 static_cast<double>(stat->virtual_bytes));
    if (const auto boot = parse_boot_time(read_text("/proc/stat"))) {
      families.add("process_start_time_seconds", Gauge,
                   "When the process started, in seconds since the epoch.",
                   static_cast<double>(*boot) + static_cast<double>(stat->start_ticks) / ticks_per_second);
    }
  }
  if (const auto open = count_open_files()) {
    families.add("process_open_fds", Gauge, "Open file descriptors.", static_cast<double>(*open));
  }
  if (const auto most = parse_open_files_max(read_text("/proc/self/limits"))) {
    families.add("process_max_fds", Gauge, "Most file descriptors that may be open.",
                 static_cast<double>(*most));
  }
  return families.take();
}

}  // namespace hygiene::telemetry
