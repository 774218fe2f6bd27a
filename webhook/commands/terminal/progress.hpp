// How far a command is: a bar with rate and time left, on a terminal only. Thread-safety: one thread at a
// time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "housekeeping/stored/progress_observer.hpp"

namespace hygiene::commands {

struct ProgressView {
  std::string_view doing;              // "reading"
  std::uint64_t done = 0;              // Secrets
  std::optional<std::uint64_t> total;  // where it is known; never below `done`
  std::chrono::milliseconds elapsed{0};
};

// One line without an end of line, of at most 79 columns up to a million Secrets:
// "reading [#######---------] 1810 of 4000 Secrets, 45 %, 812/s, 3 s left".
std::string progress_line(const ProgressView& view);

class Progress final : public housekeeping::ProgressObserver {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  // Not `shown`: nothing is ever written.
  Progress(std::ostream& err, bool shown, Clock now = std::chrono::steady_clock::now);
  ~Progress() override { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Draws at once.
  void begin(std::string doing) override;
  // Without it only what is done is shown.
  void expect(std::uint64_t remaining) override;
  // Draws at most ten times a second.
  void advance(std::uint64_t count) override;
  // Takes the line away: before anything else is written, and at the end.
  void clear();

 private:
  void draw(std::chrono::steady_clock::time_point now);

  std::ostream& err_;
  bool shown_;
  std::string doing_;
  Clock now_;
  std::chrono::steady_clock::time_point began_;
  std::optional<std::chrono::steady_clock::time_point> drawn_;
  std::uint64_t done_ = 0;
  std::optional<std::uint64_t> total_;
  bool on_screen_ = false;
};

}  // namespace hygiene::commands
