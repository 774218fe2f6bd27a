// The description of the known controllers, as the program reads it.
#include "housekeeping/stored/known_controllers.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace hygiene;
using namespace hygiene::housekeeping;

namespace {

const KnownController& controller(const std::string& name) {
  const auto& all = known_controllers();
  const auto found = std::ranges::find(all, name, &KnownController::name);
  REQUIRE(found != all.end());
  return *found;
}

std::string document(const std::string& entry) {
  return "apiVersion: secret-hygiene.io/v1alpha1\nkind: KnownControllers\ncontrollers:\n  - " + entry + "\n";
}

const std::string kGood = "{name: x, kinds: [Deployment], images: [x], caches: whole, filteredAt: cache}";

}  // namespace

TEST_CASE("the file that the program brings along is read with every field") {
  const KnownController& kong = controller("Kong Ingress Controller");
  CHECK(kong.since == "3.4.1");
  CHECK(kong.kinds == std::vector<std::string>{"Deployment"});
  CHECK(kong.images == std::vector<std::string>{"kubernetes-ingress-controller"});
  CHECK(kong.caches == Caches::whole);
  CHECK(kong.filtered_at == FilteredAt::cache);
  REQUIRE(kong.arguments.size() == 1);
  CHECK(kong.arguments[0].name == "--secret-label-selector");
  CHECK(kong.arguments[0].value == "konghq.com/secret");
  CHECK(kong.environment == "CONTROLLER_SECRET_LABEL_SELECTOR");
  CHECK(kong.kubeconfig == "CONTROLLER_KUBECONFIG");
  REQUIRE(kong.selectors.size() == 1);
  CHECK(kong.selectors[0].labels == "konghq.com/secret=true");
  CHECK(kong.selectors[0].policy == "policies/examples/kong-keep.yaml");

  CHECK(controller("Kong Operator").by_default);
  CHECK(controller("Traefik").built_in);
  CHECK(controller("Traefik").selectors[0].fields == "type!=helm.sh/release.v1");
  CHECK(controller("ECK").config_file == "--config");
  CHECK(controller("ECK").kubeconfig == "KUBECONFIG");
  CHECK_FALSE(controller("ECK").arguments[0].value.has_value());
  CHECK(controller("cert-manager").caches == Caches::both);
  CHECK(controller("NGINX Gateway Fabric").filtered_at == FilteredAt::unknown);
  const auto& config_map = controller("Argo CD").config_map;
  REQUIRE(config_map.has_value());
  CHECK(config_map->name == "argocd-cm");
  CHECK(config_map->value.find("selector: \"!secret-hygiene.io/ignore\"\n") != std::string::npos);
}

TEST_CASE("what is wrong with a description is said with its place") {
  CHECK(parse_known_controllers(document(kGood)).has_value());
  const auto message = [](const std::string& text) {
    const auto parsed = parse_known_controllers(text);
    REQUIRE(parsed.has_error());
    return parsed.error().message();
  };
  using Catch::Contains;
  CHECK_THAT(message(document("{name: 5, caches: whole, filteredAt: cache}")),
             Contains("controllers[0].name") && Contains("must be text"));
  CHECK_THAT(message(document("{name: x, caches: everything, filteredAt: cache}")),
             Contains("controllers[0].caches") && Contains("not a known word"));
  CHECK_THAT(message(document("{name: x, caches: whole, filteredAt: cache, flags: []}")), Contains("flags"));
  CHECK_THAT(message(document("{name: x, caches: whole, filteredAt: cache, images: []}")),
             Contains("images"));
  CHECK_THAT(message("kind: Other\ncontrollers: []\n"), Contains("KnownControllers"));
  CHECK_THAT(message("kind: KnownControllers\n"), Contains("is missing"));
  CHECK_THAT(message(""), Contains("not one document"));
  CHECK(parse_known_controllers("a: [").has_error());
}
