// A kubeconfig that leads to a ScriptedServer, for as long as it lives.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "support/scripted_server.hpp"

namespace hygiene::test {

class KubeconfigOf {
 public:
  explicit KubeconfigOf(const ScriptedServer& server)
      : path_(std::filesystem::temp_directory_path() / ("kubeconfig-of-" + std::to_string(server.port()))) {
    std::ofstream(path_) << "current-context: t\nclusters: [{name: c, cluster: {server: '" << server.url()
                         << "'}}]\ncontexts: [{name: t, context: {cluster: c}}]\n";
  }
  ~KubeconfigOf() { std::filesystem::remove(path_); }
  KubeconfigOf(const KubeconfigOf&) = delete;
  KubeconfigOf& operator=(const KubeconfigOf&) = delete;

  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace hygiene::test
