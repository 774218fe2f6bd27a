// The program's log: one line an event, on stderr, as JSON or as text for people. Fields are names and
// numbers; a value of a Secret is never one. Thread-safety: internally locked.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace hygiene::telemetry {

enum class Level { debug, info, warning, error };
enum class LogFormat { json, text };
std::string_view to_string(Level level);

struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;
};

// Whether write() waits for the output, or leaves that to a thread of the log's.
enum class Delivery { at_once, in_background };

class Log {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  // Writes lines of `level` and above to stderr, in the background: an answer must not wait for who reads the
  // log. When more than 1024 lines wait, the oldest are lost, and a line says how many.
  Log(Level level, LogFormat format);
  // The same to `out`, which must outlive the log, with times from `now`.
  Log(Level level, LogFormat format, std::ostream& out, Clock now = std::chrono::system_clock::now,
      Delivery delivery = Delivery::at_once);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool enabled(Level level) const;
  // JSON: {"time":"2026-01-02T03:04:05.678Z","level":"info","message":...,fields...}.
  // Text: 2026-01-02T03:04:05.678Z INFO  message key=value key="two words".
  // Any bytes are fine: what is not UTF-8 becomes U+FFFD, and no field can begin a line of its own.
  void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
  void debug(std::string_view message, std::initializer_list<Field> f = {}) {
    write(Level::debug, message, f);
  }
  void info(std::string_view message, std::initializer_list<Field> f = {}) { write(Level::info, message, f); }
  void warning(std::string_view message, std::initializer_list<Field> f = {}) {
    write(Level::warning, message, f);
  }
  void error(std::string_view message, std::initializer_list<Field> f = {}) {
    write(Level::error, message, f);
  }

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hygiene::telemetry
