// Which selector a controller has: by arguments in each form, variables, versions, the proxy, and what is not
// seen.
#include "housekeeping/controllers/configured_selector.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace hygiene::housekeeping;

namespace {

const KnownController& known(const std::string& name) {
  return *std::ranges::find(known_controllers(), name, &KnownController::name);
}

struct Case {
  std::string image = "x";
  std::vector<std::string> command = {};
  std::vector<std::string> args = {};
  std::vector<Variable> variables = {};
  bool env_from = false;
};

ConfiguredSelector state(const std::string& controller, const Case& made) {
  Container container;
  container.image = made.image;
  container.command = made.command;
  container.args = made.args;
  container.variables = made.variables;
  container.env_from = made.env_from;
  Workload workload;
  workload.containers.push_back(container);
  return configured_selector(known(controller), workload, container);
}

}  // namespace

TEST_CASE("an argument is known in each form, and the last one counts") {
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {"--resource-label-selector=!secret-hygiene.io/ignore"},
           {"--resource-label-selector", "!secret-hygiene.io/ignore"},
           {"-resource-label-selector=!secret-hygiene.io/ignore"},
           {"--v=2", "--resource-label-selector=a", "--resource-label-selector=!secret-hygiene.io/ignore"},
           {"--resource-label-selector=$(SELECTOR)"}}) {
    const auto found =
        state("Reloader", {.args = args, .variables = {{"SELECTOR", "!secret-hygiene.io/ignore"}}});
    INFO(args.back());
    CHECK(found.selects == Selects::by_setting);
    CHECK(found.selector == "!secret-hygiene.io/ignore");
    CHECK(found.known == 0u);
  }
  CHECK(state("Reloader", {.command = {"/r", "--resource-label-selector=team=a"}}).selector == "team=a");
  CHECK_FALSE(state("Reloader", {.args = {"--resource-label-selector=team=a"}}).known.has_value());
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{},
                                             {"--resource-label-selector="},
                                             {"--resource-label-selector"},
                                             {"--resource-label-selector-x=a"},
                                             {"resource-label-selector=a"},
                                             {"---resource-label-selector=a"},
                                             {"--other", "--v=2"}}) {
    CHECK(state("Reloader", {.args = args}).selects == Selects::nothing);
  }
}

TEST_CASE("an argument without a value is a switch") {
  CHECK(state("ECK", {.args = {"manager", "--restrict-watched-resources"}}).selector ==
        "eck.k8s.elastic.co/watched=true");
  CHECK(state("ECK", {.args = {"--restrict-watched-resources=true", "x"}}).known == 0u);
  CHECK(state("ECK", {.args = {"--restrict-watched-resources=false"}}).selects == Selects::nothing);
  const auto found = state("ECK", {.args = {"manager", "--config=/conf/eck.yaml"}});
  CHECK(found.selects == Selects::not_seen);
  CHECK(found.why == "in the file of --config");
  CHECK(state("ECK", {.args = {"--config=/x", "--restrict-watched-resources"}}).selects ==
        Selects::by_setting);
}

TEST_CASE("a variable sets what the argument does not") {
  const char* const kName = "CONTROLLER_SECRET_LABEL_SELECTOR";
  const std::string kong = "Kong Ingress Controller";
  const auto set = state(kong, {.variables = {{kName, "konghq.com/secret"}}});
  CHECK(set.selects == Selects::by_setting);
  CHECK(set.selector == "konghq.com/secret=true");
  CHECK(state(kong, {.args = {"--secret-label-selector=mine"}, .variables = {{kName, "other"}}}).selector ==
        "mine");
  CHECK(state(kong, {.variables = {{kName, ""}}}).selects == Selects::nothing);
  CHECK(state(kong, {.variables = {{kName, ""}}, .env_from = true}).selects == Selects::nothing);
  const auto from = state(kong, {.variables = {{kName, std::nullopt}}});
  CHECK(from.selects == Selects::not_seen);
  CHECK(from.why == "in the source of the variable CONTROLLER_SECRET_LABEL_SELECTOR");
  CHECK(state(kong, {.env_from = true}).why == "in a source of envFrom");
  // Reloader reads no such variable.
  CHECK(state("Reloader", {.env_from = true}).selects == Selects::nothing);
}

