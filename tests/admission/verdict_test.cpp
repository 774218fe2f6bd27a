#include "admission/verdict.hpp"

#include <algorithm>
#include <string>
#include <vector>

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
                        {{warned, denied, warned}, Decision::denied, false, 1},
                        {{audited, denied}, Decision::denied, false, 0}};
  for (const Case& c : cases) {
    const auto verdict = conclude(review().request(), c.violations);
    CHECK(verdict.decision == c.decision);
    CHECK(verdict.allowed == c.allowed);
    CHECK(verdict.warnings.size() == c.warnings);
    CHECK(verdict.message.empty() == c.allowed);
    CHECK(verdict.code == (c.allowed ? 0 : 403));
    CHECK(verdict.patch.empty());
  }
}

TEST_CASE("a denial by very many policies stays short and says how many it leaves out") {
  std::vector<policy::Policy> policies;
  for (int number = 0; number < 40; ++number) policies.push_back(named("p" + std::to_string(number)));
  std::vector<Violation> many;
  for (const policy::Policy& p : policies)
    many.push_back({&p, LimitKind::keys_per_secret, 9, 8, Outcome::denied, {}});
  const auto verdict = conclude(review().request(), many);
  CHECK(std::count(verdict.message.begin(), verdict.message.end(), '\n') == 32);
  CHECK(verdict.message.ends_with("\nand 8 more policies"));
  for (Violation& violation : many) violation.outcome = Outcome::warned;
  CHECK(conclude(review().request(), many).warnings.size() == 32);
}

TEST_CASE("each policy has one sentence with all its broken limits, and its message once") {
  policy::Policy p = named("p");
  p.message = "Split it.";
  policy::Policy q = named("q");
  q.message = "Ask first.";
  const auto violation = [](const policy::Policy& of, LimitKind kind, Outcome outcome) {
    return Violation{&of, kind, 9, 8, outcome, {}};
  };
  using enum LimitKind;
  policy::Shortage full;
  full.violation = violation(p, secrets_per_namespace, Outcome::denied);
  policy::Shortage unknown;
  unknown.kind = policy::Shortage::Kind::unknown;
  unknown.why = "no list";
  unknown.violation = violation(q, bytes_per_namespace, Outcome::warned);
  const std::string counted =
      "namespace team-a holds 8 of 8 Secrets that policy \"p\" counts; delete some first";
  const std::string not_known =
      "policy \"q\" cannot count namespace team-a now (no list): allowed without a count";
  struct Case {
    std::vector<Violation> violations;
    std::vector<policy::Shortage> shortages;
    std::string message;
    std::vector<std::string> warnings;
  };
  const std::vector<Case> cases{
      {{violation(p, bytes_per_secret, Outcome::denied), violation(p, annotation_bytes, Outcome::denied),
        violation(q, keys_per_secret, Outcome::denied)},
       {},
       "policy \"p\": 9 bytes of data exceeds bytesPerSecret 8 bytes, 9 bytes of annotations exceeds "
       "annotationBytes 8 bytes: Secret team-a/web. Split it.\n"
       "policy \"q\": 9 keys exceed keysPerSecret 8: Secret team-a/web. Ask first.",
       {}},
      {{violation(p, bytes_per_secret, Outcome::warned), violation(p, keys_per_secret, Outcome::warned)},
       {},
       "",
       {"policy \"p\": 9 bytes of data exceeds bytesPerSecret 8 bytes, 9 keys exceed keysPerSecret 8: Secret "
        "team-a/web. Split it."}},
      // What denied and what only warns are told apart; what to do is the same.
      {{violation(p, bytes_per_secret, Outcome::denied), violation(p, keys_per_secret, Outcome::warned),
        violation(p, annotation_bytes, Outcome::spared), violation(q, keys_per_secret, Outcome::audited)},
       {},
       "policy \"p\": 9 bytes of data exceeds bytesPerSecret 8 bytes: Secret team-a/web. Split it.",
       {"policy \"p\": 9 keys exceed keysPerSecret 8: Secret team-a/web"}},
      // Limits across Secrets join those of one.
      {{violation(p, keys_per_secret, Outcome::denied)},
       {full},
       "policy \"p\": 9 keys exceed keysPerSecret 8: Secret team-a/web. " + counted + ". Split it.",
       {}},
      {{}, {full}, counted + ". Split it.", {}},
      // A count that is not known has advice of its own.
      {{}, {unknown}, "", {not_known}},
      {{violation(q, keys_per_secret, Outcome::warned)},
       {unknown},
       "",
       {"policy \"q\": 9 keys exceed keysPerSecret 8: Secret team-a/web. " + not_known + ". Ask first."}},
  };
  for (const auto& [violations, shortages, message, warnings] : cases) {
    const auto verdict = conclude(review().request(), violations, shortages);
    CHECK(verdict.message == message);
    CHECK(verdict.warnings == warnings);
  }
}

