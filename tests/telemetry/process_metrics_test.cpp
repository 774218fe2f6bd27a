#include "telemetry/process_metrics.hpp"

#include <map>
#include <string>

#include <catch2/catch.hpp>

using namespace hygiene::telemetry;

namespace {

// As a kernel writes it, with a program's name that tries to mislead.
const std::string kStat =
    "4242 (a) S 1 (b) S 1 4242 4242 0 -1 4194560 1530 0 3 0 17 25 0 0 20 0 3 0 987654 106954752 2011 "
    "18446744073709551615 1 1 0 0 0 0 0 4096 17479 0 0 0 17 1 0 0 0 0 0\n";

}  // namespace

TEST_CASE("the kernel's stat line gives times and sizes, whatever the program is called") {
  const auto stat = parse_process_stat(kStat);
  REQUIRE(stat);
  CHECK(stat->cpu_ticks == 42);
  CHECK(stat->start_ticks == 987654);
  CHECK(stat->virtual_bytes == 106954752);
  CHECK(stat->resident_pages == 2011);
}

TEST_CASE("a stat line that is cut short or not one gives nothing") {
  const std::size_t needed = kStat.find("2011") + 4;
  CHECK(parse_process_stat(std::string_view(kStat).substr(0, needed)));
  CHECK(!parse_process_stat(std::string_view(kStat).substr(0, kStat.find("2011"))));
  for (const char* text :
       {"", "4242", "4242 (a)", "4242 (a) S x x x x x x x x x x x x x x x x x x x x x x x"}) {
    CHECK(!parse_process_stat(text));
  }
}

TEST_CASE("the soft limit of open files is read, and no limit gives nothing") {
  const std::string head =
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max processes             63432                63432                processes \n";
  CHECK(parse_open_files_max(
            head + "Max open files            1024                 1048576              files     \n") ==
        1024);
  CHECK(!parse_open_files_max(
      head + "Max open files            unlimited            unlimited            files     \n"));
  CHECK(!parse_open_files_max(head));
  CHECK(!parse_open_files_max(""));
}

TEST_CASE("the time of boot is read at the start of a line only") {
  CHECK(parse_boot_time("cpu  1 2 3\nctxt 5\nbtime 1790000000\nprocesses 1\n") == 1790000000);
  CHECK(parse_boot_time("btime 1790000000") == 1790000000);
  CHECK(!parse_boot_time("cpu btime 5\n"));
  CHECK(!parse_boot_time("btime x\n"));
}

TEST_CASE("this process has every process metric, with values that can be") {
  std::map<std::string, double> values;
  for (const auto& family : process_metrics()) {
    REQUIRE(family.metric.size() == 1);
    const auto& metric = family.metric.front();
    values[family.name] =
        family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
  }
  CHECK(values.size() == 6);
  CHECK(values["process_cpu_seconds_total"] >= 0);
  CHECK(values["process_resident_memory_bytes"] > 1024 * 1024);
  CHECK(values["process_virtual_memory_bytes"] > values["process_resident_memory_bytes"]);
  CHECK(values["process_open_fds"] >= 3);
  CHECK(values["process_open_fds"] < values["process_max_fds"]);
  CHECK(values["process_start_time_seconds"] > 1.7e9);
}
