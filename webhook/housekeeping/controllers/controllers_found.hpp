// What runs in a cluster and caches Secrets: the known controllers with the selectors that they have, and
// other workloads whose service account may list Secrets. Thread-safety: a value; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/controllers/configured_selector.hpp"
#include "housekeeping/controllers/secret_readers.hpp"
#include "housekeeping/stored/interrupt.hpp"

namespace hygiene::housekeeping {

// A container that runs a known controller.
struct ControllerFound {
  const KnownController* known = nullptr;
  std::string kind;
  std::string namespace_name;
  std::string name;  // of the workload
  std::string container;
  std::string image;
  std::size_t container_index = 0;
  bool has_args = false;  // without, those of its image are in force
  ConfiguredSelector state;
  std::vector<KnownArgument> missing;  // missing_arguments()
};

// A workload that runs no known controller, and may cache Secrets.
struct MayCache {
  std::string kind;
  std::string namespace_name;
  std::string name;
  std::string service_account;
  SecretGrant grant;
};

struct ControllersFound {
  static constexpr std::size_t kKept = 5'000;  // of each list; a few hundred bytes each

  std::string origin;                        // as of Survey
  std::string namespace_name;                // empty: all
  std::uint64_t workloads = 0;               // that were looked at
  std::vector<ControllerFound> controllers;  // by namespace, name, kind and container
  std::vector<MayCache> may_cache;           // by namespace, name and kind
  std::uint64_t left_out = 0;                // of either list, beyond kKept
  std::vector<std::string> not_looked_at;    // a sentence each: which list was refused, and why
  bool nothing_looked_at = false;            // no list of workloads could be read
};

// Lists Deployments, StatefulSets and DaemonSets, and the roles and bindings of RBAC; in `namespace_name`, of
// the cluster's roles and bindings too. A list that the API server denies is said in `not_looked_at`. Errors:
// others of ApiClient::list(), interrupted among them.
Result<ControllersFound> find_controllers(cluster::BlockingApi& api, const std::string& namespace_name,
                                          const Interrupt& interrupt);

}  // namespace hygiene::housekeeping
