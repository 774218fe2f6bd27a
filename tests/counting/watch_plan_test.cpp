#include "counting/watch_plan.hpp"

#include "support.hpp"

namespace hygiene::counting {
namespace {

using test::document;

std::vector<std::string> selectors(const WatchPlan& plan) {
  std::vector<std::string> found;
  for (const auto& watch : plan.watches()) found.push_back(watch.field_selector);
  return found;
}

std::string counting(const std::string& name, const std::string& selection) {
  return document(name, "  mode: Warn\n  limits: {secretsPerNamespace: 5}\n" + selection);
}

TEST_CASE("one watch for each type that is named, and one for the others where a policy wants them") {
  struct Case {
    const char* what;
    std::string policies;
    std::vector<std::string> expected;
    bool types_needed;
  };
  const std::string helm = "  match: {types: [\"helm.sh/release.v1\"]}";
  const std::string labels = document("labels", "  labels: {team: core}");
  const std::vector<Case> cases{
      {"no policy counts", labels, {}, false},
      {"one type", counting("a", helm), {"type=helm.sh/release.v1"}, false},
      {"all types", counting("a", ""), {""}, false},
      {"a star is all types", counting("a", "  match: {types: [\"*\"]}"), {""}, false},
      {"one type, and all",
       counting("a", helm) + counting("b", ""),
       {"type=helm.sh/release.v1", "type!=helm.sh/release.v1"},
       false},
      {"a type that is left out", counting("a", "  exclude: {types: [Opaque]}"), {"type!=Opaque"}, false},
      {"a type that one policy leaves out and another counts",
       counting("a", "  exclude: {types: [Opaque]}") + counting("b", ""),
       {"type=Opaque", "type!=Opaque"},
       false},
      {"a type that is named and left out by each policy",
       counting("a", "  exclude: {types: [x]}") +
           counting("b", "  match: {types: [x, z]}\n  exclude: {types: [x]}"),
       {"type=z", "type!=x,type!=z"},
       false},
      {"a pattern", counting("a", "  match: {types: [\"helm.sh/*\"]}"), {""}, true},
      {"a type with signs of the selector",
       counting("a", "  match: {types: [\"a=b,c\"]}"),
       {"type=a\\=b\\,c"},
       false},
  };
  for (const auto& test : cases) {
    INFO(test.what);
    const auto plan = WatchPlan::make(*test::select(test.policies), {});
    CHECK(selectors(plan) == test.expected);
    CHECK(plan.types_needed() == test.types_needed);
  }
}

TEST_CASE("sixteen types are watched one by one, of seventeen each must be learnt") {
  std::string types = "t0";
  for (std::size_t i = 1; i < kTypesWatchedMax; ++i) types += ",t" + std::to_string(i);
  const auto at = WatchPlan::make(*test::select(counting("a", "  match: {types: [" + types + "]}")), {});
  CHECK(at.watches().size() == kTypesWatchedMax);
  const auto over = WatchPlan::make(*test::select(counting("a", "  match: {types: [" + types + ",x]}")), {});
  CHECK(over.watches().size() == 1);
  CHECK(over.types_needed());
}

TEST_CASE("a plan stays while it shows what other policies need, and changes where a type is new") {
  const std::string helm = counting("a", "  match: {types: [\"helm.sh/release.v1\"]}");
  const auto both = WatchPlan::make(*test::select(helm + counting("b", "")), {});
  CHECK(WatchPlan::make(*test::select(helm), both) == both);
  CHECK(WatchPlan::make(*test::select(counting("b", "")), both) == both);
  const auto opaque = WatchPlan::make(*test::select(counting("c", "  match: {types: [Opaque]}")), both);
  CHECK(selectors(opaque) == std::vector<std::string>{"type=Opaque"});
  const auto pattern = WatchPlan::make(*test::select(counting("c", "  match: {types: [O*]}")), both);
  CHECK(pattern.types_needed());
  // What it tells apart by type must take in what is needed.
  CHECK(selectors(WatchPlan::make(*test::select(helm), pattern)) ==
        std::vector<std::string>{"type=helm.sh/release.v1"});
  const auto more = counting("c", "  match: {types: [O*]}") + helm;
  const auto plan_of_more = WatchPlan::make(*test::select(more), pattern);
  CHECK_FALSE(plan_of_more == pattern);
  CHECK(WatchPlan::make(*test::select(helm), plan_of_more) == plan_of_more);
}

TEST_CASE("a plan changes where its watch of all other types would show too much or too little") {
  const std::string without = counting("a", "  exclude: {types: [Opaque]}");
  const std::string all = counting("b", "");
  const auto of = [](const std::string& policies, const WatchPlan& now) {
    return selectors(WatchPlan::make(*test::select(policies), now));
  };
  const auto plan_without = WatchPlan::make(*test::select(without), {});
  const auto plan_of_all = WatchPlan::make(*test::select(all), {});
  const auto plan_of_both = WatchPlan::make(*test::select(without + all), {});
  using Selectors = std::vector<std::string>;
  CHECK(of(all, plan_without) == Selectors{""});
  CHECK(of(without, plan_of_all) == Selectors{"type!=Opaque"});
  CHECK(of(without, plan_of_both) == Selectors{"type=Opaque", "type!=Opaque"});
  CHECK(of(all, plan_of_both) == Selectors{"type=Opaque", "type!=Opaque"});
  CHECK(of(counting("c", "  match: {types: [Opaque]}"), plan_without) == Selectors{"type=Opaque"});
}

TEST_CASE("a type that no policy counts has no watch, and covers no scope") {
  const auto selection = test::select(counting("a", "  exclude: {types: [Opaque]}"));
  const auto plan = WatchPlan::make(*selection, {});
  CHECK(plan.watch_of("Opaque") == plan.watches().size());
  CHECK(plan.watch_of("y") == 0);
  const auto both = test::select(counting("a", "  exclude: {types: [Opaque]}") + counting("b", ""));
  const auto plan_of_both = WatchPlan::make(*both, {});
  CHECK(plan_of_both.covering(both->policies().policies[0]) == std::vector<std::size_t>{1});
  CHECK(plan_of_both.covering(both->policies().policies[1]) == std::vector<std::size_t>{0, 1});
}

TEST_CASE("a policy is covered by the watches that show what it selects") {
  const auto selection = test::select(counting("a", "  match: {types: [\"helm.sh/release.v1\"]}") +
                                      counting("b", "") + counting("c", "  match: {types: [\"*\"]}"));
  const auto plan = WatchPlan::make(*selection, {});
  const auto& policies = selection->policies().policies;
  CHECK(plan.covering(policies[0]) == std::vector<std::size_t>{0});
  CHECK(plan.covering(policies[1]) == std::vector<std::size_t>{0, 1});
  CHECK(plan.covering(policies[2]) == std::vector<std::size_t>{0, 1});
  CHECK(plan.watch_of("helm.sh/release.v1") == 0);
  CHECK(plan.watch_of("Opaque") == 1);
  CHECK(WatchPlan::make(*test::select(counting("a", "  match: {types: [x]}")), {}).watch_of("y") == 1);
}

}  // namespace
}  // namespace hygiene::counting
