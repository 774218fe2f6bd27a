#include "commands/cli/embedded_policies.hpp"

namespace hygiene::commands {

std::vector<policy::SourceFile> embedded_policies(EmbeddedPolicies set) {
  if (set == EmbeddedPolicies::default_set) {
    return {{"default/helm-history.yaml", std::string(default_helm_history())},
            {"default/limits.yaml", std::string(default_limits())},
            {"default/oversized.yaml", std::string(default_oversized())}};
  }
  return {{"strict/helm-history.yaml", std::string(strict_helm_history())},
          {"strict/helm-releases.yaml", std::string(strict_helm_releases())},
          {"strict/limits.yaml", std::string(strict_limits())},
          {"strict/oversized.yaml", std::string(strict_oversized())}};
}

}  // namespace hygiene::commands
