// What an operator looks at by kubectl port-forward, on a port of its own that only this host reaches: it
// names Secrets. /debug/usage is how full the scopes of the limits across Secrets are, as JSON, the fullest
// first. Thread-safety: any number of workers; the Quota must outlive it.
#pragma once

#include "runtime/page_service.hpp"
#include "runtime/quota.hpp"

namespace hygiene::runtime {

class StatusService final : public PageService {
 public:
  explicit StatusService(const Quota& quota);
};

}  // namespace hygiene::runtime
