#include "policy/matcher.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "policy/evaluator.hpp"
#include "support.hpp"

using namespace hygiene;
using namespace hygiene::policy;

namespace {

bool applies_to(const std::string& spec, const secret::Facts& object) {
  const auto set = test::load(test::document("p", spec + "\n  labels: {k: v}"));
  return Evaluation(*set, {.object = &object}).applies(set->policies[0]);
}

// By the labels of its namespace; null: they are not known.
bool applies_in(const std::string& spec, const secret::Labels* labels) {
  const auto object = test::secret_of(1000);
  const auto set = test::load(test::document("p", spec + "\n  labels: {k: v}"));
  return Evaluation(*set, {.object = &object, .namespace_labels = labels}).applies(set->policies[0]);
}

}  // namespace

TEST_CASE("Every field of match must hold, and any one field of exclude takes the Secret out") {
  secret::Facts facts = test::secret_of(1000);
  facts.labels.add("env").value = "prod";
  struct Case {
    std::string fields;
    bool in_match;
    bool in_exclude;  // whether it takes the Secret out
  };
  const std::vector<Case> cases{
      {"{types: [Opaque]}", true, true},
      {"{types: [opaque]}", false, false},
      {"{types: [x, Opa*]}", true, true},
      {"{names: [big]}", true, true},
      {"{names: [bi]}", false, false},
      {"{namespaces: [\"team-?\"]}", true, true},
      {"{namespaces: [team]}", false, false},
      {"{labelSelector: {matchLabels: {env: prod}}}", true, true},
      {"{labelSelector: {matchLabels: {env: dev}}}", false, false},
      {"{sizeOver: 999}", true, true},
      {"{sizeOver: 1000}", false, false},
      {"{sizeUpTo: 1000}", true, true},
      {"{sizeUpTo: 999}", false, false},
      {"{sizeOver: 999, sizeUpTo: 1000}", true, true},
      {"{sizeOver: 1000, sizeUpTo: 2000}", false, false},
      {"{sizeOver: 500, sizeUpTo: 999}", false, false},
      {"{sizeOver: 1000, sizeUpTo: 2000, names: [big]}", false, true},
      {"{sizeOver: 999, sizeUpTo: 1000, names: [other]}", false, true},
      {"{types: [Opaque], names: [other]}", false, true},
      {"{names: [big], sizeOver: 1000}", false, true},
      {"{namespaces: [team-a], labelSelector: {matchLabels: {env: dev}}}", false, true},
      {"{types: [x], names: [b], namespaces: [z], sizeOver: 1000}", false, false},
  };
  for (const auto& [fields, in_match, in_exclude] : cases) {
    INFO(fields);
    CHECK(applies_to("  match: " + fields, facts) == in_match);
    CHECK(applies_to("  exclude: " + fields, facts) == !in_exclude);
  }
  CHECK(applies_to("  mode: Warn", facts));
}

TEST_CASE("A policy is about a namespace unless its namespaces leave it out") {
  const auto takes = [](const std::string& spec, const std::string& name) {
    const auto set = test::load(test::document("p", spec + "\n  labels: {k: v}"));
    return takes_namespace(set->policies[0], name);
  };
  CHECK(takes("  match: {types: [a]}", "team-a"));
  CHECK(takes("  match: {namespaces: [x, \"team-*\"]}", "team-a"));
  CHECK_FALSE(takes("  match: {namespaces: [x, \"team-*\"]}", "shop"));
  CHECK_FALSE(takes("  exclude: {namespaces: [x, \"team-*\"]}", "team-a"));
  CHECK(takes("  match: {namespaces: [\"*\"]}\n  exclude: {namespaces: [x], types: [a]}", "team-a"));
  CHECK_FALSE(takes("  match: {namespaces: [\"*\"]}\n  exclude: {namespaces: [x]}", "x"));
}

TEST_CASE("A policy is about a namespace by its labels too, where they are known") {
  secret::Labels gold;
  gold.add("tier").value = "gold";
  const secret::Labels none;
  const std::string selector = ": {namespaceSelector: {matchLabels: {tier: gold}}}\n  labels: {k: v}";
  const auto matches = test::load(test::document("p", "  match" + selector));
  CHECK(takes_namespace(matches->policies[0], "team-a", &gold));
  CHECK_FALSE(takes_namespace(matches->policies[0], "team-a", &none));
  CHECK(takes_namespace(matches->policies[0], "team-a"));
  const auto excludes = test::load(test::document("p", "  exclude" + selector));
  CHECK_FALSE(takes_namespace(excludes->policies[0], "team-a", &gold));
  CHECK(takes_namespace(excludes->policies[0], "team-a", &none));
}

TEST_CASE("An exclude wins over a match") {
  const auto facts = test::secret_of(1);
  CHECK_FALSE(applies_to("  match: {names: [big]}\n  exclude: {namespaces: [team-a]}", facts));
  CHECK(applies_to("  match: {names: [big]}\n  exclude: {namespaces: [team-b]}", facts));
}

TEST_CASE("A manifest without a type is Opaque") {
  auto facts = test::secret_of(1);
  facts.type.clear();
  CHECK(applies_to("  match: {types: [Opaque]}", facts));
  CHECK_FALSE(applies_to("  match: {types: [kubernetes.io/tls]}", facts));
}

