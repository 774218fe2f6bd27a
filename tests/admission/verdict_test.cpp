#include "admission/verdict.hpp"

#include <catch2/catch.hpp>

#include "policy/message.hpp"

using namespace hygiene;
using admission::conclude;
using admission::Decision;
using policy::LimitKind;
using policy::Outcome;
using policy::Violation;

namespace {

policy::Policy named(const std::string& name) {
  policy::Policy policy;
  policy.name = name;
  return policy;
}

admission::Review review() {
  admission::Review r;
  r.operation = policy::Operation::create;
  r.version = "v1";
  r.kind = "Secret";
  r.has_object = true;
  r.object.name = "web";
  r.object.namespace_name = "team-a";
  return r;
}

}  // namespace

TEST_CASE("the gravest outcome names the decision, and only a denied limit denies") {
  const policy::Policy p = named("p");
  const auto violation = [&](Outcome outcome) {
    return Violation{&p, LimitKind::bytes_per_secret, 9, 8, outcome, {}};
  };
  struct Case {
    std::vector<Violation> violations;
    Decision decision;
    bool allowed;
    std::size_t warnings;
  };
  const Violation denied = violation(Outcome::denied), warned = violation(Outcome::warned),
                  spared = violation(Outcome::spared), audited = violation(Outcome::audited);
  const Case cases[] = {{{}, Decision::allowed, true, 0},
                        {{audited}, Decision::audited, true, 0},
                        {{audited, spared}, Decision::spared, true, 0},
                        {{spared, warned, audited}, Decision::warned, true, 1},
                        {{warned, denied, warned}, Decision::denied, false, 2},
                        {{audited, denied}, Decision::denied, false, 0}};
  for (const Case& c : cases) {
    const auto verdict = conclude(review(), c.violations);
    CHECK(verdict.decision == c.decision);
    CHECK(verdict.allowed == c.allowed);
    CHECK(verdict.warnings.size() == c.warnings);
    CHECK(verdict.message.empty() == c.allowed);
    CHECK(verdict.code == (c.allowed ? 0 : 403));
    CHECK(verdict.patch.empty());
  }
}

TEST_CASE("a denial of very many limits stays short and says how many it leaves out") {
  const policy::Policy p = named("p");
  const std::vector<Violation> many(40, Violation{&p, LimitKind::keys_per_secret, 9, 8, Outcome::denied, {}});
  const auto verdict = conclude(review(), many);
  CHECK(std::count(verdict.message.begin(), verdict.message.end(), '\n') == 32);
  CHECK(verdict.message.ends_with("\nand 8 more limits"));
}

TEST_CASE("warnings fit in what the API server passes on") {
  policy::Policy p = named("p");
  p.message = std::string(1000, 'm');
  const auto verdict =
      conclude(review(), {Violation{&p, LimitKind::bytes_per_secret, 9, 8, Outcome::warned, {}}});
  REQUIRE(verdict.warnings.size() == 1);
  CHECK(verdict.warnings.front().size() <= policy::kWarningBytesMax);
  CHECK(verdict.warnings.front().ends_with("m…"));
}

TEST_CASE("an unreadable review is denied by validate and only warned about by mutate") {
  const base::Error error(base::Errc::syntax, "not JSON: syntax error", {17});
  const auto denied = admission::malformed(error, true);
  CHECK_FALSE(denied.allowed);
  CHECK(denied.code == 400);
  CHECK(denied.message == "secret-hygiene cannot read this review: not JSON: syntax error (at byte 17)");
  const auto passed = admission::malformed(error, false);
  CHECK(passed.allowed);
  CHECK(passed.warnings.size() == 1);
  CHECK(passed.decision == Decision::malformed);
}

TEST_CASE("a Secret whose annotations leave no room is not labelled, and its user is told") {
  policy::LabelPlan plan;
  plan.no_room = true;
  const auto verdict = conclude(review(), plan);
  CHECK(verdict.patch.empty());
  CHECK(verdict.warnings.size() == 1);
  CHECK(verdict.decision == Decision::allowed);
  // But what must not stay goes.
  plan.bytes.kind = policy::AnnotationChange::Kind::remove;
  const auto taken = conclude(review(), plan);
  CHECK(taken.patch.find(R"("op":"remove","path":"/metadata/annotations/secret-hygiene.io~1bytes")") !=
        std::string::npos);
  CHECK(taken.warnings.size() == 1);
}

TEST_CASE("limits across Secrets deny and warn beside those of one Secret") {
  const policy::Policy p = named("p");
  const policy::Policy quota = named("quota");
  const std::vector<Violation> violations{{&p, LimitKind::bytes_per_secret, 9, 8, Outcome::warned, {}}};
  policy::Shortage shortage;
  shortage.violation = {&quota, LimitKind::secrets_per_namespace, 6, 5, Outcome::denied, {}};
  const auto denied = conclude(review(), violations, {shortage});
  CHECK(denied.decision == Decision::denied);
  CHECK_FALSE(denied.allowed);
  CHECK(denied.message == policy::describe(shortage, review().request()));
  CHECK(denied.warnings.size() == 1);
  CHECK(denied.audit_annotations ==
        std::vector<std::pair<std::string, std::string>>{{"denied", "quota/secretsPerNamespace"},
                                                         {"warned", "p/bytesPerSecret"}});
  shortage.kind = policy::Shortage::Kind::near;
  shortage.violation.outcome = Outcome::warned;
  const auto warned = conclude(review(), {}, {shortage});
  CHECK(warned.decision == Decision::warned);
  CHECK(warned.allowed);
  CHECK(warned.warnings == std::vector<std::string>{policy::describe(shortage, review().request())});
}
