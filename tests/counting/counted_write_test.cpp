#include "counting/counted_write.hpp"

#include "secret/helm.hpp"
#include "support.hpp"

namespace hygiene::counting {
namespace {

using policy::LimitKind;
using policy::Operation;
using policy::Outcome;
using policy::Spared;
using test::document;

constexpr const char* kAll = R"(  mode: Enforce
  exclude: {namespaces: [kube-*]}
  exemptRequests: {users: [robot]}
  limits: {secretsPerNamespace: 5, secretsPerRelease: 3, bytesPerNamespace: 1Ki, bytesPerCluster: 1Mi}
  allowGrowth: 64)";

secret::Facts facts(std::uint64_t bytes, const std::string& name = "plain") {
  secret::Facts object;
  object.name = name;
  object.namespace_name = "team-a";
  object.type = "Opaque";
  object.uid = "0a1b2c3d-0000-4000-8000-000000000001";
  object.resource_version = "41";
  object.data_bytes = bytes;
  return object;
}

std::vector<LimitKind> limits(const CountedWrite& claims) {
  std::vector<LimitKind> found;
  for (const auto& claim : claims.claims) found.push_back(claim.limit);
  return found;
}

TEST_CASE("a CREATE claims every limit across Secrets, an UPDATE that grows those on sums, all else none") {
  const auto selection = test::select(document("all", kAll));
  const auto small = facts(10), large = facts(100), revision = facts(10, "sh.helm.release.v1.app.v1");
  auto excluded = facts(10);
  excluded.namespace_name = "kube-system";
  const std::vector<LimitKind> sums{LimitKind::bytes_per_namespace, LimitKind::bytes_per_cluster};
  struct Case {
    const char* what;
    Operation operation;
    const secret::Facts* object;
    const secret::Facts* stored;
    std::vector<LimitKind> expected;
  };
  const std::vector<Case> cases{
      {"a CREATE",
       Operation::create,
       &small,
       nullptr,
       {LimitKind::secrets_per_namespace, LimitKind::bytes_per_namespace, LimitKind::bytes_per_cluster}},
      {"a CREATE of a Helm revision",
       Operation::create,
       &revision,
       nullptr,
       {LimitKind::secrets_per_namespace, LimitKind::secrets_per_release, LimitKind::bytes_per_namespace,
        LimitKind::bytes_per_cluster}},
      {"an UPDATE that grows", Operation::update, &large, &small, sums},
      {"an UPDATE that shrinks", Operation::update, &small, &large, {}},
      {"an UPDATE that stays the same", Operation::update, &small, &small, {}},
      {"a DELETE", Operation::remove, &small, nullptr, {}},
      {"a CREATE that no policy selects", Operation::create, &excluded, nullptr, {}},
  };
  for (const auto& test : cases) {
    INFO(test.what);
    const auto claims = make_claims(*selection, {test.operation, nullptr, test.object, test.stored}, false);
    CHECK(limits(claims) == test.expected);
    CHECK(claims.reserves == !test.expected.empty());
    CHECK(claims.may_be_denied() == !test.expected.empty());
  }
}

TEST_CASE("what is never denied is counted all the same") {
  const auto selection = test::select(document("all", kAll));
  const policy::Requester robot{"robot", {}};
  const auto stored = facts(10);
  auto grown = facts(100), deleting = facts(100), token = facts(100),
       helm = facts(100, "sh.helm.release.v1.app.v1");
  deleting.deleting = true;
  token.type = secret::kTypeServiceAccountToken;
  helm.type = secret::kTypeHelmRelease;
  helm.labels.add("owner").value = "helm";
  struct Case {
    const char* what;
    Operation operation;
    const policy::Requester* requester;
    const secret::Facts* object;
    Spared spared;
  };
  const std::vector<Case> cases{
      {"an UPDATE", Operation::update, nullptr, &grown, Spared::no},
      {"an exempt CREATE", Operation::create, &robot, &grown, Spared::exempt},
      {"one that is being deleted and grows", Operation::update, nullptr, &deleting, Spared::no},
      {"an UPDATE of a token", Operation::update, nullptr, &token, Spared::service_account_token},
      {"a CREATE of a token", Operation::create, nullptr, &token, Spared::no},
      {"an UPDATE of a Helm revision", Operation::update, nullptr, &helm, Spared::helm_release},
      {"a CREATE of a Helm revision", Operation::create, nullptr, &helm, Spared::no},
  };
  for (const auto& test : cases) {
    INFO(test.what);
    const auto claims =
        make_claims(*selection, {test.operation, test.requester, test.object, &stored}, false);
    REQUIRE_FALSE(claims.empty());
    CHECK(claims.claims.front().spared == test.spared);
    CHECK(claims.reserves);
    CHECK(claims.may_be_denied() == (test.spared == Spared::no));
  }
}

TEST_CASE("an exception spares a counted write until it ends, and the write reserves its place") {
  const auto selection = test::select(document(
      "all", std::string(kAll) +
                 "\n  exceptions: [{names: [\"*\"], namespaces: [\"*\"], until: 2027-01-31, reason: r}]"));
  const auto object = facts(100);
  const std::chrono::sys_seconds end = std::chrono::sys_days(std::chrono::year(2027) / 2 / 1);
  for (const auto& [now, spared] :
       {std::pair{end - std::chrono::seconds(1), Spared::exempt}, std::pair{end, Spared::no}}) {
    const auto claims = make_claims(*selection, {.object = &object, .now = now}, false);
    REQUIRE_FALSE(claims.empty());
    CHECK(claims.reserves);
    for (const Claim& claim : claims.claims) CHECK(claim.spared == spared);
    CHECK(claims.may_be_denied() == (spared == Spared::no));
  }
}

TEST_CASE("growth up to allowGrowth stops nothing, one byte more does") {
  const auto selection = test::select(document("all", kAll));
  const auto stored = facts(10), at = facts(74), over = facts(75);
  const auto within = make_claims(*selection, {Operation::update, nullptr, &at, &stored}, false);
  CHECK(within.reserves);
  CHECK_FALSE(within.may_be_denied());
  CHECK(make_claims(*selection, {Operation::update, nullptr, &over, &stored}, false).may_be_denied());
  CHECK(make_claims(*selection, {Operation::create, nullptr, &at, nullptr}, false).may_be_denied());
}

TEST_CASE("a dry run, and policies that only warn, keep no entry and are judged") {
  const auto object = facts(10);
  const policy::Request create{Operation::create, nullptr, &object, nullptr};
  const auto enforce = test::select(document("all", kAll));
  const auto dry = make_claims(*enforce, create, true);
  CHECK_FALSE(dry.reserves);
  CHECK(dry.may_be_denied());
  for (const auto& [mode, outcome] :
       {std::pair{"Warn", Outcome::warned}, std::pair{"Audit", Outcome::audited}}) {
    const auto selection = test::select(
        document("soft", "  mode: " + std::string(mode) + "\n  limits: {secretsPerNamespace: 5}"));
    const auto claims = make_claims(*selection, create, false);
    CHECK_FALSE(claims.reserves);
    CHECK_FALSE(claims.may_be_denied());
    CHECK(claims.claims.front().outcome == outcome);
  }
}

TEST_CASE("a type that no policy names is written as none") {
  const auto selection =
      test::select(document("all", kAll) + document("some",
                                                    "  mode: Warn\n  match: {types: [named, 'a/*']}\n"
                                                    "  exclude: {types: [left-out]}\n"
                                                    "  limits: {secretsPerNamespace: 1}"));
  for (const auto& [type, written] : {std::pair{"named", "named"},
                                      {"a/b", "a/b"},
                                      {"left-out", "left-out"},
                                      {"other", ""},
                                      {"Opaque", ""},
                                      {"", ""}}) {
    INFO(type);
    auto object = facts(100);
    object.type = type;
    CHECK(make_claims(*selection, {Operation::create, nullptr, &object, nullptr}, false).type == written);
  }
}

TEST_CASE("the claim of a write says which write it is") {
  const auto selection = test::select(document("all", kAll));
  const auto stored = facts(10);
  auto object = facts(100);
  const auto create = make_claims(*selection, {Operation::create, nullptr, &object, nullptr}, false);
  CHECK(create.before == 0);
  CHECK(create.uid == uid_bits("0a1b2c3d-0000-4000-8000-000000000001"));
  CHECK(create.bytes == 100);
  CHECK(make_claims(*selection, {Operation::update, nullptr, &object, &stored}, false).before == 41);
  auto odd = stored;
  odd.resource_version = "41x";
  CHECK_FALSE(make_claims(*selection, {Operation::update, nullptr, &object, &odd}, false).reserves);
  object.uid.clear();
  CHECK_FALSE(make_claims(*selection, {Operation::create, nullptr, &object, nullptr}, false).reserves);
}

TEST_CASE("a uid of 128 bits becomes 64, and any other text a number of its own") {
  CHECK(uid_bits("00000000-0000-0001-0000-000000000003") == 2);
  CHECK(uid_bits("00000000-0000-0001-0000-000000000003-") == 2);
  CHECK(uid_bits("00000000-0000-0001-0000-0000000000030") != 2);
  CHECK(uid_bits("x") != uid_bits("y"));
  const std::string usual = "0a1b2c3d-4e5f-6071-8293-A4B5c6d7e8f9";
  CHECK(uid_bits(usual) == (0x0a1b2c3d4e5f6071U ^ 0x8293a4b5c6d7e8f9U));
  CHECK(uid_bits(usual + '-') == uid_bits(usual));
  for (std::size_t i = 0; i < usual.size(); ++i) {
    auto odd = usual, other = usual;
    odd[i] = 'g';
    other[i] = 'h';
    INFO(odd);
    CHECK(uid_bits(odd) != uid_bits(other));  // as texts
  }
  CHECK(revision_number("18446744073709551615") == 18446744073709551615U);
  CHECK(revision_number("18446744073709551616") == 0);
  CHECK(revision_number("") == 0);
  CHECK(revision_number("-1") == 0);
}

}  // namespace
}  // namespace hygiene::counting
