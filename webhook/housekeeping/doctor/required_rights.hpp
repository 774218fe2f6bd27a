// What each command needs of the API server, in one table: the manifests, the chart and the documented roles
// grant exactly this. Thread-safety: pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hygiene::housekeeping {

struct Right {
  std::string_view verb;
  std::string_view group;
  std::string_view resource;
  std::string name;            // of the one object; empty: of any
  bool of_cluster = false;     // in all namespaces, or an object of the cluster
  std::string namespace_name;  // else where; empty: in that of the installation
};

// `arguments`: of the container, first the command. `counts`: a policy has a limit across Secrets. Nothing
// for a command that asks nothing of the API server.
std::vector<Right> required_rights(const std::vector<std::string>& arguments, bool counts);

}  // namespace hygiene::housekeeping
