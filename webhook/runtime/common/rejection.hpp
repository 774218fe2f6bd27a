// One limit that denied one write: what the status page shows and an Event tells. Thread-safety: values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "policy/evaluator.hpp"

namespace hygiene::runtime {

// Valid during a call only. Names are as the request gave them: any bytes of any length.
struct Rejection {
  std::chrono::system_clock::time_point time;
  policy::Operation operation = policy::Operation::unknown;
  std::string_view namespace_name;
  std::string_view name;
  const policy::Policy* policy = nullptr;
  policy::LimitKind limit{};
  std::uint64_t measured = 0;
  std::uint64_t allowed = 0;
  bool counted = true;  // false: denied because what is stored is not known, and `measured` says nothing
  bool dry_run = false;
};

// Called on the thread that answers, which waits for it: no I/O.
using OnRejection = std::function<void(const Rejection&)>;

}  // namespace hygiene::runtime
