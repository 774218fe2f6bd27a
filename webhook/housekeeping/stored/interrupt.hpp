// Ctrl-C (SIGINT) and SIGTERM while a command works on what is stored: the first asks it to stop after the
// write at hand, so that its report is true, and to wait for nothing else; the second ends the process at
// once, by that signal. Thread-safety: asked() and signal() from any thread; one Interrupt at a time.
#pragma once

#include <array>

#include <signal.h>

namespace hygiene::housekeeping {

class Interrupt {
 public:
  Interrupt();   // takes the two signals over
  ~Interrupt();  // and gives them back
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool asked() const { return signal() != 0; }
  // The signal that asked first; 0: none did.
  int signal() const;

 private:
  std::array<struct sigaction, 2> before_{};
};

}  // namespace hygiene::housekeeping
