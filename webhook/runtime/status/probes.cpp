#include "runtime/status/probes.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace hygiene::runtime {

Probes::Probes(std::vector<std::string> names) {
  for (std::string& name : names) checks_.push_back({std::move(name), false, "not yet"});
}

void Probes::set(std::string_view name, bool holds, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  const auto check = std::ranges::find(checks_, name, &Check::name);
  if (check == checks_.end()) throw std::invalid_argument("no such readiness check: " + std::string(name));
  check->holds = holds;
  check->reason = reason;
}

Probes::Readiness Probes::readiness() const {
  const std::lock_guard lock(mutex_);
  Readiness readiness{true, {}};
  for (const Check& check : checks_) {
    readiness.ready = readiness.ready && check.holds;
    readiness.text += check.holds ? "[+]" + check.name + " ok" : "[-]" + check.name + " failed";
    if (!check.reason.empty()) readiness.text += (check.holds ? ", but " : ": ") + check.reason;
    readiness.text += '\n';
  }
  readiness.text += readiness.ready ? "readyz check passed\n" : "readyz check failed\n";
  return readiness;
}

std::vector<Probes::Check> Probes::checks() const {
  const std::lock_guard lock(mutex_);
  return checks_;
}

std::string Probes::liveness() {
  return "[+]ping ok\nlivez check passed\n";
}

}  // namespace hygiene::runtime
