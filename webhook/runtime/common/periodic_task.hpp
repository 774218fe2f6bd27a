// A task that is done again and again, whatever becomes of it. Thread-safety: the thread of its executor.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "runtime/common/repeated_warnings.hpp"

namespace hygiene::runtime {

// What follows the end of a task. `later`: it failed, and would most likely do so again.
enum class Again { soon, later, never };

struct RepeatPace {
  std::chrono::milliseconds soon;
  std::chrono::milliseconds later;
};

// Does `once` until it says never. An exception, most likely that memory ran out, is a failure like any
// other, and is logged as `failure`: the next time does what this one left.
boost::asio::awaitable<void> repeat(std::function<boost::asio::awaitable<Again>()> once, RepeatPace pace,
                                    RepeatedWarnings& warnings, std::string_view failure);

}  // namespace hygiene::runtime
