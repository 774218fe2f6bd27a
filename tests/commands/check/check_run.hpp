// Runs `check` in memory over files of a directory of the test's own.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <stdlib.h>

#include "commands/check/check.hpp"

namespace hygiene::commands_test {

struct Ran {
  int exit = -1;
  std::string out;
  std::string err;
};

class CheckRun {
 public:
  explicit CheckRun(const std::string& policies) {
    std::string pattern = (std::filesystem::temp_directory_path() / "hygiene-check-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory_ = pattern;
    options_.policies = file("policies.yaml", policies);
  }
  ~CheckRun() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  CheckRun(const CheckRun&) = delete;
  CheckRun& operator=(const CheckRun&) = delete;

  commands::CheckOptions& options() { return options_; }

  // Writes a file; its path.
  std::string file(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = directory_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  std::string path(const std::string& name) const { return (directory_ / name).string(); }

  // What `check` says, with DIR for the directory's path.
  Ran run(std::vector<std::string> files, const std::string& input = {}) {
    options_.files = std::move(files);
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Ran ran;
    ran.exit = commands::run_check(options_, in, out, err);
    ran.out = without_directory(out.str());
    ran.err = without_directory(err.str());
    return ran;
  }

 private:
  std::string without_directory(std::string text) const {
    const std::string name = directory_.string();
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      text.replace(at, name.size(), "DIR");
    }
    return text;
  }

  std::filesystem::path directory_;
  commands::CheckOptions options_;
};

// Enforce, Warn and Audit, each with a limit that a few bytes break, and labels for Helm's history.
inline const std::string kPolicies =
    "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: history}\nspec:\n"
    "  match: {types: [helm.sh/release.v1]}\n  labels: {secret-hygiene.io/ignore: \"true\"}\n---\n"
    "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: size}\nspec:\n"
    "  mode: Enforce\n  exclude: {namespaces: [kube-system]}\n  exemptRequests: {users: [\"*\"]}\n"
    "  limits: {bytesPerSecret: 10}\n  message: Keep it short.\n---\n"
    "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: tidy}\nspec:\n"
    "  mode: Warn\n  limits: {keysPerSecret: 2}\n---\n"
    "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: watch}\nspec:\n"
    "  mode: Audit\n  limits: {bytesPerKey: 5}\n";

}  // namespace hygiene::commands_test
