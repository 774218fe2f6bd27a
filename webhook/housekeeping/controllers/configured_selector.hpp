// Which selector a known controller has, by the arguments and variables of its container. Thread-safety: pure
// functions and values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "housekeeping/controllers/workload.hpp"
#include "housekeeping/stored/known_controllers.hpp"

namespace hygiene::housekeeping {

enum class Selects {
  nothing,
  too_old,     // nothing: its version is from before the setting
  by_setting,  // an argument or a variable is set
  by_default,
  built_in,
  by_proxy,  // `secret-hygiene proxy` runs in its pod
  not_seen,  // it may be set where this program does not look
};

struct ConfiguredSelector {
  Selects selects = Selects::nothing;
  std::string selector;              // as it is set; of `by_proxy` labels and fields, joined by ","
  std::optional<std::size_t> known;  // in KnownController::selectors: the one that it amounts to
  std::string why;                   // of not_seen: where it may be set; of too_old: the version
};

// The known controller that `container` runs in a workload of this kind; null if it runs none.
const KnownController* known_controller(const std::string& kind, const Container& container);

// `container`: one of `workload` that runs `known`.
ConfiguredSelector configured_selector(const KnownController& known, const Workload& workload,
                                       const Container& container);

// True if an argument of the controller takes a value; `--restrict-watched-resources` takes none.
bool takes_value(const KnownController& known, const KnownArgument& argument);

// The arguments of the controller that the container does not give, or gives without a value.
std::vector<KnownArgument> missing_arguments(const KnownController& known, const Container& container);

}  // namespace hygiene::housekeeping
