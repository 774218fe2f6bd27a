#include "commands/audit/audit_names.hpp"

#include <set>
#include <string_view>

#include "commands/terminal/text_table.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::commands {

void write_audit_names(const housekeeping::Survey& survey, std::ostream& out, std::ostream& err) {
  std::uint64_t left_out = 0;
  for (const housekeeping::NamespaceFindings& findings : survey.findings) {
    left_out += findings.left_out;
    std::set<std::string_view> secrets;
    bool of_namespace = false;
    for (const housekeeping::Finding& finding : findings.findings) {
      const policy::ScopeKind scope = policy::limit_rule(finding.limit).scope;
      if (scope == policy::ScopeKind::secret) secrets.insert(finding.name);
      of_namespace = of_namespace || (finding.name.empty() && !findings.namespace_name.empty());
    }
    for (const std::string_view name : secrets) out << "secret/" << printable(name) << '\n';
    if (of_namespace) out << "namespace/" << printable(findings.namespace_name) << '\n';
  }
  if (left_out > 0)
    err << counted(left_out, "more broken limit is", "more broken limits are") << " not listed\n";
}

}  // namespace hygiene::commands
