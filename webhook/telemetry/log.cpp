#include "telemetry/log.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <ostream>
#include <utility>

#include <spdlog/async.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "telemetry/log_line.hpp"

namespace hygiene::telemetry {

std::string_view to_string(Level level) {
  static constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warning", "error"};
  return kNames[static_cast<std::size_t>(level)];
}

namespace {

// Lines that wait for a slow reader of stderr. Each place takes about 400 bytes, used or not.
constexpr std::size_t kWaitingLinesMax = 1024;
constexpr std::chrono::seconds kBetweenReportsOfLoss{1};

}  // namespace

class Log::Impl {
 public:
  Impl(Level level, LogFormat format, spdlog::sink_ptr sink, Clock now, Delivery delivery)
      : level_(level), format_(format), now_(std::move(now)) {
    if (delivery == Delivery::in_background) {
      pool_ = std::make_shared<spdlog::details::thread_pool>(kWaitingLinesMax, 1);
      logger_ = std::make_shared<spdlog::async_logger>("", std::move(sink), pool_,
                                                       spdlog::async_overflow_policy::overrun_oldest);
    } else {
      logger_ = std::make_shared<spdlog::logger>("", std::move(sink));
    }
    logger_->set_level(spdlog::level::trace);
    logger_->set_pattern("%v");
    logger_->set_error_handler([](const std::string&) {});
  }

  bool enabled(Level level) const { return level >= level_; }

  void write(const Entry& entry) {
    put(entry);
    if (pool_ != nullptr) report_loss(entry.time);
  }

  std::chrono::system_clock::time_point now() const { return now_(); }

 private:
  void put(const Entry& entry) {
    const std::string line = format_ == LogFormat::json ? json_line(entry) : text_line(entry);
    logger_->log(spdlog::level::info, spdlog::string_view_t(line));
  }

  void report_loss(std::chrono::system_clock::time_point now) {
    const std::lock_guard lock(loss_mutex_);
    const std::uint64_t lost = pool_->overrun_counter();
    if (lost == reported_loss_ || now - reported_at_ < kBetweenReportsOfLoss) return;
    const Field lines{"lines", std::uint64_t{lost - reported_loss_}};
    put({now, Level::warning, "log lines were lost: stderr is read too slowly", {&lines, 1}});
    reported_loss_ = lost;
    reported_at_ = now;
  }

  const Level level_;
  const LogFormat format_;
  const Clock now_;
  std::shared_ptr<spdlog::logger> logger_;
  // After the logger: its thread ends, with all lines written, before what it writes with goes.
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::mutex loss_mutex_;
  std::uint64_t reported_loss_ = 0;
  std::chrono::system_clock::time_point reported_at_;
};

Log::Log(Level level, LogFormat format)
    : impl_(std::make_unique<Impl>(level, format, std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                   std::chrono::system_clock::now, Delivery::in_background)) {}

Log::Log(Level level, LogFormat format, std::ostream& out, Clock now, Delivery delivery)
    : impl_(std::make_unique<Impl>(level, format, std::make_shared<spdlog::sinks::ostream_sink_mt>(out, true),
                                   std::move(now), delivery)) {}

Log::~Log() = default;

bool Log::enabled(Level level) const {
  return impl_->enabled(level);
}

void Log::write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (enabled(level)) impl_->write({impl_->now(), level, message, {fields.begin(), fields.end()}});
}

}  // namespace hygiene::telemetry
