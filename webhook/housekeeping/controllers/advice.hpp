// What to set on a controller that was found, and what that saves of the Secrets that are stored.
// Thread-safety: pure functions and values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "housekeeping/controllers/controllers_found.hpp"
#include "housekeeping/survey/survey.hpp"

namespace hygiene::housekeeping {

enum class Remedy {
  none,     // nothing, or nothing that is needed
  setting,  // an argument of its container, or a key of its ConfigMap
  proxy,    // `secret-hygiene proxy` in its pod
};

// What a figure is to the true one.
enum class Bound { exact, at_least, up_to, about };

struct Estimate {
  std::uint64_t bytes = 0;
  Bound bound = Bound::exact;
};

struct Advice {
  Remedy remedy = Remedy::none;
  std::string setting;             // of Remedy::setting: "--name=value", or "key in the ConfigMap name"
  std::string policy;              // a path in this project: what to label with before; empty: nothing
  std::optional<Estimate> holds;   // bytes of Secrets that it takes in now; nothing: not known
  std::optional<Estimate> saves;   // of these, once the remedy is there and the policies' labels are on
  std::vector<std::string> notes;  // sentences for its user, the first says what to do
};

// `stored`: what the cluster holds; null: not known. Sizes that it does not know make a bound of each figure.
Advice advise(const ControllerFound& found, const Survey* stored);

}  // namespace hygiene::housekeeping
