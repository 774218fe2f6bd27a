#include "housekeeping/stored/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace hygiene::housekeeping {
namespace {

constexpr std::array<int, 2> kSignals{SIGINT, SIGTERM};

// A signal handler sees nothing but what is static.
std::atomic<int> first_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

// Only calls that POSIX allows in a handler.
extern "C" void on_signal(int signal) {
  if (first_signal.exchange(signal) == 0) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

Interrupt::Interrupt() {
  first_signal = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
}

Interrupt::~Interrupt() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

int Interrupt::signal() const {
  return first_signal;
}

}  // namespace hygiene::housekeeping
