#include "policy/evaluator.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support.hpp"

using namespace hygiene;
using namespace hygiene::policy;

namespace {

std::string size_limit(const std::string& mode, const std::string& more = "") {
  return test::document("p", "  mode: " + mode + "\n  limits: {bytesPerSecret: 100}" + more);
}

struct Judged {
  Outcome outcome;
  Spared spared;
  bool operator==(const Judged&) const = default;
};

std::vector<Judged> judge(const std::string& policies, const Request& request) {
  const auto set = test::load(policies);
  std::vector<Judged> result;
  for (const auto& violation : find_violations(*set, request)) {
    CHECK(violation.policy->name.size() == 1);
    result.push_back({violation.outcome, violation.spared});
  }
  return result;
}

std::vector<Judged> one(Outcome outcome, Spared spared = Spared::no) {
  return {{outcome, spared}};
}

}  // namespace

TEST_CASE("A CREATE over a limit gets what the policy's mode says, and one at the limit gets nothing") {
  const auto over = test::secret_of(101);
  const auto at = test::secret_of(100);
  const Request create{Operation::create, nullptr, &over, nullptr};
  CHECK(judge(size_limit("Enforce"), create) == one(Outcome::denied));
  CHECK(judge(size_limit("Warn"), create) == one(Outcome::warned));
  CHECK(judge(size_limit("Audit"), create) == one(Outcome::audited));
  CHECK(judge(size_limit("Enforce"), {Operation::create, nullptr, &at, nullptr}).empty());
}

TEST_CASE("An UPDATE is denied only where it makes a broken limit worse") {
  const auto at = test::secret_of(100);
  const auto over = test::secret_of(101);
  const auto larger = test::secret_of(102);
  const auto update = [](const secret::Facts& object, const secret::Facts& stored) {
    return judge(size_limit("Enforce"), {Operation::update, nullptr, &object, &stored});
  };
  CHECK(update(over, at) == one(Outcome::denied));
  CHECK(update(larger, over) == one(Outcome::denied));
  CHECK(update(over, over) == one(Outcome::warned, Spared::not_worse));
  CHECK(update(over, larger) == one(Outcome::warned, Spared::not_worse));
  CHECK(update(at, over).empty());
  // What the stored object measured is not known: nothing excuses the write.
  CHECK(judge(size_limit("Enforce"), {Operation::update, nullptr, &over, nullptr}) == one(Outcome::denied));
}

TEST_CASE("A Secret over bytesPerObject may get metadata, but no more data") {
  struct Sizes {
    std::uint64_t object;
    std::uint64_t key_names;
    std::uint64_t data;
  };
  const auto update = [](Sizes now, Sizes before) {
    const auto facts = [](const Sizes& sizes) {
      auto made = test::secret_of(sizes.data);
      made.object_bytes = sizes.object;
      made.key_name_bytes = sizes.key_names;
      return made;
    };
    const auto object = facts(now);
    const auto stored = facts(before);
    return judge(test::document("p", "  mode: Enforce\n  limits: {bytesPerObject: 100}"),
                 {Operation::update, nullptr, &object, &stored});
  };
  CHECK(update({150, 5, 80}, {101, 5, 80}) == one(Outcome::warned, Spared::not_worse));
  CHECK(update({150, 4, 80}, {101, 5, 80}) == one(Outcome::warned, Spared::not_worse));
  CHECK(update({150, 5, 81}, {101, 5, 80}) == one(Outcome::denied));
  CHECK(update({150, 6, 80}, {101, 5, 80}) == one(Outcome::denied));
  // It broke no limit before: what brings it over is refused, whatever it is.
  CHECK(update({101, 5, 80}, {100, 5, 80}) == one(Outcome::denied));
  // Other parts of the object shrank by more.
  CHECK(update({101, 5, 90}, {101, 5, 80}) == one(Outcome::warned, Spared::not_worse));
}

TEST_CASE("Whether an UPDATE is worse is judged limit by limit") {
  auto stored = test::secret_of(200);
  stored.key_count = 1;
  auto object = test::secret_of(150);
  object.key_count = 9;
  const auto judged =
      judge(test::document("p", "  mode: Enforce\n  limits: {bytesPerSecret: 100, keysPerSecret: 5}"),
            {Operation::update, nullptr, &object, &stored});
  CHECK(judged == std::vector<Judged>{{Outcome::warned, Spared::not_worse}, {Outcome::denied, Spared::no}});
}

