#include "secret/label_selector.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace hygiene::secret;

namespace {

Labels labels_of(const std::vector<Label>& given) {
  Labels labels;
  for (const auto& [key, value] : given) labels.add(key).value = value;
  return labels;
}

}  // namespace

TEST_CASE("Each operator of a label selector holds as Kubernetes defines it") {
  const Labels with = labels_of({{"env", "prod"}, {"empty", ""}});
  struct Case {
    LabelRequirement requirement;
    bool holds;
  };
  const std::vector<Case> cases{
      {{"env", LabelOperator::in, {"prod"}}, true},
      {{"env", LabelOperator::in, {"dev", "prod"}}, true},
      {{"env", LabelOperator::in, {"dev"}}, false},
      {{"absent", LabelOperator::in, {"prod"}}, false},
      {{"empty", LabelOperator::in, {""}}, true},
      {{"absent", LabelOperator::in, {""}}, false},
      {{"env", LabelOperator::not_in, {"prod"}}, false},
      {{"env", LabelOperator::not_in, {"dev"}}, true},
      {{"absent", LabelOperator::not_in, {"prod"}}, true},
      {{"env", LabelOperator::exists, {}}, true},
      {{"empty", LabelOperator::exists, {}}, true},
      {{"absent", LabelOperator::exists, {}}, false},
      {{"env", LabelOperator::does_not_exist, {}}, false},
      {{"absent", LabelOperator::does_not_exist, {}}, true},
  };
  for (const auto& [requirement, holds] : cases) {
    INFO(requirement.key << " operator " << static_cast<int>(requirement.op));
    CHECK(requirement.matches(with) == holds);
  }
}

TEST_CASE("Every requirement of a label selector must hold, and none at all takes everything") {
  const Labels labels = labels_of({{"a", "1"}, {"b", "2"}});
  CHECK(LabelSelector{}.matches(labels));
  CHECK(LabelSelector{{{"a", LabelOperator::in, {"1"}}, {"b", LabelOperator::in, {"2"}}}}.matches(labels));
  CHECK_FALSE(
      LabelSelector{{{"a", LabelOperator::in, {"1"}}, {"b", LabelOperator::in, {"3"}}}}.matches(labels));
}

TEST_CASE("Label keys and values are legal as the API server has it") {
  const std::string name63(63, 'a');
  const std::string name64(64, 'a');
  std::string prefix253 = std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') +
                          "." + std::string(61, 'd');
  REQUIRE(prefix253.size() == 253);
  for (const auto& key : {std::string("a"), std::string("A_b-c.d"), std::string("secret-hygiene.io/ignore"),
                          std::string("0.1/x"), name63, "x.y/" + name63, prefix253 + "/k"}) {
    INFO(key);
    CHECK(is_label_key(key));
  }
  for (const auto& key :
       {std::string(), std::string("-a"), std::string("a-"), std::string("a b"), std::string("/a"),
        std::string("a/"), std::string("a/b/c"), std::string("A.b/c"), std::string("a..b/c"),
        std::string("-a/c"), std::string("a-/c"), std::string("a.-b/c"), std::string("a-.b/c"),
        std::string(".a/c"), std::string("a./c"), std::string("a_b/c"), std::string("é"), name64,
        prefix253 + "e/k"}) {
    INFO(key);
    CHECK_FALSE(is_label_key(key));
  }
  for (const auto& value :
       {std::string(), std::string("true"), std::string("A"), std::string("a.b_c-D"), name63}) {
    INFO(value);
    CHECK(is_label_value(value));
  }
  for (const auto& value :
       {std::string("a/b"), std::string("a b"), std::string("-"), std::string("a."), name64}) {
    INFO(value);
    CHECK_FALSE(is_label_value(value));
  }
}
