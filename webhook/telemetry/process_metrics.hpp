// The process_* metrics that every Prometheus client has, from /proc/self. Thread-safety: pure, or reads
// only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

namespace hygiene::telemetry {

// Of /proc/PID/stat; proc(5) numbers the fields.
struct ProcessStat {
  std::uint64_t cpu_ticks = 0;       // utime + stime, fields 14 and 15
  std::uint64_t start_ticks = 0;     // since boot, field 22
  std::uint64_t virtual_bytes = 0;   // field 23
  std::uint64_t resident_pages = 0;  // field 24
};

// Nothing where the text is cut short or is not of this format. A program's name may hold spaces and
// parentheses.
std::optional<ProcessStat> parse_process_stat(std::string_view text);
// The soft limit "Max open files" of /proc/PID/limits; nothing if absent or unlimited.
std::optional<std::uint64_t> parse_open_files_max(const std::string& text);
// "btime" of /proc/stat: seconds since the epoch at boot.
std::optional<std::uint64_t> parse_boot_time(const std::string& text);

// cpu_seconds_total, resident_memory_bytes, virtual_memory_bytes, start_time_seconds, open_fds, max_fds;
// without those that cannot be read.
std::vector<prometheus::MetricFamily> process_metrics();

}  // namespace hygiene::telemetry
