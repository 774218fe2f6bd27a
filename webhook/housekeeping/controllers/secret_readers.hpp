// Which service accounts may list Secrets, by the roles and bindings of RBAC as they are stored. An
// aggregated ClusterRole's rules are stored in it: kube-controller-manager writes them. Thread-safety: one
// thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <rapidjson/fwd.h>

namespace hygiene::housekeeping {

// Who gives the right, and to which Secrets.
struct SecretGrant {
  std::string namespace_name;  // whose Secrets; empty: every Secret of the cluster
  std::string binding;         // ClusterRoleBinding/NAME or RoleBinding/NAMESPACE/NAME
};

class SecretReaders {
 public:
  // Of each, about 200 bytes.
  static constexpr std::size_t kSubjectsMax = 50'000;

  // First every ClusterRole and Role, then the bindings: one to a role that is not known gives nothing.
  void add_role(const rapidjson::Value& role);
  void add_binding(const rapidjson::Value& binding);

  // By a binding to the account, to its user name, or to a group that it is in. One that is for every Secret
  // comes first. Nothing: it may not list Secrets.
  std::optional<SecretGrant> grant_of(const std::string& namespace_name,
                                      const std::string& service_account) const;

  // True where there were more than kSubjectsMax subjects: the rest is not known.
  bool full() const { return full_; }

 private:
  void add(const std::string& subject, const SecretGrant& grant);

  std::set<std::string> roles_;  // that list Secrets: NAME of a ClusterRole, NAMESPACE/NAME of a Role
  std::unordered_map<std::string, SecretGrant> grants_;  // by user name or group
  bool full_ = false;
};

}  // namespace hygiene::housekeeping
