// Kubeconfigs: clusters, users and contexts, or an error that names the file. What a second copy of a file
// adds is nothing, and every file that it names is found from the folder of the kubeconfig.
#include <string>

#include "cluster/kubeconfig.hpp"
#include "fuzz/harness.hpp"

using namespace hygiene;
using test::require;

namespace {

void require_absolute(const std::filesystem::path& file) {
  require(file.empty() || file.is_absolute());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(test::text_of(data, size));
  auto parsed = cluster::parse_kubeconfig(text, "/folder/config");
  const auto again = cluster::parse_kubeconfig(text, "/folder/config");
  require(parsed.has_value() == again.has_value());
  if (!parsed) {
    require(parsed.error().message().starts_with("/folder/config"));
    require(parsed.error().message() == again.error().message());
    return 0;
  }
  const std::size_t clusters = parsed->clusters.size();
  const std::size_t users = parsed->users.size();
  const std::size_t contexts = parsed->contexts.size();
  parsed->add(*again);
  require(parsed->clusters.size() == clusters && parsed->users.size() == users);
  require(parsed->contexts.size() == contexts && parsed->current_context == again->current_context);
  for (const auto& [name, cluster] : parsed->clusters) require_absolute(cluster.ca_file);
  for (const auto& [name, user] : parsed->users) {
    require_absolute(user.token_file);
    require_absolute(user.certificate_file);
    require_absolute(user.key_file);
  }
  return 0;
}
