// NAMESPACE/NAME of a ConfigMap, as flags take it. Thread-safety: pure function.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cluster/resource.hpp"

namespace hygiene::commands {

// The ConfigMap that the value of `flag` names. Errors: invalid, with what to write.
Result<cluster::Resource> config_map_of(const std::string& flag, const std::string& value);

}  // namespace hygiene::commands
