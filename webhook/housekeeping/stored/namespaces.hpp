// The labels of namespaces that policies select by, read once. Thread-safety: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/stored/interrupt.hpp"
#include "secret/namespace_labels.hpp"

namespace hygiene::housekeeping {

// The labels with these `keys`, and no others, of all namespaces or, where it is not empty, of
// `namespace_name`. Without keys nothing is asked, and the answer is null. An interrupt is no error. Errors:
// those of ApiClient::list() and get().
Result<std::shared_ptr<secret::NamespaceLabels>> read_namespaces(cluster::BlockingApi& api,
                                                                 const std::vector<std::string>& keys,
                                                                 const std::string& namespace_name,
                                                                 const Interrupt* interrupt);

}  // namespace hygiene::housekeeping
