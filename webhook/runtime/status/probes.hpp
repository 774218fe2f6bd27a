// Whether the program lives and is ready, check by check: what /livez and /readyz answer.
// Thread-safety: internally locked.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hygiene::runtime {

class Probes {
 public:
  // The checks of readiness, in the order in which they are shown. None holds until it was set.
  explicit Probes(std::vector<std::string> names);

  // `reason` says why a check does not hold, or what is wrong although it holds. Throws std::invalid_argument
  // if there is no such check.
  void set(std::string_view name, bool holds, std::string_view reason);

  struct Readiness {
    bool ready = false;
    std::string text;  // as an API server writes it: "[+]policies ok", "[-]shutdown failed: draining",
                       // "readyz check failed"
  };
  Readiness readiness() const;
  struct Check {
    std::string name;
    bool holds = false;
    std::string reason;  // why it does not hold, or what is wrong all the same; else empty
  };
  std::vector<Check> checks() const;
  // The program lives while it can answer at all; restarting it would not make it more ready.
  static std::string liveness();

 private:
  mutable std::mutex mutex_;
  std::vector<Check> checks_;
};

}  // namespace hygiene::runtime
