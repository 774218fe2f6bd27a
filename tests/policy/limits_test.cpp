#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "policy/evaluator.hpp"
#include "policy/limits/limit.hpp"
#include "support.hpp"

using namespace hygiene;
using namespace hygiene::policy;

TEST_CASE("The table of limits holds every kind at its own place") {
  const auto rules = limit_rules();
  REQUIRE(rules.size() == kLimitKinds);
  for (std::size_t index = 0; index < rules.size(); ++index) {
    INFO(rules[index].name);
    CHECK(static_cast<std::size_t>(rules[index].kind) == index);
    CHECK(&limit_rule(rules[index].kind) == &rules[index]);
    CHECK_FALSE(rules[index].noun.empty());
    const bool across = rules[index].name.find("PerNamespace") != std::string_view::npos ||
                        rules[index].name.find("PerCluster") != std::string_view::npos ||
                        rules[index].name.find("PerRelease") != std::string_view::npos;
    CHECK((rules[index].measure == nullptr) == across);
    CHECK(rules[index].across_secrets() == across);
  }
}

TEST_CASE("Each limit of one Secret measures its own number, and allows it up to and with the limit") {
  secret::Facts facts;
  facts.name = "s";
  facts.data_bytes = 1001;
  facts.object_bytes = 1002;
  facts.annotation_bytes = 1003;
  facts.largest_keys = {{"a", 1004}, {"b", 1}};
  facts.key_count = 1005;
  const std::vector<std::pair<std::string, std::uint64_t>> cases{{"bytesPerSecret", 1001},
                                                                 {"bytesPerObject", 1002},
                                                                 {"annotationBytes", 1003},
                                                                 {"bytesPerKey", 1004},
                                                                 {"keysPerSecret", 1005}};
  for (const auto& [name, measured] : cases) {
    INFO(name);
    const auto violations = [&, limit_name = name](std::uint64_t limit) {
      const auto set = test::load(test::document(
          "p", "  mode: Enforce\n  limits: {" + limit_name + ": " + std::to_string(limit) + "}"));
      const auto found = find_violations(*set, {Operation::create, nullptr, &facts, nullptr});
      if (!found.empty()) {
        CHECK(limit_rule(found[0].limit).name == limit_name);
        CHECK(found[0].allowed == limit);
        CHECK(found[0].measured == limit + 1);
        CHECK(found[0].outcome == Outcome::denied);
      }
      return found.size();
    };
    CHECK(violations(measured) == 0);
    CHECK(violations(measured - 1) == 1);
  }
}

TEST_CASE("Limits across Secrets are not judged on one Secret alone") {
  const auto set = test::load(test::document("p", R"(  mode: Enforce
  limits: {secretsPerNamespace: 0, secretsPerRelease: 2, bytesPerNamespace: 1, secretsPerCluster: 0, bytesPerCluster: 1})"));
  const auto facts = test::secret_of(1'000'000);
  CHECK(find_violations(*set, {Operation::create, nullptr, &facts, nullptr}).empty());
}