TEST_CASE("A Helm release may be denied when it is created, never when it is updated") {
  const auto release = test::helm_secret(101);
  const auto smaller = test::helm_secret(1);
  CHECK(judge(size_limit("Enforce"), {Operation::create, nullptr, &release, nullptr}) ==
        one(Outcome::denied));
  CHECK(judge(size_limit("Enforce"), {Operation::update, nullptr, &release, &smaller}) ==
        one(Outcome::spared, Spared::helm_release));
  // The type alone does not make a release.
  auto impostor = test::secret_of(101);
  impostor.type = "helm.sh/release.v1";
  CHECK(judge(size_limit("Enforce"), {Operation::update, nullptr, &impostor, &smaller}) ==
        one(Outcome::denied));
}

TEST_CASE("A service account token may be denied when it is created, never when it is filled") {
  auto token = test::secret_of(101);
  token.type = "kubernetes.io/service-account-token";
  const auto empty = test::secret_of(0);
  CHECK(judge(size_limit("Enforce"), {Operation::create, nullptr, &token, nullptr}) == one(Outcome::denied));
  CHECK(judge(size_limit("Enforce"), {Operation::update, nullptr, &token, &empty}) ==
        one(Outcome::spared, Spared::service_account_token));
}

TEST_CASE("A Secret that is being deleted is spared where it does not grow") {
  const auto deleting = [](std::uint64_t bytes) {
    auto object = test::secret_of(bytes);
    object.deleting = true;
    return object;
  };
  const auto update = [&](const std::string& mode, std::uint64_t before, std::uint64_t after) {
    const auto object = deleting(after);
    const auto stored = deleting(before);
    return judge(size_limit(mode), {Operation::update, nullptr, &object, &stored});
  };
  CHECK(update("Enforce", 101, 101) == one(Outcome::spared, Spared::deleting));
  CHECK(update("Enforce", 500, 101) == one(Outcome::spared, Spared::deleting));
  CHECK(update("Enforce", 101, 102) == one(Outcome::denied));
  CHECK(update("Enforce", 1, 101) == one(Outcome::denied));
  CHECK(update("Warn", 101, 101) == one(Outcome::warned));
  CHECK(update("Audit", 101, 101) == one(Outcome::audited));
}

TEST_CASE("A stored Secret and the one that replaces it are compared as their users wrote them") {
  // 900 to 930 bytes and so on, each time within what our own label once took: a creep past the limit.
  const auto set = test::load(test::document("p", "  mode: Enforce\n  limits: {bytesPerObject: 921}") +
                              test::document("q", "  labels: {k: v}"));
  const auto stored = [](std::uint64_t bytes) {
    auto facts = test::secret_of(0);
    facts.object_bytes = bytes;
    facts.labels.add("k").value = "v";
    test::annotate(facts, secret::kOwnedLabelsAnnotation, "k=v");
    facts.object_bytes += 2;
    return facts;
  };
  const auto update = [&](std::uint64_t before, std::uint64_t after) {
    const auto old = stored(before);
    const auto object = stored(after);
    return find_violations(*set, {Operation::update, nullptr, &object, &old});
  };
  CHECK(update(900, 921).empty());
  REQUIRE(update(900, 930).size() == 1);
  CHECK(update(900, 930).front().outcome == Outcome::denied);
  CHECK(update(930, 930).front().outcome == Outcome::warned);
}

TEST_CASE("A policy that enforces on CREATE only warns of growth, and the other way round") {
  const auto stored = test::secret_of(1);
  const auto object = test::secret_of(101);
  const Request create{Operation::create, nullptr, &object, nullptr};
  const Request update{Operation::update, nullptr, &object, &stored};
  const auto on = [](const std::string& operation) {
    return size_limit("Enforce", "\n  enforceOn: [" + operation + "]");
  };
  CHECK(judge(on("CREATE"), create) == one(Outcome::denied));
  CHECK(judge(on("CREATE"), update) == one(Outcome::warned));
  CHECK(judge(on("UPDATE"), create) == one(Outcome::warned));
  CHECK(judge(on("UPDATE"), update) == one(Outcome::denied));
  CHECK(judge(on("CREATE, UPDATE"), create) == one(Outcome::denied));
}

