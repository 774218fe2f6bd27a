// The advice for known controllers as kustomize components: one for each namespace, with a patch for each
// workload. Thread-safety: make_components() is a pure function; one thread at a time writes to a directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "commands/controllers/report.hpp"

namespace hygiene::commands {

struct ComponentFile {
  std::string path;  // in the directory: NAMESPACE/kustomization.yaml, NAMESPACE/proxy.yaml
  std::string text;
};

struct Components {
  std::vector<ComponentFile> files;
  std::vector<std::string> left_out;  // a sentence for each advice that no patch can follow
};

Components make_components(const ControllersReport& report);

// Errors: io; duplicate, where one of the files is there and `force` is not given: nothing was written then.
Result<void> write_components(const std::string& directory, const Components& components, bool force);

// The patch that adds the proxy to a pod: manifests/sidecar/proxy/container.yaml. CMake embeds it.
std::string_view sidecar_patch();

}  // namespace hygiene::commands
