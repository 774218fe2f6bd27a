// What was denied lately, in memory: the newest first, each Secret once for each limit, however often its
// writer tries again. Thread-safety: internally locked.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/common/rejection.hpp"

namespace hygiene::runtime {

struct RecentRejection {
  std::chrono::system_clock::time_point first;
  std::chrono::system_clock::time_point last;
  std::uint64_t times = 0;
  policy::Operation operation = policy::Operation::unknown;  // this and all below: of the last time
  std::string namespace_name;
  std::string name;
  std::string policy;
  policy::LimitKind limit{};
  std::uint64_t measured = 0;
  std::uint64_t allowed = 0;
  bool counted = true;
  bool dry_run = false;
};

class RecentRejections {
 public:
  // As many as one reads. With names of at most 253 bytes some 50 KiB.
  static constexpr std::size_t kKept = 64;

  // Names are cut as the log cuts them, at 253 bytes.
  void add(const Rejection& rejection);
  std::vector<RecentRejection> newest_first() const;

 private:
  mutable std::mutex mutex_;
  std::list<RecentRejection> kept_;
};

}  // namespace hygiene::runtime
