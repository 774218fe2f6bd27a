// What each command needs of the API server, in one table: the manifests, the chart and the documented roles
// grant exactly this. Thread-safety: pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/document.hpp"

namespace hygiene::housekeeping {

struct Right {
  std::string_view verb;
  std::string_view group;
  std::string_view resource;
  std::string name;            // of the one object; empty: of any
  bool of_cluster = false;     // in all namespaces, or an object of the cluster
  std::string namespace_name;  // else where
};

// What policies make a command ask for.
struct PolicyNeeds {
  bool counts = false;      // one has a limit across Secrets
  bool namespaces = false;  // one selects by the labels of namespaces
};
PolicyNeeds needs_of(const policy::PolicySet& policies);

// `arguments`: of the container, first the command. `installed_in`: the namespace of the installation.
// Nothing for a command that asks nothing of the API server.
std::vector<Right> required_rights(const std::vector<std::string>& arguments, PolicyNeeds needs,
                                   const std::string& installed_in);

}  // namespace hygiene::housekeeping