TEST_CASE("a warning that is cut loses advice before facts") {
  policy::Policy p = named(std::string(63, 'p'));
  p.message = std::string(1024, 'm');
  std::vector<Violation> all;
  for (const LimitKind kind :
       {LimitKind::bytes_per_secret, LimitKind::bytes_per_object, LimitKind::annotation_bytes})
    all.push_back({&p, kind, 1'000'000, 800'000, Outcome::warned, {}});
  const auto verdict = conclude(review().request(), all);
  REQUIRE(verdict.warnings.size() == 1);
  CHECK(verdict.warnings.front().size() <= policy::kWarningBytesMax);
  CHECK(verdict.warnings.front().find("976.6Ki of annotations exceeds annotationBytes 781.3Ki") !=
        std::string::npos);
}

TEST_CASE("warnings fit in what the API server passes on") {
  policy::Policy p = named("p");
  p.message = std::string(1000, 'm');
  const auto verdict =
      conclude(review().request(), {Violation{&p, LimitKind::bytes_per_secret, 9, 8, Outcome::warned, {}}});
  REQUIRE(verdict.warnings.size() == 1);
  CHECK(verdict.warnings.front().size() <= policy::kWarningBytesMax);
  CHECK(verdict.warnings.front().ends_with("m…"));
}

TEST_CASE("an unreadable review is denied by validate and only warned about by mutate") {
  const Error error(Errc::syntax, "not JSON: syntax error", {17});
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

TEST_CASE(
    "a denial that an exception used to spare names it before the policy's advice, a warning does not") {
  policy::Policy p = named("p");
  p.message = "Ask first.";
  policy::Exception& exception = p.exceptions.emplace_back();
  exception.secrets.names.push_back(*base::Glob::parse("w*"));
  exception.secrets.namespaces.push_back(*base::Glob::parse("*"));
  exception.until = std::chrono::sys_days(std::chrono::year(2027) / 2 / 1);
  exception.reason = "it moves";
  const admission::Review r = review();
  const auto message = [&](Outcome outcome, std::chrono::seconds after) {
    const auto verdict = conclude(r.request(exception.until + after),
                                  {Violation{&p, LimitKind::keys_per_secret, 9, 8, outcome, {}}});
    return verdict.message + (verdict.warnings.empty() ? "" : verdict.warnings[0]);
  };
  const std::string facts = "policy \"p\": 9 keys exceed keysPerSecret 8: Secret team-a/web";
  CHECK(message(Outcome::denied, std::chrono::seconds(0)) ==
        facts + ". The exception for w* in * ended on 2027-01-31: it moves. Ask first.");
  exception.reason = "It moves.";  // a sentence has one full stop
  CHECK(message(Outcome::denied, std::chrono::seconds(0)) ==
        facts + ". The exception for w* in * ended on 2027-01-31: It moves. Ask first.");
  CHECK(message(Outcome::denied, std::chrono::seconds(-1)) == facts + ". Ask first.");
  CHECK(message(Outcome::warned, std::chrono::seconds(0)) == facts + ". Ask first.");
}

TEST_CASE("limits across Secrets deny and warn beside those of one Secret") {
  const policy::Policy p = named("p");
  const policy::Policy quota = named("quota");
  const std::vector<Violation> violations{{&p, LimitKind::bytes_per_secret, 9, 8, Outcome::warned, {}}};
  policy::Shortage shortage;
  shortage.violation = {&quota, LimitKind::secrets_per_namespace, 6, 5, Outcome::denied, {}};
  const auto denied = conclude(review().request(), violations, {shortage});
  CHECK(denied.decision == Decision::denied);
  CHECK_FALSE(denied.allowed);
  CHECK(denied.message == policy::describe(shortage, review().request()));
  CHECK(denied.warnings.size() == 1);
  CHECK(denied.audit_annotations ==
        std::vector<std::pair<std::string, std::string>>{{"denied", "quota/secretsPerNamespace"},
                                                         {"warned", "p/bytesPerSecret"}});
  shortage.kind = policy::Shortage::Kind::near;
  shortage.violation.outcome = Outcome::warned;
  const auto warned = conclude(review().request(), {}, {shortage});
  CHECK(warned.decision == Decision::warned);
  CHECK(warned.allowed);
  CHECK(warned.warnings == std::vector<std::string>{policy::describe(shortage, review().request())});
}
