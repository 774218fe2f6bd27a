// What helps a controller, and what it saves.
#include "housekeeping/controllers/advice.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace hygiene::housekeeping;

namespace {

ControllerFound found(const std::string& name, Selects selects, std::optional<std::size_t> known = {}) {
  ControllerFound made;
  made.known = &*std::ranges::find(known_controllers(), name, &KnownController::name);
  made.missing = made.known->arguments;
  made.state.selects = selects;
  made.state.known = known;
  return made;
}

// 1000 bytes in all; of these each selector takes 700 today, and 100 once it is labelled.
Survey stored() {
  Survey survey;
  survey.total = {10, 900, 1000};
  for (const ControllerSelector& selector : controller_selectors())
    survey.selectors.push_back({selector, {7, 600, 700}, {1, 50, 100}});
  return survey;
}

}  // namespace

TEST_CASE("what helps depends on what a controller has, and on where it filters") {
  const auto remedy = [](const char* name, Selects selects) {
    return advise(found(name, selects), nullptr).remedy;
  };
  CHECK(remedy("Reloader", Selects::nothing) == Remedy::setting);
  CHECK(remedy("Reloader", Selects::by_setting) == Remedy::none);
  CHECK(remedy("Reloader", Selects::not_seen) == Remedy::setting);
  CHECK(remedy("ECK", Selects::too_old) == Remedy::proxy);
  CHECK(remedy("ECK", Selects::by_proxy) == Remedy::none);
  CHECK(remedy("Kong Ingress Controller", Selects::nothing) == Remedy::proxy);
  CHECK(remedy("Kong Ingress Controller", Selects::by_setting) == Remedy::proxy);
  CHECK(remedy("Flux", Selects::nothing) == Remedy::none);
  CHECK(remedy("Traefik", Selects::built_in) == Remedy::none);
  CHECK(remedy("Kong Operator", Selects::by_default) == Remedy::none);
  CHECK(remedy("prometheus-operator", Selects::nothing) == Remedy::setting);
}

TEST_CASE("the setting is exact") {
  const auto setting = [](const char* name) {
    return advise(found(name, Selects::nothing), nullptr).setting;
  };
  CHECK(setting("Reloader") == "--resource-label-selector=!secret-hygiene.io/ignore");
  CHECK(setting("ECK") == "--restrict-watched-resources");
  CHECK(setting("prometheus-operator") ==
        "--secret-label-selector=!secret-hygiene.io/ignore --secret-field-selector=type!=helm.sh/release.v1");
  CHECK(setting("NGINX Gateway Fabric") == "--watch-secret-label-selector=LABEL");
  CHECK(setting("Argo CD") == "resource.selectors in the ConfigMap argocd-cm");
  CHECK(setting("Kong Ingress Controller").empty());
  CHECK(advise(found("ECK", Selects::nothing), nullptr).policy == "policies/examples/eck-keep.yaml");
  CHECK(advise(found("Kong Ingress Controller", Selects::nothing), nullptr).policy == "policies/default");
}

TEST_CASE("savings are what is held now less what the remedy leaves, with the bound that is known") {
  Survey survey = stored();
  const auto advice = advise(found("Reloader", Selects::nothing), &survey);
  REQUIRE((advice.holds && advice.saves));
  CHECK(advice.holds->bytes == 1000);
  CHECK(advice.saves->bytes == 900);
  CHECK(advice.saves->bound == Bound::exact);
  CHECK(advise(found("Reloader", Selects::by_setting, 0), &survey).holds->bytes == 700);
  CHECK_FALSE(advise(found("Reloader", Selects::by_setting), &survey).holds.has_value());
  CHECK_FALSE(advise(found("Reloader", Selects::by_setting, 0), &survey).saves.has_value());
  CHECK(advise(found("Reloader", Selects::not_seen), &survey).saves->bound == Bound::up_to);
  // Both selectors of the proxy leave out no less than either.
  CHECK(advise(found("Kong Ingress Controller", Selects::by_setting, 0), &survey).saves->bytes == 900);
  CHECK(advise(found("Kong Ingress Controller", Selects::nothing), &survey).saves->bound == Bound::at_least);
  CHECK(advise(found("Argo CD", Selects::not_seen), &survey).saves->bound == Bound::up_to);
  CHECK_FALSE(advise(found("Flux", Selects::nothing), &survey).holds.has_value());
  CHECK_FALSE(advise(found("NGINX Gateway Fabric", Selects::nothing), &survey).saves.has_value());
  CHECK_FALSE(advise(found("Reloader", Selects::nothing), nullptr).saves.has_value());
}

TEST_CASE("a selector on a label that no policy puts on saves at the most what the figures say") {
  Survey survey = stored();
  CHECK(advise(found("ECK", Selects::nothing), &survey).saves->bound == Bound::up_to);
  survey.labels.missing.push_back({"eck-keep", "eck.k8s.elastic.co/watched", "true", false, 0});
  CHECK(advise(found("ECK", Selects::nothing), &survey).saves->bound == Bound::exact);
}

TEST_CASE("sizes that are not known make a lower bound, and with an upper one no bound") {
  Survey survey = stored();
  survey.unsized = 1;
  CHECK(advise(found("Reloader", Selects::nothing), &survey).saves->bound == Bound::at_least);
  CHECK(advise(found("ECK", Selects::nothing), &survey).saves->bound == Bound::about);
  survey = stored();
  survey.namespace_name = "one";
  CHECK(advise(found("Reloader", Selects::nothing), &survey).holds->bound == Bound::at_least);
}

TEST_CASE("a proxy is estimated with its own selectors only") {
  Survey survey = stored();
  ControllerFound behind = found("ECK", Selects::by_proxy);
  behind.state.selector = "!secret-hygiene.io/ignore,type!=helm.sh/release.v1";
  CHECK(advise(behind, &survey).holds->bytes == 700);
  CHECK(advise(behind, &survey).holds->bound == Bound::up_to);
  behind.state.selector = "mine=true";
  CHECK_FALSE(advise(behind, &survey).holds.has_value());
}
