// An open file descriptor, closed by its owner. Thread-safety: one thread at a time.
#pragma once

#include <utility>

#include <unistd.h>

namespace hygiene::base {

class Descriptor {
 public:
  // -1, as open() gives it: none.
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { close(); }

  int number() const { return number_; }
  bool open() const { return number_ != -1; }
  // False, and errno, where what was written may not be there.
  bool close() { return !open() || ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

}  // namespace hygiene::base
