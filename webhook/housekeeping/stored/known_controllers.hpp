// The controllers that docs/controllers.yaml describes, which the program brings along: how each is
// recognised, what it caches, and which setting lets it leave Secrets out. The fields have the meaning that
// the file gives at its top. Thread-safety: immutable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace hygiene::housekeeping {

enum class Caches {
  whole,         // Secrets whole
  deployed,      // whole what it deploys, of all others references
  both,          // whole what its selector takes, of all others the metadata
  metadata,      // metadata only
  without_data,  // Secrets without their data
};

// Where a controller leaves out what its selector does not take.
enum class FilteredAt {
  api_server,  // it is neither sent nor cached
  cache,       // it is sent and cached, then passed over: no memory is saved
  unknown,     // its manual does not say
};

struct KnownArgument {
  std::string name;                  // with its dashes
  std::optional<std::string> value;  // none: it takes none, or one of its user's choice
};

struct KnownConfigMap {
  std::string name;
  std::string key;
  std::string value;  // empty: docs/controllers.md says what to write
};

struct KnownSelector {
  std::string labels;  // empty: none
  std::string fields;  // empty: none; only `type` is known here
  std::string policy;  // a path in this project: what puts the label on; empty: none does
};

struct KnownController {
  std::string name;
  std::string since;               // the first version with the setting; empty: any
  std::vector<std::string> kinds;  // Deployment, StatefulSet, DaemonSet
  std::vector<std::string> images;
  Caches caches = Caches::whole;
  FilteredAt filtered_at = FilteredAt::api_server;
  std::vector<KnownArgument> arguments;
  std::string environment;  // empty: no variable sets the same
  std::string config_file;  // the argument that names a file in which the same may be set; empty: none
  std::optional<KnownConfigMap> config_map;
  std::string kubeconfig = "KUBECONFIG";  // the variable that names its kubeconfig
  bool built_in = false;
  bool by_default = false;
  std::vector<KnownSelector> selectors;
};

// All of them, in the order of the file.
const std::vector<KnownController>& known_controllers();

// Errors: invalid, with what is wrong first in `yaml`; lines and columns are in the message.
Result<std::vector<KnownController>> parse_known_controllers(std::string_view yaml);

// The text of docs/controllers.yaml. CMake embeds it.
std::string_view known_controllers_yaml();

}  // namespace hygiene::housekeeping
