#include "commands/cli/load_policies.hpp"

#include <rapidjson/document.h>

#include "base/invariant.hpp"
#include "cluster/blocking_api.hpp"
#include "commands/cli/config_map_name.hpp"
#include "commands/cli/embedded_policies.hpp"
#include "commands/cli/stored_flags.hpp"
#include "commands/terminal/text_table.hpp"
#include "json/document.hpp"
#include "policy/loader.hpp"

namespace hygiene::commands {

namespace {

std::shared_ptr<const policy::PolicySet> load(const Result<policy::PolicyFiles>& files, const char* done,
                                              std::ostream& err) {
  if (!files) {
    err << "cannot read the policies: " << printable(files.error().message()) << '\n';
    return nullptr;
  }
  policy::LoadOutcome outcome = policy::load_policies(files->files);
  for (const policy::Diagnostic& error : outcome.errors) err << printable(to_string(error)) << '\n';
  if (!outcome.policies) err << "nothing was " << done << "; fix the policies and try again\n";
  return outcome.policies;
}

Result<policy::PolicyFiles> read_config_map(const StoredOptions& stored) {
  const auto config_map = config_map_of("--policies-from", stored.policies_from);
  if (!config_map) return config_map.error();
  const auto api = cluster::BlockingApi::open(stored.access, stored.api);
  if (!api) return api.error();
  auto text = (*api)->get(*config_map);
  if (!text) return text.error();
  rapidjson::Document document;
  if (auto parsed = json::parse_document_in_place(document, *text); !parsed) return parsed.error();
  policy::PolicyFiles files = policy::policy_files_of(document);
  for (policy::SourceFile& file : files.files) file.name = stored.policies_from + '/' + file.name;
  return files;
}

}  // namespace

std::shared_ptr<const policy::PolicySet> load_policies(const std::string& path, const char* done,
                                                       std::ostream& err) {
  return load(policy::read_policy_files(path), done, err);
}

std::shared_ptr<const policy::PolicySet> default_policies() {
  auto outcome = policy::load_policies(embedded_policies(EmbeddedPolicies::default_set));
  base::invariant(outcome.policies != nullptr, "the built-in policies load");
  return outcome.policies;
}

std::shared_ptr<const policy::PolicySet> load_policies_or_default(const std::string& path, const char* done,
                                                                  std::ostream& err) {
  if (!path.empty()) return load_policies(path, done, err);
  err << "no -p PATH: " << done << " by the built-in default policies; `policies print default` shows them\n";
  return default_policies();
}

std::shared_ptr<const policy::PolicySet> load_policies_or_default(const StoredOptions& stored,
                                                                  const char* done, std::ostream& err) {
  if (!stored.policies_from.empty()) return load(read_config_map(stored), done, err);
  return load_policies_or_default(stored.policies, done, err);
}

void say_that_counts_are_not_judged(std::string_view command, std::ostream& err) {
  err << "limits across Secrets (secretsPer..., bytesPerNamespace, bytesPerCluster) are not judged by "
      << command << '\n';
}

}  // namespace hygiene::commands
