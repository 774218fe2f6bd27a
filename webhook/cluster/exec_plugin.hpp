// Credentials from a program, as client-go gets them: a kubeconfig's `exec`, client.authentication.k8s.io/v1
// (or v1beta1). The user sees what the program writes to stderr. Thread-safety: ExecPlugins is internally
// locked; a source is used by one thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
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
  bool interactive = false;  // it may ask a person, on our terminal
  std::chrono::milliseconds timeout{60'000};

  bool operator==(const ExecPlugin&) const = default;
};

// The plugins of one process. Clients of the same plugin share its credential, and one run serves all that
// wait.
class ExecPlugins {
 public:
  // Makes a source that runs the program at the first get(), shortly before the stated end of its credential,
  // and after a refusal. Errors of get(): missing (no such program; with the install hint), io (it failed, or
  // exceeded its timeout), syntax (no ExecCredential), limit (over 1 MiB), interrupted.
  std::unique_ptr<CredentialSource> source(ExecPlugin plugin);

 private:
  class Runs;
  class Source;

  std::mutex mutex_;
  std::vector<std::shared_ptr<Runs>> known_;
};

}  // namespace hygiene::cluster