TEST_CASE("what a shell or an unknown variable may hold is not seen") {
  CHECK(
      state("Reloader", {.command = {"/bin/sh", "-c"}, .args = {"exec r --resource-label-selector=a"}}).why ==
      "in a shell's command line");
  const auto found = state("Reloader", {.args = {"$(EXTRA)"}, .variables = {{"EXTRA", std::nullopt}}});
  CHECK(found.selects == Selects::not_seen);
  CHECK(found.why == "in an argument that comes from a variable");
  CHECK(state("Reloader", {.args = {"--resource-label-selector=$(X)"}}).selects == Selects::not_seen);
  CHECK(state("Reloader", {.args = {"$(EXTRA", "$(A)"}, .variables = {{"A", "$(A)"}}}).selects ==
        Selects::nothing);
  CHECK(state("Argo CD", {}).why == "resource.selectors in the ConfigMap argocd-cm");
}

TEST_CASE("what is built in, or is the default, needs no setting") {
  CHECK(state("Traefik", {}).selects == Selects::built_in);
  CHECK(state("Traefik", {}).selector == "type!=helm.sh/release.v1");
  CHECK(state("cert-manager", {}).known == 0u);
  CHECK(state("Kong Operator", {}).selects == Selects::by_default);
  CHECK(state("Kong Operator", {}).selector == "konghq.com/secret=true");
  CHECK(state("Kong Operator", {.args = {"--secret-label-selector="}}).selects == Selects::nothing);
}

TEST_CASE("a version from before the setting has none") {
  const auto of = [](const char* tag) {
    return state("Kong Ingress Controller",
                 {.image = std::string("kong/kubernetes-ingress-controller:") + tag})
        .selects;
  };
  for (const char* old : {"3.4.0", "v3.3", "2", "3.4.0-rhel"}) CHECK(of(old) == Selects::too_old);
  for (const char* recent : {"3.4.1", "3.4", "3", "v3.5.0", "latest", "nightly", "10.0"})
    CHECK(of(recent) == Selects::nothing);
  CHECK(state("Kong Operator", {.image = "kong/kong-operator:1.6"}).selects == Selects::too_old);
  CHECK(state("ECK", {.image = "eck/eck-operator@sha256:00"}).selects == Selects::nothing);
}

TEST_CASE("a proxy in the pod selects, by its defaults or by what it is told") {
  Container container;
  container.image = "eck/eck-operator:3.4";
  Container proxy;
  proxy.image = "registry.corp/secret-hygiene:0.2.0";
  proxy.args = {"proxy", "--tls-dir=/x"};
  Workload workload;
  workload.containers = {container};
  workload.init_containers = {proxy};
  const auto selector = [&] { return configured_selector(known("ECK"), workload, container).selector; };
  CHECK(selector() == "!secret-hygiene.io/ignore,type!=helm.sh/release.v1");
  workload.init_containers[0].args.emplace_back("--selector=");
  CHECK(selector() == "type!=helm.sh/release.v1");
  workload.init_containers[0].args.emplace_back("--field-selector=");
  CHECK(configured_selector(known("ECK"), workload, container).selects == Selects::too_old);
  workload.init_containers[0].args = {"audit"};
  CHECK(configured_selector(known("ECK"), workload, container).selects == Selects::too_old);
}

TEST_CASE("a controller is known by its image where its kind may run it") {
  Container container;
  container.image = "quay.io/argoproj/argocd:v3";
  REQUIRE(known_controller("StatefulSet", container) != nullptr);
  CHECK(known_controller("StatefulSet", container)->name == "Argo CD");
  // Its server and its repository server run the same image.
  CHECK(known_controller("Deployment", container) == nullptr);
  container.image = "nginx:1";
  CHECK(known_controller("Deployment", container) == nullptr);
}

TEST_CASE("arguments are missing that are not given, or given without a value") {
  Container container;
  container.args = {"--secret-label-selector=a", "--secret-field-selector="};
  const auto missing = missing_arguments(known("prometheus-operator"), container);
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].name == "--secret-field-selector");
}
