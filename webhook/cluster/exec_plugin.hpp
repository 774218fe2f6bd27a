// Credentials from a program, as client-go gets them: a kubeconfig's `exec`, client.authentication.k8s.io/v1
// (or v1beta1). The program is run without a terminal; what it writes to stderr is seen. Thread-safety: one
// thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cluster/credentials.hpp"

namespace hygiene::cluster {

struct ExecPlugin {
  std::string api_version = "client.authentication.k8s.io/v1";
  std::string command;  // a path, or a name that is looked up in PATH
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  // added to this process's own
  std::string install_hint;
  std::string cluster_json;  // for provideClusterInfo: spec.cluster of KUBERNETES_EXEC_INFO; empty: left out
  std::chrono::milliseconds timeout{60'000};
};

// Runs the program at the first get(), again shortly before the time at which it said that its credential
// ends, and after a refusal. Errors of get(): missing (no such program; with the install hint), io (it
// failed, or ran for longer than its timeout), syntax (what it wrote is no ExecCredential), limit (it is over
// 1 MiB).
std::unique_ptr<CredentialSource> make_exec_credentials(ExecPlugin plugin);

}  // namespace hygiene::cluster