TEST_CASE("A name that is still to be generated matches what every name made of it would match") {
  auto facts = test::secret_of(1);
  facts.name.clear();
  facts.generate_name = "job-";
  for (const auto* glob : {"job-*", "job-?????", "j*", "*", "job-??*"}) {
    INFO(glob);
    CHECK(applies_to("  match: {names: [\"" + std::string(glob) + "\"]}", facts));
  }
  for (const auto* glob : {"job", "job-????", "job-??????", "job-abcde", "job-*x", "other-*"}) {
    INFO(glob);
    CHECK_FALSE(applies_to("  match: {names: [\"" + std::string(glob) + "\"]}", facts));
  }
  // A name, once there is one, is all that counts.
  facts.name = "other";
  CHECK_FALSE(applies_to("  match: {names: [\"job-*\"]}", facts));
}

TEST_CASE("A long generateName is cut to 58 bytes before the random ones come") {
  auto facts = test::secret_of(1);
  facts.name.clear();
  facts.generate_name = std::string(58, 'a') + "bcd";
  CHECK(applies_to("  match: {names: [\"" + std::string(58, 'a') + "?????\"]}", facts));
  CHECK_FALSE(applies_to("  match: {names: [\"" + std::string(58, 'a') + "b*\"]}", facts));
  facts.generate_name = std::string(1'000'000, 'a');
  CHECK(applies_to("  match: {names: [\"" + std::string(58, 'a') + "?????\"]}", facts));
}

TEST_CASE("namespaceSelector selects by the labels of the namespace, in match and in exclude") {
  secret::Labels labels;
  labels.add("kubernetes.io/metadata.name").value = "team-a";
  labels.add("tier").value = "gold";
  struct Case {
    std::string selector;
    bool holds;
  };
  const std::vector<Case> cases{
      {"{}", true},
      {"{matchLabels: {tier: gold}}", true},
      {"{matchLabels: {tier: Gold}}", false},
      {"{matchLabels: {tier: gold, env: prod}}", false},
      {"{matchExpressions: [{key: tier, operator: In, values: [silver, gold]}]}", true},
      {"{matchExpressions: [{key: env, operator: In, values: [prod]}]}", false},
      {"{matchExpressions: [{key: tier, operator: NotIn, values: [gold]}]}", false},
      {"{matchExpressions: [{key: env, operator: NotIn, values: [prod]}]}", true},
      {"{matchExpressions: [{key: tier, operator: Exists}]}", true},
      {"{matchExpressions: [{key: env, operator: Exists}]}", false},
      {"{matchExpressions: [{key: tier, operator: DoesNotExist}]}", false},
      {"{matchExpressions: [{key: env, operator: DoesNotExist}]}", true},
      {"{matchLabels: {tier: gold}, matchExpressions: [{key: env, operator: DoesNotExist}]}", true},
      {"{matchLabels: {tier: gold}, matchExpressions: [{key: tier, operator: DoesNotExist}]}", false},
  };
  for (const auto& [selector, holds] : cases) {
    INFO(selector);
    CHECK(applies_in("  match: {namespaceSelector: " + selector + "}", &labels) == holds);
    CHECK(applies_in("  exclude: {namespaceSelector: " + selector + "}", &labels) != holds);
    // Another field of exclude, joined by "or"; of match, by "and".
    CHECK_FALSE(applies_in("  exclude: {names: [big], namespaceSelector: " + selector + "}", &labels));
    CHECK_FALSE(applies_in("  match: {names: [other], namespaceSelector: " + selector + "}", &labels));
  }
}

TEST_CASE("Where the labels of the namespace are not known, no policy applies that selects by them") {
  const secret::Labels none;
  for (const std::string selector :
       {"{matchLabels: {tier: gold}}", "{matchExpressions: [{key: tier, operator: DoesNotExist}]}"}) {
    INFO(selector);
    CHECK_FALSE(applies_in("  match: {namespaceSelector: " + selector + "}", nullptr));
    CHECK_FALSE(applies_in("  exclude: {namespaceSelector: " + selector + "}", nullptr));
  }
  CHECK(applies_in("  match: {namespaceSelector: {}}", nullptr));
  CHECK_FALSE(applies_in("  exclude: {namespaceSelector: {}}", nullptr));
  CHECK(applies_in("  exclude: {namespaceSelector: {matchLabels: {tier: gold}}}", &none));
}

TEST_CASE("A set of policies names the keys of namespaces' labels that it selects by, each once") {
  CHECK(test::load(test::document("p", "  match: {namespaceSelector: {}}\n  labels: {k: v}"))
            ->namespace_label_keys()
            .empty());
  const auto set = test::load(
      test::document("p",
                     "  match: {namespaceSelector: {matchLabels: {tier: gold}}, labelSelector: "
                     "{matchLabels: {x: v}}}\n  labels: {k: v}") +
      test::document(
          "q",
          "  exclude: {namespaceSelector: {matchExpressions: [{key: tier, operator: Exists}, {key: "
          "env, operator: Exists}]}}\n  labels: {k: v}"));
  CHECK(set->namespace_label_keys() == std::vector<std::string>{"env", "tier"});
}
