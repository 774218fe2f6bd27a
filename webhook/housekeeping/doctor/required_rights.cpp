#include "housekeeping/doctor/required_rights.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <tuple>
#include <utility>

namespace hygiene::housekeeping {
namespace {

// As counting::ledger_name() names them, beside the one of the cluster.
constexpr int kNamespaceLedgers = 16;

using Arguments = std::vector<std::string>;

// The value of --FLAG=VALUE or --FLAG VALUE; nothing: it is not given.
std::optional<std::string> value_of(const Arguments& arguments, const std::string& flag) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with(flag + '=')) return arguments[i].substr(flag.size() + 1);
    if (arguments[i] == flag) return i + 1 < arguments.size() ? arguments[i + 1] : std::string();
  }
  return std::nullopt;
}

bool has(const Arguments& arguments, std::string_view flag) {
  return std::ranges::find(arguments, flag) != arguments.end();
}

class Rights {
 public:
  void add(std::initializer_list<std::string_view> verbs, std::string_view group, std::string_view resource,
           bool of_cluster, const std::string& name = {}) {
    for (const std::string_view verb : verbs)
      all.push_back({verb, group, resource, name, of_cluster, of_cluster ? std::string() : namespace_name});
  }
  std::vector<Right> all;
  std::string namespace_name;  // of what is not of the cluster
};

void of_serve(const Arguments& arguments, PolicyNeeds needs, const std::string& installed_in,
              Rights& rights) {
  if (has(arguments, "--events")) rights.add({"create", "patch"}, "", "events", true);
  if (needs.namespaces) rights.add({"list", "watch"}, "", "namespaces", true);
  if (!needs.counts) return;
  rights.add({"get", "list", "watch"}, "", "secrets", true);
  if (value_of(arguments, "--counting") != "strict") return;
  const auto given = value_of(arguments, "--ledger");
  const std::string ledger = given.value_or(installed_in + "-ledger/secret-hygiene-ledger");
  const std::string name = ledger.substr(ledger.find('/') + 1);
  const std::string of_ledgers = ledger.substr(0, ledger.find('/'));
  rights.namespace_name = given ? of_ledgers : installed_in;  // of the one ledger of earlier builds
  rights.add({"get", "update"}, "", "configmaps", false, name);
  rights.namespace_name = of_ledgers;
  rights.add({"get", "update"}, "", "configmaps", false, name + "-cluster");
  for (int number = 0; number < kNamespaceLedgers; ++number)
    rights.add({"get", "update"}, "", "configmaps", false, name + '-' + std::to_string(number));
  rights.add({"create"}, "", "configmaps", false);
  rights.add({"get", "create", "patch"}, "", "secrets", false);
}

void of_configurations(std::initializer_list<std::string_view> verbs, const Arguments& arguments,
                       Rights& rights) {
  for (const auto& [flag, resource] : {std::pair{"--mutating", "mutatingwebhookconfigurations"},
                                       std::pair{"--validating", "validatingwebhookconfigurations"}}) {
    if (const std::string name = value_of(arguments, flag).value_or("secret-hygiene"); !name.empty())
      rights.add(verbs, "admissionregistration.k8s.io", resource, true, name);
  }
}

std::string certificate_of(const Arguments& arguments) {
  return value_of(arguments, "--secret").value_or("secret-hygiene-tls");
}

void of_certs(const Arguments& arguments, Rights& rights) {
  const std::string step = arguments.size() > 1 ? arguments[1] : std::string();
  rights.add({"get"}, "", "secrets", false, certificate_of(arguments));
  if (step == "show") return of_configurations({"get"}, arguments, rights);
  of_configurations({"get", "patch"}, arguments, rights);
  if (step == "init") rights.add({"create"}, "", "secrets", false);
  if (step != "rotate") return;
  rights.add({"patch"}, "", "secrets", false, certificate_of(arguments));
  rights.add({"list"}, "discovery.k8s.io", "endpointslices", false);
}

void of_reports(bool everywhere, Rights& rights) {
  // One of the two APIs, whichever the cluster serves.
  for (const auto& [group, of_namespace, of_cluster] :
       {std::tuple{"openreports.io", "reports", "clusterreports"},
        std::tuple{"wgpolicyk8s.io", "policyreports", "clusterpolicyreports"}}) {
    rights.add({"list", "create", "patch", "delete"}, group, of_namespace, everywhere);
    if (everywhere) rights.add({"list", "create", "patch", "delete"}, group, of_cluster, true);
  }
}

