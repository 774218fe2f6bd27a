// A program that is run to its end for what it writes. Thread-safety: pure function, but for the descriptors.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/wiping_text.hpp"

namespace hygiene::base {

struct ChildWish {
  std::vector<std::string> command;  // the program, looked up in PATH if it has no slash, and its arguments
  std::vector<std::pair<std::string, std::string>> environment;  // added to this process's own
  std::chrono::milliseconds timeout{60'000};
  std::size_t output_bytes_max = 1024 * 1024;
};

// What it wrote to stdout; stdin is empty, stderr is ours. A program that is too slow or says too much is
// killed. Errors: missing (no such program), io (it failed, or the time ran out), limit.
base::Result<base::WipingText> run_child(const ChildWish& wish);

}  // namespace hygiene::base
