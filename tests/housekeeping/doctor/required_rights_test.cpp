// What each part of an installation needs of the API server.
#include "housekeeping/doctor/required_rights.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "support/source_dir.hpp"
#include "yaml/tree.hpp"

namespace hygiene::housekeeping {
namespace {

const std::string kInstalledIn = "secret-hygiene";

std::string text(const std::vector<std::string>& arguments, PolicyNeeds needs = {}) {
  std::string all;
  for (const Right& right : required_rights(arguments, needs, kInstalledIn)) {
    all += std::string(right.verb) + ' ' + std::string(right.resource);
    if (!right.name.empty()) all += '/' + right.name;
    if (!right.namespace_name.empty() && right.namespace_name != kInstalledIn)
      all += " in " + right.namespace_name;
    all += right.of_cluster ? " everywhere\n" : "\n";
  }
  return all;
}

using Rules = std::set<std::string>;

// "get secrets/secret-hygiene-tls of secret-hygiene", "list deployments.apps everywhere".
std::string rule(std::string_view verb, std::string_view group, std::string_view resource,
                 std::string_view name, const std::string& where) {
  std::string made = std::string(verb) + ' ' + std::string(resource);
  if (!group.empty()) made.append(".").append(group);
  if (!name.empty()) made.append("/").append(name);
  return made + ' ' + where;
}

Rules needed(const std::vector<std::string>& arguments, PolicyNeeds needs = {}) {
  Rules all;
  for (const Right& right : required_rights(arguments, needs, kInstalledIn)) {
    all.insert(rule(right.verb, right.group, right.resource, right.name,
                    right.of_cluster ? "everywhere" : "of " + right.namespace_name));
  }
  return all;
}

std::string text_of(const std::string& path) {
  std::ifstream file(test::source_dir() + '/' + path);
  std::ostringstream text;
  text << file.rdbuf();
  REQUIRE_FALSE(text.str().empty());
  return text.str();
}

std::vector<std::string> texts_at(const yaml::Node& node, std::string_view key) {
  std::vector<std::string> texts;
  if (const yaml::Node* list = node.find(key)) {
    for (const yaml::Node& item : list->items) texts.push_back(item.text);
  }
  return texts;
}

// What the Roles and ClusterRoles of a file grant, or the one of that name.
Rules granted(const std::string& path, const std::string& only = {}) {
  Rules all;
  const yaml::File file = yaml::parse(text_of(path));
  REQUIRE(file.errors.empty());
  for (const yaml::Node& document : file.documents) {
    const std::string kind = document.find("kind")->text;
    if (kind != "Role" && kind != "ClusterRole") continue;
    const yaml::Node& metadata = *document.find("metadata");
    if (!only.empty() && metadata.find("name")->text != only) continue;
    const std::string where = kind == "ClusterRole" ? "everywhere" : "of " + metadata.find("namespace")->text;
    for (const yaml::Node& each : document.find("rules")->items) {
      auto names = texts_at(each, "resourceNames");
      if (names.empty()) names.emplace_back();
      for (const std::string& verb : texts_at(each, "verbs")) {
        for (const std::string& group : texts_at(each, "apiGroups")) {
          for (const std::string& resource : texts_at(each, "resources")) {
            for (const std::string& name : names) all.insert(rule(verb, group, resource, name, where));
          }
        }
      }
    }
  }
  return all;
}

Rules operator+(Rules one, const Rules& other) {
  one.insert(other.begin(), other.end());
  return one;
}

const yaml::Node* find_below(const yaml::Node& node, std::string_view key) {
  if (const yaml::Node* found = node.find(key)) return found;
  for (const yaml::Entry& entry : node.entries) {
    if (const yaml::Node* found = find_below(entry.value, key)) return found;
  }
  for (const yaml::Node& item : node.items) {
    if (const yaml::Node* found = find_below(item, key)) return found;
  }
  return nullptr;
}

// Of the container of a Job or CronJob.
std::vector<std::string> arguments_of(const std::string& path) {
  std::vector<std::string> texts;
  const yaml::File file = yaml::parse(text_of(path));
  for (const yaml::Node& item : find_below(file.documents.at(0), "args")->items) texts.push_back(item.text);
  return texts;
}

}  // namespace

TEST_CASE("the manifests grant each command exactly what the table says; the chart renders the same roles") {
  const std::string certs = "certs/self-signed/";
  CHECK(needed(arguments_of(certs + "job.yaml")) ==
        granted(certs + "role.yaml", "secret-hygiene-certs-init") + granted(certs + "cluster-role.yaml"));
  CHECK(needed(arguments_of(certs + "cron-job.yaml")) ==
        granted(certs + "role.yaml", "secret-hygiene-certs") + granted(certs + "cluster-role.yaml"));
  const std::string housekeeping = "manifests/housekeeping/";
  for (const std::string command : {"audit", "prune"}) {
    INFO(command);
    CHECK(needed(arguments_of(housekeeping + command + "/cron-job.yaml")) ==
          granted(housekeeping + command + "/cluster-role.yaml"));
  }
  auto applied = arguments_of(housekeeping + "prune/cron-job.yaml");
  applied.emplace_back("--apply");
  CHECK(needed(applied) ==
        granted(housekeeping + "prune/cluster-role.yaml") + Rules{"delete secrets everywhere"});
  CHECK_THAT(
      text_of(housekeeping + "prune-apply/kustomization.yaml"),
      Catch::Contains("/rules/0/verbs/-, value: delete}") && Catch::Contains("args/-, value: --apply}"));
  const std::string parts = "manifests/components/";
  const Rules local = granted(parts + "counting-local/cluster-role.yaml");
  CHECK(needed({"serve"}, {.counts = true}) == local);
  CHECK(needed({"serve", "--counting=strict"}, {.counts = true}) ==
        local + granted(parts + "counting-strict/role.yaml"));
  CHECK(needed({"serve", "--events"}) == granted(parts + "events/cluster-role.yaml"));
  const Rules namespaces = granted(parts + "namespaces/cluster-role.yaml");
  CHECK(needed({"serve"}, {.namespaces = true}) == namespaces);
  CHECK(needed({"serve"}, {.counts = true, .namespaces = true}) == local + namespaces);
}

TEST_CASE("the documented roles grant each command exactly what the table says") {
  CHECK(needed({"controllers", "-A"}) == granted("docs/controllers-cluster-role.yaml"));
  CHECK(needed({"doctor"}) == granted("docs/doctor-roles.yaml"));
  CHECK(needed({"label", "-A"}) == Rules{"list secrets everywhere", "get secrets everywhere"});
  CHECK(needed({"label", "-A", "--apply"}) ==
        Rules{"list secrets everywhere", "get secrets everywhere", "patch secrets everywhere"});
  CHECK_THAT(text_of("docs/label.md"),
             Catch::Contains("`list` and `get` on Secrets, and `patch` for `--apply`"));
  CHECK_THAT(text_of("docs/prune.md"),
             Catch::Contains("`list` and `get` on Secrets, and `delete` for `--apply`"));
  Rules reports = {"list secrets everywhere"};
  for (const std::string verb : {"list", "create", "patch", "delete"}) {
    for (const char* kind : {"reports.openreports.io", "clusterreports.openreports.io",
                             "policyreports.wgpolicyk8s.io", "clusterpolicyreports.wgpolicyk8s.io"})
      reports.insert(verb + ' ' + kind + " everywhere");
  }
  CHECK(needed({"audit", "-A", "-o", "policyreport", "--apply"}) == reports);
  CHECK_THAT(text_of("docs/audit-reports.md"),
             Catch::Contains("`reports.openreports.io` or `policyreports.wgpolicyk8s.io`") &&
                 Catch::Contains("`clusterreports.openreports.io` or `clusterpolicyreports.wgpolicyk8s.io`"));
}

TEST_CASE("a namespace limits what the commands on stored Secrets need, not what controllers hold") {
  CHECK(needed({"label", "-n", "shop", "--apply"}) ==
        Rules{"list secrets of shop", "get secrets of shop", "patch secrets of shop"});
  const Rules controllers = needed({"controllers", "--namespace=shop", "--audit", "file"});
  CHECK(controllers.contains("list deployments.apps of shop"));
  CHECK(controllers.contains("list roles.rbac.authorization.k8s.io of shop"));
  CHECK(controllers.contains("list clusterroles.rbac.authorization.k8s.io everywhere"));
  CHECK_FALSE(controllers.contains("list secrets everywhere"));
  CHECK(needed({"controllers", "-n", "shop"}).contains("list secrets everywhere"));
  const Rules doctor =
      needed({"doctor", "-n", "mine", "--trial-namespace=trial", "--secret=tls", "--validating="});
  CHECK(doctor.contains("create secrets of trial"));
  CHECK(doctor.contains("get secrets/tls of mine"));
  CHECK_FALSE(doctor.contains(
      "get validatingwebhookconfigurations.admissionregistration.k8s.io/secret-hygiene everywhere"));
}

TEST_CASE("a webhook that neither counts nor writes Events needs no right") {
  CHECK(text({"serve", "--counting=strict"}).empty());
  CHECK(text({}).empty());
  CHECK(text({"policies", "print"}, {.counts = true}).empty());
}

TEST_CASE("counting, its strict mode and Events add up") {
  const std::string local = "get secrets everywhere\nlist secrets everywhere\nwatch secrets everywhere\n";
  CHECK(text({"serve"}, {.counts = true}) == local);
  CHECK(text({"serve", "--events"}) == "create events everywhere\npatch events everywhere\n");
  const auto of_ledgers = [](const std::string& in, const std::string& of_earlier, const std::string& name) {
    const auto both = [](const std::string& what) { return "get " + what + "\nupdate " + what + '\n'; };
    auto all = both("configmaps/" + name + of_earlier) + both("configmaps/" + name + "-cluster in " + in);
    for (int number = 0; number < 16; ++number)
      all += both("configmaps/" + name + '-' + std::to_string(number) + " in " + in);
    for (const char* right : {"create configmaps", "get secrets", "create secrets", "patch secrets"})
      all += std::string(right) + " in " + in + '\n';
    return all;
  };
  CHECK(text({"serve", "--counting", "strict", "--ledger=ns/book"}, {.counts = true}) ==
        local + of_ledgers("ns", " in ns", "book"));
  CHECK(text({"serve", "--counting=strict"}, {.counts = true}) ==
        local + of_ledgers("secret-hygiene-ledger", "", "secret-hygiene-ledger"));
}

TEST_CASE("a policy that selects by the labels of namespaces lets each command read them") {
  const PolicyNeeds needs{.namespaces = true};
  CHECK(text({"audit", "-A"}, needs) == "list secrets everywhere\nlist namespaces everywhere\n");
  CHECK(text({"audit", "-n", "shop"}, needs) == "list secrets in shop\nget namespaces everywhere\n");
  CHECK_THAT(text({"label", "-A"}, needs), Catch::Contains("list namespaces everywhere\n"));
  CHECK_THAT(text({"prune", "-A"}, needs), !Catch::Contains("namespaces"));
  CHECK_THAT(text({"doctor"}, needs), Catch::Contains("get namespaces everywhere\n"));
}

TEST_CASE("a command of a CronJob needs what its flags do") {
  CHECK(text({"audit"}) == "list secrets\n");
  CHECK(text({"audit", "-A"}) == "list secrets everywhere\n");
  CHECK(text({"audit", "--namespace=team-a"}) == "list secrets in team-a\n");
  CHECK(text({"audit", "-n", "team-a", "--policies-from=ns/set"}) ==
        "get configmaps/set in ns\nlist secrets in team-a\n");
  CHECK_THAT(text({"audit", "-A", "--apply"}),
             Catch::Contains("patch policyreports everywhere\n") &&
                 Catch::Contains("list clusterpolicyreports everywhere\n") &&
                 Catch::Contains("create reports everywhere\n") &&
                 Catch::Contains("delete clusterreports everywhere\n"));
  CHECK(text({"prune", "--all-namespaces"}) == "get secrets everywhere\nlist secrets everywhere\n");
  CHECK(text({"prune", "--apply"}) == "get secrets\nlist secrets\ndelete secrets\n");
  CHECK(text({"certs", "init", "--mutating="}) ==
        "get secrets/secret-hygiene-tls\n"
        "get validatingwebhookconfigurations/secret-hygiene everywhere\n"
        "patch validatingwebhookconfigurations/secret-hygiene everywhere\ncreate secrets\n");
  CHECK_THAT(text({"certs", "rotate"}),
             Catch::EndsWith("patch secrets/secret-hygiene-tls\nlist endpointslices\n") &&
                 !Catch::Contains("create"));
  CHECK_THAT(text({"certs", "show"}), !Catch::Contains("patch") && !Catch::Contains("create"));
}

}  // namespace hygiene::housekeeping
