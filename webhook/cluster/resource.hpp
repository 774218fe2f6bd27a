// The address of an object or a collection of the API, and its name for people. Thread-safety: immutable.
#pragma once

#include <string>
#include <string_view>

namespace hygiene::cluster {

struct Resource {
  std::string group = {};  // empty: the core group
  std::string version = "v1";
  std::string plural = {};          // e.g. secrets
  std::string namespace_name = {};  // empty: of the cluster, or in all namespaces
  std::string name = {};            // empty: the collection
  std::string subresource = {};     // of `name`, with what follows: `proxy/metrics`
  std::string raw_path = {};        // e.g. /version, which is no object; then nothing else is given

  // /api/v1/namespaces/NS/secrets/NAME, with every part encoded but the subresource.
  std::string path() const;
  // `secrets "name" in namespace "ns"`, `secrets in all namespaces`.
  std::string description() const;
  // As RBAC names it: `secrets`, `endpointslices.discovery.k8s.io`, `pods/proxy`, `/version`.
  std::string rbac_name() const;
};

}  // namespace hygiene::cluster
