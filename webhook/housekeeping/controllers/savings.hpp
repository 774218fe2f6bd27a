// What to do first about the memory of controllers: what saves most leads the list, what saves nothing is not
// on it. Thread-safety: pure functions and values.
#pragma once

#include <string>
#include <vector>

#include "housekeeping/controllers/advice.hpp"

namespace hygiene::housekeeping {

struct Saving {
  // "set --resource-label-selector=!secret-hygiene.io/ignore on Reloader", "put `secret-hygiene proxy` beside
  // Kong Ingress Controller".
  std::string to_do;
  std::string where;   // "deployment/kong in namespace kong"; empty: wherever the controller runs
  std::string policy;  // what to label with before; empty: nothing
  Estimate saves;
};

// By what is stored alone: of each known controller without a selector, as if it ran.
std::vector<Saving> possible_savings(const Survey& stored);
// Of the controllers that were found. `advice`: one for each of them.
std::vector<Saving> savings_of(const std::vector<ControllerFound>& found, const std::vector<Advice>& advice);

}  // namespace hygiene::housekeeping
