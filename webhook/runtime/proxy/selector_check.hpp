// Asks the API server whether it takes the proxy's selectors, so that a mistake is known at the start and not
// from the controller's first list. Thread-safety: pure functions.
#pragma once

#include <chrono>

#include "base/result.hpp"
#include "cluster/client_config.hpp"
#include "proxy/target_rewriter.hpp"

namespace hygiene::runtime {

// Lists one Secret as metadata with `selectors`, in all namespaces, within `timeout`. Errors: invalid, in the
// API server's words, for a selector that it refuses; any other: it could not be asked, for example without
// the right to list (an API server decides on rights before it reads a selector).
Result<void> check_selectors(const cluster::ClientConfigOptions& access, const proxy::Selectors& selectors,
                             std::chrono::milliseconds timeout = std::chrono::seconds(5));

}  // namespace hygiene::runtime
