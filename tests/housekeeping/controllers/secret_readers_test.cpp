// Who may list Secrets, by roles and bindings.
#include "housekeeping/controllers/secret_readers.hpp"

#include <catch2/catch.hpp>

#include "support/json_oracle.hpp"

using namespace hygiene;
using namespace hygiene::housekeeping;

namespace {

void add_role(SecretReaders& readers, const std::string& name, const std::string& rule,
              const std::string& namespace_name = "") {
  readers.add_role(test::parse_dom(R"({"metadata": {"name": ")" + name + R"(", "namespace": ")" +
                                   namespace_name + R"("}, "rules": [)" + rule + "]}"));
}

void add_binding_of(SecretReaders& readers, const std::string& kind, const std::string& role,
                    const std::string& subject, const std::string& namespace_name = "") {
  readers.add_binding(test::parse_dom(R"({"metadata": {"name": "b", "namespace": ")" + namespace_name +
                                      R"("}, "roleRef": {"kind": ")" + kind + R"(", "name": ")" + role +
                                      R"("}, "subjects": [)" + subject + "]}"));
}

const std::string kLists =
    R"({"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list"]})";
const std::string kAccount = R"({"kind": "ServiceAccount", "name": "sa", "namespace": "a"})";

bool lists(const std::string& rule) {
  SecretReaders readers;
  add_role(readers, "r", rule);
  add_binding_of(readers, "ClusterRole", "r", kAccount);
  return readers.grant_of("a", "sa").has_value();
}

}  // namespace

TEST_CASE("a rule lets list every Secret by its words or by wildcards, not by names of Secrets") {
  CHECK(lists(kLists));
  CHECK(lists(R"({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]})"));
  CHECK(lists(R"({"apiGroups": ["apps", ""], "resources": ["secrets"], "verbs": ["list"]})"));
  CHECK(lists(R"({"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},)" + kLists));
  CHECK_FALSE(lists(R"({"apiGroups": ["apps"], "resources": ["secrets"], "verbs": ["list"]})"));
  CHECK_FALSE(lists(R"({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "watch"]})"));
  CHECK_FALSE(lists(R"({"apiGroups": [""], "resources": ["secrets/x"], "verbs": ["list"]})"));
  CHECK_FALSE(
      lists(R"({"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"], "resourceNames": ["x"]})"));
  CHECK_FALSE(lists(R"({"nonResourceURLs": ["*"], "verbs": ["*"]})"));
  CHECK_FALSE(lists("5"));
}

TEST_CASE("an aggregated ClusterRole is read by the rules that are stored in it") {
  SecretReaders readers;
  readers.add_role(test::parse_dom(R"({"metadata": {"name": "sum"}, "aggregationRule": {
    "clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}, "rules": [)" +
                                   kLists + "]}"));
  add_binding_of(readers, "ClusterRole", "sum", kAccount);
  CHECK(readers.grant_of("a", "sa").has_value());
}

TEST_CASE("a grant says whose Secrets, and by which binding; every Secret comes first") {
  SecretReaders readers;
  add_role(readers, "r", kLists);
  add_role(readers, "local", kLists, "n");
  add_binding_of(readers, "Role", "local", kAccount, "n");
  REQUIRE(readers.grant_of("a", "sa").has_value());
  CHECK(readers.grant_of("a", "sa")->namespace_name == "n");
  CHECK(readers.grant_of("a", "sa")->binding == "RoleBinding/n/b");
  CHECK_FALSE(readers.grant_of("b", "sa").has_value());
  add_binding_of(readers, "ClusterRole", "r", kAccount);
  add_binding_of(readers, "ClusterRole", "r", kAccount, "m");
  CHECK(readers.grant_of("a", "sa")->namespace_name.empty());
  CHECK(readers.grant_of("a", "sa")->binding == "ClusterRoleBinding/b");
  // A Role is one of its namespace alone, and a ClusterRole of the same name is another.
  SecretReaders others;
  add_role(others, "local", kLists, "n");
  add_binding_of(others, "Role", "local", kAccount, "m");
  add_binding_of(others, "ClusterRole", "local", kAccount);
  CHECK_FALSE(others.grant_of("a", "sa").has_value());
}

TEST_CASE("a subject is an account, its user name, or a group that it is in") {
  const auto granted = [](const std::string& subject, const std::string& in = "") {
    SecretReaders readers;
    add_role(readers, "r", kLists);
    add_binding_of(readers, "ClusterRole", "r", subject, in);
    return readers.grant_of("a", "sa").has_value();
  };
  CHECK(granted(R"({"kind": "User", "name": "system:serviceaccount:a:sa"})"));
  CHECK(granted(R"({"kind": "Group", "name": "system:serviceaccounts"})"));
  CHECK(granted(R"({"kind": "Group", "name": "system:serviceaccounts:a"})"));
  CHECK(granted(R"({"kind": "Group", "name": "system:authenticated"})"));
  CHECK(granted(R"({"kind": "ServiceAccount", "name": "sa"})", "a"));
  CHECK_FALSE(granted(R"({"kind": "ServiceAccount", "name": "sa"})", "b"));
  CHECK_FALSE(granted(R"({"kind": "Group", "name": "system:serviceaccounts:b"})"));
  CHECK_FALSE(granted(R"({"kind": "User", "name": "sa"})"));
  CHECK_FALSE(granted(R"({"kind": "Group", "name": "system:masters"})"));
}

TEST_CASE("no more subjects are kept than the bound, and that is said") {
  SecretReaders readers;
  add_role(readers, "r", kLists);
  for (std::size_t i = 0; i < SecretReaders::kSubjectsMax; ++i)
    add_binding_of(readers, "ClusterRole", "r",
                   R"({"kind": "ServiceAccount", "namespace": "a", "name": ")" + std::to_string(i) + "\"}");
  CHECK_FALSE(readers.full());
  add_binding_of(readers, "ClusterRole", "r", kAccount);
  CHECK(readers.full());
  CHECK_FALSE(readers.grant_of("a", "sa").has_value());
  CHECK(readers.grant_of("a", "0").has_value());
}