TEST_CASE("An exempt user or group is spared by that policy only") {
  const auto over = test::secret_of(101);
  const auto exempting =
      "\n  exemptRequests: {users: [\"system:serviceaccount:flux-system:*\"], groups: [admins]}";
  const auto by = [&](const Requester& requester) {
    return judge(size_limit("Enforce", exempting), {Operation::create, &requester, &over, nullptr});
  };
  CHECK(by({"system:serviceaccount:flux-system:a", {}}) == one(Outcome::spared, Spared::exempt));
  CHECK(by({"alice", {"dev", "admins"}}) == one(Outcome::spared, Spared::exempt));
  CHECK(by({"alice", {"dev", "admin"}}) == one(Outcome::denied));
  CHECK(by({"system:serviceaccount:flux-system", {}}) == one(Outcome::denied));
  CHECK(judge(size_limit("Enforce", exempting), {Operation::create, nullptr, &over, nullptr}) ==
        one(Outcome::denied));
  const Requester flux{"system:serviceaccount:flux-system:a", {}};
  CHECK(judge(size_limit("Enforce", exempting) +
                  test::document("q", "  mode: Enforce\n  limits: {bytesPerSecret: 50}"),
              {Operation::create, &flux, &over, nullptr}) ==
        std::vector<Judged>{{Outcome::spared, Spared::exempt}, {Outcome::denied, Spared::no}});
  // Warnings are no denial: they stay.
  CHECK(judge(size_limit("Warn", exempting), {Operation::create, &flux, &over, nullptr}) ==
        one(Outcome::warned));
}

TEST_CASE("Where several reasons spare a write, the most certain one is named") {
  const auto policies = size_limit("Enforce", "\n  exemptRequests: {users: [\"*\"]}");
  const Requester anyone{"x", {}};
  auto object = test::helm_secret(101);
  const auto stored = test::helm_secret(101);
  object.deleting = true;
  const Request update{Operation::update, &anyone, &object, &stored};
  CHECK(judge(policies, update) == one(Outcome::spared, Spared::helm_release));
  object.deleting = false;
  CHECK(judge(policies, update) == one(Outcome::spared, Spared::helm_release));
  object = test::secret_of(101);
  object.type = "kubernetes.io/service-account-token";
  CHECK(judge(policies, update) == one(Outcome::spared, Spared::service_account_token));
  object.type = "Opaque";
  CHECK(judge(policies, update) == one(Outcome::spared, Spared::exempt));
}

TEST_CASE("Violations come by policy name and then by limit, with what was measured") {
  const auto set = test::load(
      test::document(
          "b", "  mode: Enforce\n  limits: {keysPerSecret: 3, bytesPerSecret: 10, bytesPerObject: 10000}") +
      test::document("a", "  mode: Warn\n  limits: {bytesPerObject: 20}") +
      test::document("c", "  mode: Enforce\n  match: {names: [other]}\n  limits: {bytesPerSecret: 1}"));
  auto facts = test::secret_of(100);
  facts.key_count = 4;
  const auto violations = find_violations(*set, {Operation::create, nullptr, &facts, nullptr});
  REQUIRE(violations.size() == 3);
  CHECK(violations[0].policy->name == "a");
  CHECK(violations[0].limit == LimitKind::bytes_per_object);
  CHECK(violations[0].measured == 100);
  CHECK(violations[0].allowed == 20);
  CHECK(violations[1].policy->name == "b");
  CHECK(violations[1].limit == LimitKind::bytes_per_secret);
  CHECK(violations[2].limit == LimitKind::keys_per_secret);
  CHECK(violations[2].measured == 4);
}

TEST_CASE("Only CREATE and UPDATE are judged") {
  const auto over = test::secret_of(101);
  for (const auto operation : {Operation::remove, Operation::connect, Operation::unknown}) {
    CHECK(judge(size_limit("Enforce"), {operation, nullptr, &over, nullptr}).empty());
  }
}

TEST_CASE("Modes and operations are named as in documents and reviews") {
  CHECK(to_string(Mode::enforce) == "Enforce");
  CHECK(to_string(Mode::warn) == "Warn");
  CHECK(to_string(Mode::audit) == "Audit");
  CHECK(to_string(Operation::create) == "CREATE");
  CHECK(to_string(Operation::update) == "UPDATE");
  CHECK(to_string(Operation::remove) == "DELETE");
  CHECK(to_string(Operation::connect) == "CONNECT");
  CHECK(to_string(Operation::unknown) == "UNKNOWN");
}
