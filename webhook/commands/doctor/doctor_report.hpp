// What `doctor` found, as a table or as JSON. Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <ostream>
#include <vector>

#include "housekeeping/doctor/diagnosis.hpp"

namespace hygiene::commands {

class DoctorReport {
 public:
  void add(housekeeping::Diagnosis diagnosis);
  std::size_t count(housekeeping::Health health) const { return counts_[static_cast<std::size_t>(health)]; }

  void print(std::ostream& out, bool colour) const;
  void write_json(std::ostream& out) const;

 private:
  housekeeping::Diagnoses all_;
  std::array<std::size_t, 4> counts_{};  // by Health
};

}  // namespace hygiene::commands
