#include "telemetry/log.hpp"

#include <ostream>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "telemetry/line.hpp"

namespace hygiene::telemetry {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "unknown";
}

base::Result<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error}) {
    if (text == to_string(level)) return level;
  }
  return base::Error(base::Errc::invalid, "not a log level; allowed are debug, info, warning and error");
}

base::Result<LogFormat> parse_log_format(std::string_view text) {
  if (text == "json") return LogFormat::json;
  if (text == "text") return LogFormat::text;
  return base::Error(base::Errc::invalid, "not a log format; allowed are json and text");
}

class Log::Impl {
 public:
  Impl(Level level, LogFormat format, spdlog::sink_ptr sink, Clock now)
      : level_(level), format_(format), logger_("", std::move(sink)), now_(std::move(now)) {
    logger_.set_level(spdlog::level::trace);
    logger_.set_pattern("%v");
    logger_.set_error_handler([](const std::string&) {});
  }

  bool enabled(Level level) const { return level >= level_; }

  void write(const Entry& entry) {
    const std::string line = format_ == LogFormat::json ? json_line(entry) : text_line(entry);
    logger_.log(spdlog::level::info, spdlog::string_view_t(line));
  }

  std::chrono::system_clock::time_point now() const { return now_(); }

 private:
  const Level level_;
  const LogFormat format_;
  spdlog::logger logger_;
  const Clock now_;
};

Log::Log(Level level, LogFormat format)
    : impl_(std::make_unique<Impl>(level, format, std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                   std::chrono::system_clock::now)) {}

Log::Log(Level level, LogFormat format, std::ostream& out, Clock now)
    : impl_(std::make_unique<Impl>(level, format, std::make_shared<spdlog::sinks::ostream_sink_mt>(out, true),
                                   std::move(now))) {}

Log::~Log() = default;

bool Log::enabled(Level level) const {
  return impl_->enabled(level);
}

void Log::write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (enabled(level)) impl_->write({impl_->now(), level, message, {fields.begin(), fields.end()}});
}

}  // namespace hygiene::telemetry
