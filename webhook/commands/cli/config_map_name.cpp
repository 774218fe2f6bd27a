#include "commands/cli/config_map_name.hpp"

namespace hygiene::commands {

Result<cluster::Resource> config_map_of(const std::string& flag, const std::string& value) {
  const std::size_t slash = value.find('/');
  if (slash == 0 || slash == std::string::npos || slash + 1 == value.size() ||
      value.find('/', slash + 1) != std::string::npos)
    return Error(Errc::invalid, flag + ": write NAMESPACE/NAME of a ConfigMap, not \"" + value + '"');
  return cluster::Resource{
      .plural = "configmaps", .namespace_name = value.substr(0, slash), .name = value.substr(slash + 1)};
}

}  // namespace hygiene::commands
