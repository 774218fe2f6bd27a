// The API server of the cluster that this process runs in as a pod, and the pod's service account.
// Thread-safety: while nobody changes the environment.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "cluster/client_config.hpp"

namespace hygiene::cluster {

// `service_account`: the directory that the kubelet mounts, with ca.crt, namespace and token. Errors: missing
// (this is no pod, or it has no service account), and those of the files.
Result<ClientConfig> in_cluster_config(const std::filesystem::path& service_account);

}  // namespace hygiene::cluster
