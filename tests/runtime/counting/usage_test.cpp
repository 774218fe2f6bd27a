// How full the scopes are.
#include "runtime/counting/usage.hpp"

#include "shared_engine_fixture.hpp"
#include "support/json_oracle.hpp"

using namespace hygiene;
using namespace hygiene::runtime_test;

namespace {

const std::string kPolicies =
    policy_document("a", R"({mode: Enforce, match: {types: [t]}, limits: {
  secretsPerNamespace: 4, secretsPerRelease: 2, bytesPerNamespace: 1000}})") +
    policy_document("b", "{mode: Warn, match: {types: [t]}, limits: {secretsPerCluster: 100}}");

struct Filled : SharedEngineFixture {
  Filled() : SharedEngineFixture(load(kPolicies)) {
    list({"one", "two", "sh.helm.release.v1.web.v1", "sh.helm.release.v1.web.v2"});
    CHECK(decision(ask(facts("new", "t", "empty"))).answer == counting::Answer::allowed);
  }
};

std::string line(const runtime::ScopeUsage& usage) {
  return usage.policy + ' ' + usage.limit + ' ' + usage.scope + ' ' + std::to_string(usage.used) + '+' +
         std::to_string(usage.reserved) + '/' + std::to_string(usage.allowed);
}

}  // namespace

TEST_CASE("each limit is shown in each scope, the fullest first, stored and reserved apart") {
  Filled f;
  const auto usage = f.engine.usage(100);
  std::vector<std::string> lines;
  for (const auto& each : usage.fullest) lines.push_back(line(each));
  CHECK(lines ==
        std::vector<std::string>{"a secretsPerNamespace team 4+0/4", "a secretsPerRelease team/web 2+0/2",
                                 "a bytesPerNamespace team 400+0/1000", "a secretsPerNamespace empty 0+1/4",
                                 "a bytesPerNamespace empty 0+100/1000", "b secretsPerCluster  4+1/100"});
  CHECK(usage.secrets == 4);
  CHECK(usage.entries == 1);
}

TEST_CASE("only so many scopes are kept, and each limit's ratio is that of its fullest") {
  Filled f;
  const auto usage = f.engine.usage(2);
  REQUIRE(usage.fullest.size() == 2);
  CHECK(usage.fullest[0].limit == "secretsPerNamespace");
  CHECK(usage.fullest[1].limit == "secretsPerRelease");
  const auto none = f.engine.usage(0);
  CHECK(none.fullest.empty());
  REQUIRE(none.policies.size() == 2);
  CHECK(none.policies[0].policy == "a");
  CHECK(none.policies[0].secrets == 4);
  CHECK(none.policies[0].bytes == 400);
  CHECK(none.policies[0].ratios == std::vector<std::pair<std::string, double>>{{"secretsPerNamespace", 1.0},
                                                                               {"secretsPerRelease", 1.0},
                                                                               {"bytesPerNamespace", 0.4}});
  CHECK(none.policies[1].ratios == std::vector<std::pair<std::string, double>>{{"secretsPerCluster", 0.05}});
}

TEST_CASE("every Secret is passed over, also where there are more than one step takes") {
  SharedEngineFixture f(load(kPolicies));
  std::vector<std::string> names;
  for (int i = 0; i < 9'000; ++i) names.push_back("s" + std::to_string(i));
  f.list(names);
  f.engine.with_watch(f.watches().at(0), [](auto& engine, auto index, auto now) {
    engine.shows(index, {"last", "z", "t"}, {7, 11, 150, 1}, now);
  });
  const auto usage = f.engine.usage(10);
  CHECK(usage.secrets == 9'001);
  CHECK(line(usage.fullest.at(0)) == "a secretsPerNamespace team 9000+0/4");
  CHECK(line(usage.fullest.back()) == "a bytesPerNamespace last 150+0/1000");
}

TEST_CASE("a limit of nothing is as full as what it holds") {
  CHECK(runtime::ScopeUsage{"p", "l", "s", 3, 1, 0}.ratio() == 4.0);
  CHECK(runtime::ScopeUsage{"p", "l", "s", 0, 0, 0}.ratio() == 0.0);
  CHECK(runtime::ScopeUsage{"p", "l", "s", 1, 1, 4}.ratio() == 0.5);
}

TEST_CASE("as JSON it is the same") {
  Filled f;
  const auto page = test::parse_dom(runtime::to_json(f.engine.usage(100), f.engine.synced()));
  CHECK(page["synced"].GetBool());
  CHECK(page["secrets"].GetUint64() == 4);
  CHECK(page["entries"].GetUint64() == 1);
  REQUIRE(page["scopes"].Size() == 6);
  const auto& first = page["scopes"][0];
  CHECK(std::string(first["policy"].GetString()) == "a");
  CHECK(std::string(first["limit"].GetString()) == "secretsPerNamespace");
  CHECK(std::string(first["scope"].GetString()) == "team");
  CHECK(first["used"].GetUint64() == 4);
  CHECK(first["reserved"].GetUint64() == 0);
  CHECK(first["allowed"].GetUint64() == 4);
}

TEST_CASE("where no policy counts the page is empty, and says that nothing is missing") {
  SharedEngineFixture f;
  const auto page = test::parse_dom(runtime::to_json(f.engine.usage(10), f.engine.synced()));
  CHECK(page["synced"].GetBool());
  CHECK(page["scopes"].Empty());
}