void of_controllers(bool everywhere, const Arguments& arguments, Rights& rights) {
  for (const std::string_view kind : {"deployments", "statefulsets", "daemonsets"})
    rights.add({"list"}, "apps", kind, everywhere);
  for (const std::string_view kind : {"clusterroles", "clusterrolebindings"})
    rights.add({"list"}, "rbac.authorization.k8s.io", kind, true);
  for (const std::string_view kind : {"roles", "rolebindings"})
    rights.add({"list"}, "rbac.authorization.k8s.io", kind, everywhere);
  if (!value_of(arguments, "--audit")) rights.add({"list"}, "", "secrets", true);
}

// Those that -n and -A are about.
void of_stored(const Arguments& arguments, PolicyNeeds needs, const std::string& installed_in,
               Rights& rights) {
  if (const auto from = value_of(arguments, "--policies-from")) {
    const std::size_t slash = std::min(from->find('/'), from->size());
    rights.namespace_name = from->substr(0, slash);
    rights.add({"get"}, "", "configmaps", false, from->substr(std::min(slash + 1, from->size())));
  }
  const std::string& command = arguments.front();
  const bool everywhere = has(arguments, "-A") || has(arguments, "--all-namespaces");
  const bool applies = has(arguments, "--apply");
  rights.namespace_name =
      value_of(arguments, "--namespace").value_or(value_of(arguments, "-n").value_or(installed_in));
  if (command == "controllers") return of_controllers(everywhere, arguments, rights);
  if (command != "audit") rights.add({"get"}, "", "secrets", everywhere);
  rights.add({"list"}, "", "secrets", everywhere);
  if (needs.namespaces && command != "prune")
    rights.add({everywhere ? "list" : "get"}, "", "namespaces", true);
  if (!applies) return;
  if (command == "audit") of_reports(everywhere, rights);
  if (command == "label") rights.add({"patch"}, "", "secrets", everywhere);
  if (command == "prune") rights.add({"delete"}, "", "secrets", everywhere);
}

void of_doctor(const Arguments& arguments, PolicyNeeds needs, const std::string& installed_in,
               Rights& rights) {
  rights.namespace_name =
      value_of(arguments, "--namespace").value_or(value_of(arguments, "-n").value_or(installed_in));
  of_configurations({"get"}, arguments, rights);
  rights.add({"create"}, "authorization.k8s.io", "subjectaccessreviews", true);
  rights.add({"get"}, "", "services", false, value_of(arguments, "--service").value_or("secret-hygiene"));
  rights.add({"get"}, "", "secrets", false, certificate_of(arguments));
  rights.add({"list"}, "discovery.k8s.io", "endpointslices", false);
  for (const std::string_view kind : {"configmaps", "pods"}) rights.add({"list"}, "", kind, false);
  rights.add({"get"}, "", "pods/proxy", false);
  rights.add({"list"}, "apps", "deployments", false);
  rights.add({"list"}, "batch", "cronjobs", false);
  if (needs.namespaces) rights.add({"get"}, "", "namespaces", true);
  rights.namespace_name = value_of(arguments, "--trial-namespace").value_or("default");
  rights.add({"create"}, "", "secrets", false);
}

}  // namespace

PolicyNeeds needs_of(const policy::PolicySet& policies) {
  return {policies.counts(), !policies.namespace_label_keys().empty()};
}

std::vector<Right> required_rights(const Arguments& arguments, PolicyNeeds needs,
                                   const std::string& installed_in) {
  Rights rights;
  rights.namespace_name = installed_in;
  if (arguments.empty()) return {};
  const std::string& command = arguments.front();
  if (command == "serve") of_serve(arguments, needs, installed_in, rights);
  if (command == "certs") of_certs(arguments, rights);
  if (command == "doctor") of_doctor(arguments, needs, installed_in, rights);
  for (const std::string_view each : {"audit", "controllers", "label", "prune"}) {
    if (command == each) of_stored(arguments, needs, installed_in, rights);
  }
  return std::move(rights.all);
}

}  // namespace hygiene::housekeeping
