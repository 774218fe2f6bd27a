// The list of what to do first about the memory of controllers.
#include "housekeeping/controllers/savings.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace hygiene::housekeeping;

namespace {

// 1000 bytes in all. What `!secret-hygiene.io/ignore` takes falls to 100 once it is labelled, what any other
// selector takes stays.
Survey stored() {
  Survey survey;
  survey.total = {10, 900, 1000};
  for (const ControllerSelector& selector : controller_selectors()) {
    const bool falls = selector.label_selector == "!secret-hygiene.io/ignore";
    survey.selectors.push_back({selector, {10, 900, 1000}, {1, 50, falls ? 100U : 1000U}});
  }
  return survey;
}

const Saving* find(const std::vector<Saving>& savings, const std::string& to_do) {
  const auto found = std::ranges::find(savings, to_do, &Saving::to_do);
  return found == savings.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("what each known controller could save is said with what to set, and Kong's with the proxy") {
  const auto savings = possible_savings(stored());
  const Saving* reloader =
      find(savings, "set --resource-label-selector=!secret-hygiene.io/ignore on Reloader");
  REQUIRE(reloader != nullptr);
  CHECK(reloader->saves.bytes == 900);
  CHECK(reloader->policy == "policies/default");
  CHECK(reloader->where.empty());
  const Saving* kong = find(savings, "put `secret-hygiene proxy` beside Kong Ingress Controller");
  REQUIRE(kong != nullptr);
  CHECK(kong->saves.bytes == 900);
}

TEST_CASE("what saves nothing is not on the list, nor what selects by itself") {
  for (const Saving& saving : possible_savings(stored())) {
    INFO(saving.to_do);
    CHECK(saving.saves.bytes > 0);
    CHECK(saving.to_do.find("ECK") == std::string::npos);  // its selector takes as much as none
    CHECK(saving.to_do.find("Traefik") == std::string::npos);
    CHECK(saving.to_do.find("Kong Operator") == std::string::npos);
  }
  CHECK(possible_savings(Survey()).empty());
}

TEST_CASE("of the controllers that were found what saves most leads, and its place is named") {
  std::vector<ControllerFound> found(3);
  for (std::size_t i = 0; i < found.size(); ++i) {
    found[i].known = &known_controllers().front();
    found[i].kind = "Deployment";
    found[i].namespace_name = "apps";
    found[i].name = "number-" + std::to_string(i);
  }
  std::vector<Advice> advice(3);
  for (Advice& each : advice) each.remedy = Remedy::proxy;
  advice[0].saves = Estimate{5, Bound::exact};
  advice[2].saves = Estimate{7, Bound::at_least};
  const auto savings = savings_of(found, advice);
  REQUIRE(savings.size() == 2);
  CHECK(savings[0].where == "deployment/number-2 in namespace apps");
  CHECK(savings[0].saves.bound == Bound::at_least);
  CHECK(savings[1].where == "deployment/number-0 in namespace apps");
}
