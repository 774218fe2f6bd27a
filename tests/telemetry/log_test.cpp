#include "telemetry/log.hpp"

#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

using namespace hygiene::telemetry;
using namespace std::string_view_literals;

namespace {

// 2026-01-02T03:04:05.678Z
std::chrono::system_clock::time_point fixed_time() {
  return std::chrono::system_clock::time_point(std::chrono::milliseconds(1'767'323'045'678));
}

std::string written(LogFormat format, Level level, std::string_view message,
                    std::initializer_list<Field> fields) {
  std::ostringstream out;
  Log log(Level::debug, format, out, fixed_time);
  log.write(level, message, fields);
  return out.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("a JSON line holds time, level, message and every kind of field") {
  CHECK(written(LogFormat::json, Level::info, "it began",
                {{"name", "a \"b\""},
                 {"minus", std::int64_t{-3}},
                 {"most", std::numeric_limits<std::uint64_t>::max()},
                 {"ratio", 0.5},
                 {"no_number", std::numeric_limits<double>::quiet_NaN()},
                 {"dry_run", true}}) ==
        "{\"time\":\"2026-01-02T03:04:05.678Z\",\"level\":\"info\",\"message\":\"it began\",\"name\":\"a "
        "\\\"b\\\"\","
        "\"minus\":-3,\"most\":18446744073709551615,\"ratio\":0.5,\"no_number\":\"nan\",\"dry_run\":true}\n");
}

TEST_CASE("a text line is for people") {
  CHECK(written(LogFormat::text, Level::info, "message", {{"key", "value"}, {"key", "two words"}}) ==
        "2026-01-02T03:04:05.678Z INFO  message key=value key=\"two words\"\n");
  CHECK(written(LogFormat::text, Level::error, "m", {{"n", std::int64_t{-1}}, {"f", 0.25}, {"yes", false}}) ==
        "2026-01-02T03:04:05.678Z ERROR m n=-1 f=0.25 yes=false\n");
  CHECK(written(LogFormat::text, Level::warning, "m", {}) == "2026-01-02T03:04:05.678Z WARN  m\n");
  CHECK(written(LogFormat::text, Level::debug, "m", {{"empty", ""}, {"quote", "a\"\\"}}) ==
        "2026-01-02T03:04:05.678Z DEBUG m empty=\"\" quote=\"a\\\"\\\\\"\n");
}

TEST_CASE("no message and no field begins a line of its own in either format") {
  CHECK(written(LogFormat::text, Level::info, "a\nb\x1B[31m", {{"k", "c\r\nd \x7F"}}) ==
        "2026-01-02T03:04:05.678Z INFO  a\\nb\\x1b[31m k=\"c\\x0d\\nd \\x7f\"\n");
  CHECK(lines_of(written(LogFormat::json, Level::info, "a\nb", {{"k\n", "c\r\nd"}})).size() == 1);
}

TEST_CASE("any bytes make a line of valid JSON, with U+FFFD in place of what is not UTF-8") {
  struct Case {
    std::string_view bytes;
    std::string_view shown;
  };
  const std::vector<Case> cases{
      {"plain", "plain"},
      {"h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"},
      {"\xFF"sv, "\xEF\xBF\xBD"},
      {"a\xC3"sv, "a\xEF\xBF\xBD"},
      {"\xC3(", "\xEF\xBF\xBD("},
      {"\xE2\x82"sv, "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xED\xA0\x80!", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD!"},
      {"nul\0in"sv, "nul\0in"sv},
  };
  for (const Case& c : cases) {
    rapidjson::Document document;
    const std::string line = written(LogFormat::json, Level::info, c.bytes, {{"field", c.bytes}});
    document.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
    REQUIRE(!document.HasParseError());
    for (const char* member : {"message", "field"}) {
      CHECK(std::string_view(document[member].GetString(), document[member].GetStringLength()) == c.shown);
    }
  }
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(
      written(LogFormat::json, Level::info, every_byte, {{every_byte, every_byte}}).c_str());
  CHECK(!document.HasParseError());
}

TEST_CASE("lines below the level are not written") {
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error}) {
    std::ostringstream out;
    Log log(level, LogFormat::text, out, fixed_time);
    log.debug("0");
    log.info("1");
    log.warning("2");
    log.error("3");
    const auto lines = lines_of(out.str());
    CHECK(lines.size() == 4 - static_cast<std::size_t>(level));
    CHECK(lines.front().back() == static_cast<char>('0' + static_cast<int>(level)));
    CHECK(log.enabled(level));
    CHECK(log.enabled(Level::debug) == (level == Level::debug));
  }
}

TEST_CASE("a log whose output fails goes on in silence") {
  std::ostringstream out;
  out.exceptions(std::ios::badbit | std::ios::failbit);
  Log log(Level::info, LogFormat::json, out, fixed_time);
  out.clear();
  try {
    out.setstate(std::ios::badbit);
  } catch (const std::ios::failure&) {
  }
  CHECK_NOTHROW(log.info("lost"));
  out.clear();
  log.info("written");
  CHECK(lines_of(out.str()).size() == 1);
}

namespace {

// An output that takes nothing until it is opened.
class Gate final : public std::stringbuf {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

 protected:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
    return std::stringbuf::xsputn(text, size);
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

}  // namespace

TEST_CASE("nobody waits for a stuck output, and what was lost is said") {
  Gate gate;
  std::ostream out(&gate);
  std::atomic<int> seconds{0};
  const auto clock = [&] { return fixed_time() + std::chrono::seconds(seconds.load()); };
  {
    Log log(Level::info, LogFormat::text, out, clock, Delivery::in_background);
    for (int line = 0; line < 5000; ++line) log.info("stuck");
    seconds = 10;
    log.info("last");
    gate.open();
  }
  const auto lines = lines_of(gate.str());
  CHECK(lines.size() >= 1024);
  CHECK(lines.size() <= 1030);
  CHECK(gate.str().find("WARN  log lines were lost: stderr is read too slowly lines=") != std::string::npos);
  CHECK(gate.str().find("last") != std::string::npos);
}

TEST_CASE("threads' lines never mix") {
  std::ostringstream out;
  {
    Log log(Level::info, LogFormat::text, out, fixed_time);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&log] {
        for (int line = 0; line < 200; ++line) log.info("message", {{"k", "v"}});
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const auto lines = lines_of(out.str());
  CHECK(lines.size() == 800);
  for (const std::string& line : lines) REQUIRE(line == "2026-01-02T03:04:05.678Z INFO  message k=v");
}
