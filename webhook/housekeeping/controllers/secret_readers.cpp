#include "housekeeping/controllers/secret_readers.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include <rapidjson/document.h>

#include "json/document.hpp"

namespace hygiene::housekeeping {
namespace {

using rapidjson::Value;

constexpr std::string_view kAccounts = "system:serviceaccounts";
constexpr std::string_view kAuthenticated = "system:authenticated";

std::string user_name(std::string_view namespace_name, std::string_view service_account) {
  return std::string("system:serviceaccount:").append(namespace_name).append(":").append(service_account);
}

bool has(const Value& rule, std::string_view list, std::initializer_list<std::string_view> any_of) {
  return std::ranges::any_of(json::elements_at(rule, {list}), [&](const Value& each) {
    return std::ranges::find(any_of, json::text_at(each, {})) != any_of.end();
  });
}

// A rule for Secrets by their names lets nobody list all of them.
bool lists_secrets(const Value& rule) {
  return has(rule, "apiGroups", {"", "*"}) && has(rule, "resources", {"secrets", "*"}) &&
         has(rule, "verbs", {"list", "*"}) && json::elements_at(rule, {"resourceNames"}).empty();
}

// A role's or a binding's; empty: it is of the cluster.
std::string namespace_of(const Value& object) {
  return std::string(json::text_at(object, {"metadata", "namespace"}));
}

std::string in_namespace(const std::string& namespace_name, std::string_view name) {
  return namespace_name.empty() ? std::string(name) : namespace_name + '/' + std::string(name);
}

// The name by which grants are kept; empty: a subject that is no service account.
std::string subject_name(const Value& subject, const std::string& namespace_name) {
  const std::string_view kind = json::text_at(subject, {"kind"});
  const std::string_view name = json::text_at(subject, {"name"});
  if (kind == "ServiceAccount") {
    const std::string_view its = json::text_at(subject, {"namespace"});
    return user_name(its.empty() ? namespace_name : its, name);
  }
  const bool account = name.starts_with("system:serviceaccount") || name == kAuthenticated;
  return account ? std::string(name) : std::string();
}

}  // namespace

void SecretReaders::add_role(const Value& role) {
  if (!std::ranges::any_of(json::elements_at(role, {"rules"}), lists_secrets)) return;
  roles_.insert(in_namespace(namespace_of(role), json::text_at(role, {"metadata", "name"})));
}

void SecretReaders::add_binding(const Value& binding) {
  const std::string namespace_name = namespace_of(binding);
  const std::string_view role = json::text_at(binding, {"roleRef", "name"});
  const bool of_cluster = json::text_at(binding, {"roleRef", "kind"}) == "ClusterRole";
  if (!roles_.contains(of_cluster ? std::string(role) : in_namespace(namespace_name, role))) return;
  const std::string name = in_namespace(namespace_name, json::text_at(binding, {"metadata", "name"}));
  const SecretGrant grant{namespace_name,
                          (namespace_name.empty() ? "ClusterRoleBinding/" : "RoleBinding/") + name};
  for (const Value& subject : json::elements_at(binding, {"subjects"})) {
    if (const std::string who = subject_name(subject, namespace_name); !who.empty()) add(who, grant);
  }
}

void SecretReaders::add(const std::string& subject, const SecretGrant& grant) {
  const auto known = grants_.find(subject);
  if (known != grants_.end()) {
    if (grant.namespace_name.empty() && !known->second.namespace_name.empty()) known->second = grant;
  } else if (grants_.size() == kSubjectsMax) {
    full_ = true;
  } else {
    grants_.emplace(subject, grant);
  }
}

std::optional<SecretGrant> SecretReaders::grant_of(const std::string& namespace_name,
                                                   const std::string& service_account) const {
  const std::array names{user_name(namespace_name, service_account),
                         std::string(kAccounts) + ':' + namespace_name, std::string(kAccounts),
                         std::string(kAuthenticated)};
  std::optional<SecretGrant> found;
  for (const std::string& name : names) {
    const auto grant = grants_.find(name);
    if (grant == grants_.end()) continue;
    if (grant->second.namespace_name.empty()) return grant->second;
    if (!found) found = grant->second;
  }
  return found;
}

}  // namespace hygiene::housekeeping
