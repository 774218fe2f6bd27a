// Who is told how far the work on what is stored is. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>

namespace hygiene::housekeeping {

class ProgressObserver {
 public:
  virtual ~ProgressObserver() = default;
  // Another part of the work begins, "reading": what was done before counts no longer.
  virtual void begin(std::string doing) = 0;
  // So many Secrets are left, as far as is known now.
  virtual void expect(std::uint64_t remaining) = 0;
  // So many more are done.
  virtual void advance(std::uint64_t count) = 0;
};

}  // namespace hygiene::housekeeping
