// The line that says how far a command is.
#include "commands/terminal/progress.hpp"

#include <sstream>

#include <catch2/catch.hpp>

using namespace hygiene::commands;
using std::chrono::milliseconds;

namespace {

struct Screen {
  std::ostringstream err;
  std::chrono::steady_clock::time_point now;
  Progress::Clock clock = [this] { return now; };
  std::string take() {
    const std::string text = err.str();
    err.str("");
    return text;
  }
};

}  // namespace

TEST_CASE("a line shows what is done, how fast, and how long it takes yet") {
  CHECK(progress_line({"reading", 1810, 4000, milliseconds(2230)}) ==
        "reading [#######---------] 1810 of 4000 Secrets, 45 %, 811/s, 3 s left");
  CHECK(progress_line({"reading", 20, 4000, milliseconds(10'000)}) ==
        "reading [----------------] 20 of 4000 Secrets, 0 %, 2/s, 34 min left");
  CHECK(progress_line({"labelling", 4000, 4000, milliseconds(5000)}) ==
        "labelling [################] 4000 of 4000 Secrets, 100 %, 800/s");
}

TEST_CASE("a line without a total only counts, and without time there is no rate") {
  CHECK(progress_line({"reading", 500, std::nullopt, milliseconds(900)}) == "reading 500 Secrets");
  CHECK(progress_line({"reading", 500, std::nullopt, milliseconds(1000)}) == "reading 500 Secrets, 500/s");
  CHECK(progress_line({"reading", 0, 0, milliseconds(5000)}) == "reading [################] 0 of 0 Secrets");
}

TEST_CASE("a line about a million Secrets fits a narrow terminal") {
  const auto line = progress_line({"labelling", 999'999, 1'000'000, milliseconds(9'000'000)});
  CHECK(line == "labelling [###############-] 999999 of 1000000 Secrets, 99 %, 111/s, 1 s left");
  CHECK(line.size() <= 79);
}

TEST_CASE("the line is drawn at most ten times a second, and taken away") {
  Screen screen;
  {
    Progress progress(screen.err, true, screen.clock);
    progress.begin("reading");
    CHECK(screen.take() == "\r\x1B[Kreading Secrets");
    screen.now += milliseconds(100);
    progress.expect(1000);
    progress.advance(100);
    CHECK(screen.take() == "\r\x1B[Kreading [#---------------] 100 of 1000 Secrets, 10 %");
    screen.now += milliseconds(99);
    progress.advance(100);
    CHECK(screen.take().empty());
    screen.now += milliseconds(1);
    progress.advance(0);
    CHECK(screen.take() == "\r\x1B[Kreading [###-------------] 200 of 1000 Secrets, 20 %");
    progress.clear();
    CHECK(screen.take() == "\r\x1B[K");
    progress.clear();
    CHECK(screen.take().empty());
    screen.now += milliseconds(100);
    progress.advance(900);
    CHECK(screen.take() == "\r\x1B[Kreading [################] 1100 of 1100 Secrets, 100 %");
  }
  CHECK(screen.take() == "\r\x1B[K");
}

TEST_CASE("where no progress is shown nothing is written") {
  Screen screen;
  {
    Progress progress(screen.err, false, screen.clock);
    progress.begin("reading");
    progress.expect(10);
    progress.advance(10);
  }
  CHECK(screen.take().empty());
}
