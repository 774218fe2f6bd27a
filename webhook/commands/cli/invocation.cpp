#include "commands/cli/invocation.hpp"

#include <string_view>

namespace hygiene::commands {
namespace {

constexpr std::string_view kPlugin = "kubectl-secret_hygiene";
constexpr std::string_view kPluginCompletion = "kubectl_complete-secret_hygiene";
constexpr std::string_view kComplete = "__complete";  // Cobra's name for it
constexpr std::string_view kManPage = "__man";

}  // namespace

Invocation read_invocation(int argc, const char* const* argv) {
  std::vector<std::string> words(argv, argv + argc);
  const std::string file = words.empty() ? std::string() : words.front().substr(words.front().rfind('/') + 1);
  Invocation call{file == kPlugin || file == kPluginCompletion ? "kubectl secret-hygiene" : "secret-hygiene",
                  {},
                  words.size() == 2 && words[1] == kManPage};
  if (file == kPluginCompletion) {
    call.to_complete.emplace(words.begin() + 1, words.end());
  } else if (words.size() > 1 && words[1] == kComplete) {
    call.to_complete.emplace(words.begin() + 2, words.end());
  }
  return call;
}

}  // namespace hygiene::commands
