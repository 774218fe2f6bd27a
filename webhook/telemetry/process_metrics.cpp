#include "telemetry/process_metrics.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <unistd.h>

namespace hygiene::telemetry {
namespace {

// The number after `name` at the start of a line.
std::optional<std::uint64_t> number_after(const std::string& text, std::string_view name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream rest(line.substr(name.size()));
    std::uint64_t number = 0;
    return rest >> number ? std::optional(number) : std::nullopt;
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

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::istringstream words(std::string(text.substr(name_end + 1)));
  std::array<std::uint64_t, 25> fields{};
  std::string passed_over;  // letters and negative numbers among them
  for (std::size_t field = 3; field < fields.size(); ++field) {
    if (field == 14 || field == 15 || field >= 22) {
      words >> fields[field];
    } else {
      words >> passed_over;
    }
  }
  if (!words) return std::nullopt;
  return ProcessStat{fields[14] + fields[15], fields[22], fields[23], fields[24]};
}

std::optional<std::uint64_t> parse_open_files_max(const std::string& text) {
  return number_after(text, "Max open files ");
}

std::optional<std::uint64_t> parse_boot_time(const std::string& text) {
  return number_after(text, "btime ");
}

std::vector<prometheus::MetricFamily> process_metrics() {
  using enum prometheus::MetricType;
  std::vector<prometheus::MetricFamily> families;
  const auto add = [&families](const char* name, prometheus::MetricType type, const char* help,
                               double value) {
    prometheus::ClientMetric metric;
    (type == Counter ? metric.counter.value : metric.gauge.value) = value;
    families.push_back({name, help, type, {metric}});
  };
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (const auto stat = parse_process_stat(read_text("/proc/self/stat"))) {
    add("process_cpu_seconds_total", Counter, "User and system CPU time spent, in seconds.",
        static_cast<double>(stat->cpu_ticks) / ticks_per_second);
    add("process_resident_memory_bytes", Gauge, "Resident memory, in bytes.",
        static_cast<double>(stat->resident_pages * page_bytes));
    add("process_virtual_memory_bytes", Gauge, "Virtual memory, in bytes.",
        static_cast<double>(stat->virtual_bytes));
    if (const auto boot = parse_boot_time(read_text("/proc/stat"))) {
      add("process_start_time_seconds", Gauge, "When the process started, in seconds since the epoch.",
          static_cast<double>(*boot) + static_cast<double>(stat->start_ticks) / ticks_per_second);
    }
  }
  if (const auto open = count_open_files()) {
    add("process_open_fds", Gauge, "Open file descriptors.", static_cast<double>(*open));
  }
  if (const auto most = parse_open_files_max(read_text("/proc/self/limits"))) {
    add("process_max_fds", Gauge, "Most file descriptors that may be open.", static_cast<double>(*most));
  }
  return families;
}

}  // namespace hygiene::telemetry
