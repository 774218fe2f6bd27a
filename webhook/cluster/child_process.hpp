// Runs a program to its end and takes what it writes. Thread-safety: the thread of its io_context.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "base/wiping_text.hpp"
#include "net/deadline.hpp"

namespace hygiene::cluster {

struct ChildWish {
  std::vector<std::string> command;  // the program, looked up in PATH if it has no slash, and its arguments
  std::vector<std::pair<std::string, std::string>> environment;  // added to this process's own
  // True: the program reads our stdin, and stays in our process group, so that it may ask a person. False:
  // its stdin is empty.
  bool interactive = false;
  std::chrono::milliseconds timeout{60'000};
  std::size_t output_bytes_max = 1024 * 1024;
  net::GivenUp given_up;  // null: the time alone ends it
};

// Returns what the program wrote to stdout. It shares our stderr, and no other descriptor. A program that is
// too slow, writes too much or is given up is killed with its process group. Errors: missing (no such
// program), io (it failed, or the time ran out), limit, interrupted (it was given up).
boost::asio::awaitable<Result<base::WipingText>> run_child(ChildWish wish);

}  // namespace hygiene::cluster
