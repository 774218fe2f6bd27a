#include "commands/terminal/progress.hpp"

#include <algorithm>
#include <utility>

namespace hygiene::commands {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::uint64_t kBarColumns = 16;
constexpr milliseconds kBetweenDraws{100};
// A rate over less says nothing.
constexpr milliseconds kRateAfter{1000};
// To the start of the line, and erase it. Source: ECMA-48, EL.
constexpr std::string_view kTakeBack = "\r\x1B[K";

std::string as_time(std::uint64_t length_s) {
  if (length_s < 60) return std::to_string(length_s) + " s";
  if (length_s < 3600) return std::to_string((length_s + 59) / 60) + " min";
  return std::to_string((length_s + 3599) / 3600) + " h";
}

std::string bar(std::uint64_t done, std::uint64_t total) {
  const std::uint64_t filled = total == 0 ? kBarColumns : kBarColumns * done / total;
  return '[' + std::string(filled, '#') + std::string(kBarColumns - filled, '-') + ']';
}

}  // namespace

std::string progress_line(const ProgressView& view) {
  std::string line(view.doing);
  if (view.total) {
    line += ' ' + bar(view.done, *view.total) + ' ' + std::to_string(view.done) + " of " +
            std::to_string(*view.total) + " Secrets";
    if (*view.total > 0) line += ", " + std::to_string(100 * view.done / *view.total) + " %";
  } else {
    line += (view.done == 0 ? "" : ' ' + std::to_string(view.done)) + " Secrets";
  }
  const auto elapsed_ms = static_cast<std::uint64_t>(view.elapsed.count());
  if (view.elapsed < kRateAfter || view.done == 0) return line;
  line += ", " + std::to_string(view.done * 1000 / elapsed_ms) + "/s";
  if (view.total && *view.total > view.done) {
    line += ", " + as_time(elapsed_ms * (*view.total - view.done) / view.done / 1000 + 1) + " left";
  }
  return line;
}

Progress::Progress(std::ostream& err, bool shown, Clock now)
    : err_(err), shown_(shown), now_(std::move(now)) {}

void Progress::begin(std::string doing) {
  clear();
  doing_ = std::move(doing);
  began_ = now_();
  drawn_.reset();
  done_ = 0;
  total_.reset();
  // The first page of a large cluster takes seconds.
  if (shown_) draw(began_);
}

void Progress::expect(std::uint64_t remaining) {
  total_ = done_ + remaining;
}

void Progress::advance(std::uint64_t count) {
  done_ += count;
  if (total_) total_ = std::max(*total_, done_);
  if (!shown_) return;
  const auto now = now_();
  if (drawn_ && now - *drawn_ < kBetweenDraws) return;
  draw(now);
}

void Progress::draw(std::chrono::steady_clock::time_point now) {
  drawn_ = now;
  on_screen_ = true;
  err_ << kTakeBack << progress_line({doing_, done_, total_, duration_cast<milliseconds>(now - began_)})
       << std::flush;
}

void Progress::clear() {
  if (!on_screen_) return;
  on_screen_ = false;
  err_ << kTakeBack << std::flush;
}

}  // namespace hygiene::commands
