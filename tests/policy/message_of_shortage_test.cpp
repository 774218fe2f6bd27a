#include <catch2/catch.hpp>

#include "policy/message.hpp"
#include "support.hpp"
using namespace hygiene;
using namespace hygiene::policy;

namespace {

Policy quota() {
  Policy policy;
  policy.name = "team-quota";
  policy.message = "Or ask\nthe platform team.";
  return policy;
}

std::string sentence(Shortage::Kind kind, LimitKind limit, std::uint64_t measured, std::uint64_t allowed,
                     const secret::Facts& facts, std::vector<std::string> examples = {},
                     Outcome outcome = Outcome::denied) {
  const Policy policy = quota();
  Shortage shortage;
  shortage.kind = kind;
  shortage.violation = {&policy, limit, measured, allowed, outcome, Spared::no};
  shortage.examples = std::move(examples);
  shortage.why = "the list of Secrets is being read";
  std::string text = describe(shortage, {Operation::create, nullptr, &facts, nullptr});
  return kind == Shortage::Kind::unknown ? text : with_advice(std::move(text), policy);
}

}  // namespace

TEST_CASE("A full scope is named with what it holds, what may go, and the policy's words") {
  const auto facts = test::secret_of(2048);
  const auto release = test::helm_secret(2048);
  using Kind = Shortage::Kind;
  CHECK(sentence(Kind::full, LimitKind::secrets_per_namespace, 501, 500, facts, {"old-1", "old-2"}) ==
        "namespace team-a holds 500 of 500 Secrets that policy \"team-quota\" counts; delete some first (the "
        "oldest: old-1, old-2). Or ask the platform team.");
  // A limit that was lowered.
  CHECK(
      sentence(Kind::full, LimitKind::secrets_per_cluster, 701, 500, facts) ==
      "the cluster holds 700 of 500 Secrets that policy \"team-quota\" counts; delete some first. Or ask the "
      "platform team.");
  CHECK(sentence(Kind::full, LimitKind::secrets_per_release, 21, 20, release) ==
        "release app in namespace team-a holds 20 of 20 revisions that policy \"team-quota\" counts; delete "
        "some "
        "first. Or ask the platform team.");
  CHECK(sentence(Kind::full, LimitKind::bytes_per_namespace, 66 << 20, 64 << 20, facts, {"blob"}) ==
        "namespace team-a would hold 66Mi of 64Mi in Secrets that policy \"team-quota\" counts with 2Ki in "
        "Secret "
        "team-a/big; delete some first (the largest: blob). Or ask the platform team.");
  CHECK_THAT(sentence(Kind::full, LimitKind::bytes_per_cluster, (64 << 20) + 1, 64 << 20, facts),
             Catch::StartsWith("the cluster would hold 67108865 of 67108864 bytes in Secrets that"));
}

TEST_CASE("A scope that is nearly full, or not known, says so") {
  const auto facts = test::secret_of(5);
  using Kind = Shortage::Kind;
  CHECK(sentence(Kind::near, LimitKind::secrets_per_namespace, 451, 500, facts, {}, Outcome::warned) ==
        "namespace team-a holds 451 of 500 Secrets that policy \"team-quota\" counts, including this one. Or "
        "ask the platform team.");
  CHECK(sentence(Kind::unknown, LimitKind::bytes_per_cluster, 0, 500, facts, {}, Outcome::warned) ==
        "policy \"team-quota\" cannot count the cluster now (the list of Secrets is being read): allowed "
        "without a count");
  CHECK_THAT(sentence(Kind::unknown, LimitKind::bytes_per_cluster, 0, 500, facts),
             Catch::EndsWith("): try again in a moment"));
}

TEST_CASE("Names of other Secrets are shown without control characters and at a bounded length") {
  const auto facts = test::secret_of(5);
  const std::string text = sentence(Shortage::Kind::full, LimitKind::secrets_per_namespace, 2, 1, facts,
                                    {"a\nb", std::string(1000, 'x')});
  CHECK_THAT(text, Catch::Contains("(the oldest: a?b, " + std::string(250, 'x') + "…)"));
}
