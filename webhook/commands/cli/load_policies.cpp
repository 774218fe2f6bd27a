#include "commands/cli/load_policies.hpp"

#include "base/invariant.hpp"
#include "commands/cli/embedded_policies.hpp"
#include "commands/terminal/text_table.hpp"
#include "policy/loader.hpp"

namespace hygiene::commands {

std::shared_ptr<const policy::PolicySet> load_policies(const std::string& path, const char* done,
                                                       std::ostream& err) {
  const auto files = policy::read_policy_files(path);
  if (!files) {
    err << "cannot read the policies: " << printable(files.error().message()) << '\n';
    return nullptr;
  }
  policy::LoadOutcome outcome = policy::load_policies(files->files);
  for (const policy::Diagnostic& error : outcome.errors) err << printable(to_string(error)) << '\n';
  if (!outcome.policies) err << "nothing was " << done << "; mend the policies and try again\n";
  return outcome.policies;
}

std::shared_ptr<const policy::PolicySet> default_policies() {
  auto outcome = policy::load_policies(embedded_policies(EmbeddedPolicies::default_set));
  base::invariant(outcome.policies != nullptr, "the policies that the program brings along load");
  return outcome.policies;
}

std::shared_ptr<const policy::PolicySet> load_policies_or_default(const std::string& path, const char* done,
                                                                  std::ostream& err) {
  if (!path.empty()) return load_policies(path, done, err);
  err << "no -p PATH: " << done
      << " by the default policies that the program brings along; see them with `policies print default`\n";
  return default_policies();
}

void say_that_counts_are_not_judged(std::string_view command, std::ostream& err) {
  err << "limits across Secrets (secretsPer..., bytesPerNamespace, bytesPerCluster) are not judged by "
      << command << '\n';
}

}  // namespace hygiene::commands
