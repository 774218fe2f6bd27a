// Which revisions of Helm's history go.
#include "housekeeping/prune/prune_plan.hpp"

#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "secret/helm.hpp"

using namespace hygiene;
using namespace std::chrono_literals;
using housekeeping::Left;
using housekeeping::PruneRules;
using housekeeping::StoredHistory;

namespace {

// 2026-11-24T09:54:32Z
constexpr std::chrono::sys_seconds kNow(1795514072s);

secret::Facts revision(const std::string& release, unsigned number, const std::string& status,
                       const std::string& created = "2026-11-24T08:00:00Z") {
  secret::Facts facts;
  facts.namespace_name = "shop";
  facts.name = "sh.helm.release.v1." + release + ".v" + std::to_string(number);
  facts.type = secret::kTypeHelmRelease;
  facts.uid = "uid-" + std::to_string(number);
  facts.resource_version = std::to_string(1000 + number);
  facts.created = created;
  for (const auto& [key, value] : {std::pair<std::string, std::string>{"name", release},
                                   {"owner", "helm"},
                                   {"status", status},
                                   {"version", std::to_string(number)}})
    facts.labels.add(key).value = value;
  return facts;
}

// A release of these statuses, from revision 1 on.
StoredHistory history(const std::vector<std::string>& statuses, const std::string& release = "web") {
  StoredHistory stored;
  for (std::size_t i = 0; i < statuses.size(); ++i)
    stored.add(revision(release, static_cast<unsigned>(i + 1), statuses[i]));
  return stored;
}

std::string going(StoredHistory stored, std::size_t keep, std::size_t keep_failed = 1) {
  PruneRules rules;
  rules.keep = keep;
  rules.keep_failed = keep_failed;
  std::string text;
  for (const auto& plan : housekeeping::plan_prune(std::move(stored), rules, kNow)) {
    text += plan.release.namespace_name + '/' + plan.release.name + ':';
    if (plan.left == Left::young) text += " young";
    if (plan.left == Left::age_unknown) text += " unknown";
    for (const auto& each : plan.going) text += ' ' + std::to_string(each.number);
    text += ';';
  }
  return text;
}

const std::string kOld = "superseded";

}  // namespace

TEST_CASE("superseded revisions beyond those that are kept go, oldest first") {
  CHECK(going(history({kOld, kOld, kOld, "deployed"}), 3).empty());
  CHECK(going(history({kOld, kOld, kOld, "deployed"}), 2) == "shop/web: 1;");
  CHECK(going(history({kOld, kOld, kOld, "deployed"}), 1) == "shop/web: 1 2;");
}

TEST_CASE("revisions are counted by number, not as they are listed") {
  StoredHistory stored;
  for (const unsigned number : {1U, 10U, 11U, 2U, 3U, 9U}) stored.add(revision("web", number, kOld));
  stored.add(revision("web", 12, "deployed"));
  CHECK(going(stored, 2) == "shop/web: 1 2 3 9;");
}

TEST_CASE("failed revisions take no place of superseded ones") {
  CHECK(going(history({kOld, "failed", kOld, "failed", "deployed"}), 2) == "shop/web: 2;");
  CHECK(going(history({kOld, "failed", kOld, "failed", "deployed"}), 1, 2) == "shop/web: 1;");
  CHECK(going(history({kOld, "failed", kOld, "failed", "deployed"}), 1, 0) == "shop/web: 1 2 4;");
}

TEST_CASE("the only good revision stays before ten failed upgrades and one that succeeded") {
  std::vector<std::string> statuses(11, "failed");
  statuses.insert(statuses.begin(), kOld);
  statuses.emplace_back("deployed");
  CHECK(going(history(statuses), 10) == "shop/web: 2 3 4 5 6 7 8 9 10 11;");
}

TEST_CASE("good revisions stay where rollbacks failed and none is deployed") {
  std::vector<std::string> statuses(3, kOld);
  statuses.insert(statuses.end(), 12, "failed");
  CHECK(going(history(statuses), 10) == "shop/web: 4 5 6 7 8 9 10 11 12 13 14;");
}

TEST_CASE("no other status ever goes") {
  for (const char* status : {"deployed", "pending-install", "pending-upgrade", "pending-rollback",
                             "uninstalling", "uninstalled", "unknown", "", "Superseded"}) {
    CAPTURE(status);
    CHECK(going(history({status, status, status, status}), 1).empty());
    CHECK(going(history({status, kOld, kOld, "deployed"}), 1) == "shop/web: 2;");
  }
}

TEST_CASE("the newest revision stays, whatever its status") {
  CHECK(going(history({kOld, kOld}), 1) == "shop/web: 1;");
  CHECK(going(history({"deployed", "failed", "failed"}), 1) == "shop/web: 2;");
  CHECK(going(history({"deployed", "failed", "failed"}), 1, 0) == "shop/web: 2;");
  const auto plans =
      housekeeping::plan_prune(history({kOld, kOld, "pending-upgrade"}), PruneRules{1, 1, 0s, {}}, kNow);
  REQUIRE(plans.size() == 1);
  CHECK(plans[0].newest.number == 3);
  CHECK(plans[0].revisions == 3);
}

TEST_CASE("of any history, the newest good and failed revisions, and the newest of all, stay") {
  const std::vector<std::string> statuses{kOld,       kOld,          "failed",          "failed",
                                          "deployed", "uninstalled", "pending-upgrade", "unknown"};
  std::mt19937 random(19);
  const auto pick = [&random](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  for (int round = 0; round < 5000; ++round) {
    const std::size_t keep = 1 + pick(4);
    const std::size_t keep_failed = pick(3);
    StoredHistory stored;
    std::map<unsigned, std::string> written;
    const std::size_t length = 1 + pick(14);
    for (std::size_t i = 0; i < length; ++i) {
      const auto number = static_cast<unsigned>(1 + pick(40));  // Helm's own pruning leaves gaps
      if (!written.emplace(number, statuses[pick(statuses.size())]).second) continue;
      stored.add(revision("web", number, written[number]));
    }
    // The promise, told from the newest revision downwards.
    std::string expected;
    std::map<std::string, std::size_t> stay{{kOld, keep}, {"failed", keep_failed}};
    for (auto each = written.rbegin(); each != written.rend(); ++each) {
      const auto budget = stay.find(each->second);
      if (budget == stay.end()) continue;
      const bool kept = budget->second > 0;
      if (kept) --budget->second;
      if (!kept && each != written.rbegin()) expected = ' ' + std::to_string(each->first) + expected;
    }
    CAPTURE(round, keep, keep_failed);
    CHECK(going(stored, keep, keep_failed) == (expected.empty() ? "" : "shop/web:" + expected + ";"));
  }
}

TEST_CASE("a revision that waits for a finalizer is not deleted again") {
  StoredHistory stored = history({kOld, kOld, "deployed"});
  secret::Facts waiting = revision("web", 9, kOld);
  waiting.deleting = true;
  stored.add(waiting);
  CHECK(going(stored, 1) == "shop/web: 1;");
}

TEST_CASE("a release with a young revision is left alone, on both sides of the age") {
  PruneRules rules{1, 1, 3600s, {}};
  for (const auto& [created, left] :
       {std::pair{"2026-11-24T08:54:32Z", Left::no}, std::pair{"2026-11-24T08:54:33Z", Left::young},
        std::pair{"2026-11-25T00:00:00Z", Left::young},  // another's clock
        std::pair{"yesterday", Left::age_unknown}}) {
    CAPTURE(created);
    StoredHistory stored = history({kOld, kOld, kOld});
    stored.add(revision("web", 4, "deployed", created));
    const auto plans = housekeeping::plan_prune(stored, rules, kNow);
    REQUIRE(plans.size() == 1);
    CHECK(plans[0].left == left);
    CHECK(plans[0].going.size() == (left == Left::no ? 2 : 0));
  }
}

TEST_CASE("Helm's own labels say when a revision was written again") {
  for (const char* label : {"createdAt", "modifiedAt"}) {
    StoredHistory stored = history({kOld, kOld});
    secret::Facts last = revision("web", 3, "deployed");
    last.labels.add(label).value = "1795514000";
    stored.add(last);
    CHECK(going(stored, 1) == "shop/web: young;");
    StoredHistory older = history({kOld, kOld});
    secret::Facts before = revision("web", 3, "deployed");
    before.labels.add(label).value = "1795400000";
    older.add(before);
    CHECK(going(older, 1) == "shop/web: 1;");
  }
}

TEST_CASE("releases do not mix: of other namespaces, or with dots in their names") {
  StoredHistory stored;
  for (const char* release : {"web", "web.v1", "web.v1.v2"}) {
    stored.add(revision(release, 1, kOld));
    stored.add(revision(release, 2, kOld));
  }
  secret::Facts other = revision("web", 3, kOld);
  other.namespace_name = "bank";
  stored.add(other);
  CHECK(stored.foreign.empty());
  CHECK(going(stored, 1) == "shop/web: 1;shop/web.v1: 1;shop/web.v1.v2: 1;");
  PruneRules rules{1, 1, 0s, {}};
  rules.only = std::set<housekeeping::ReleaseName>{{"shop", "web.v1"}};
  CHECK(housekeeping::plan_prune(stored, rules, kNow).size() == 1);
}

TEST_CASE("what Helm did not write is told, and is in no release") {
  const auto why = [](auto change) {
    secret::Facts facts = revision("web", 2, kOld);
    change(facts);
    StoredHistory stored;
    stored.add(facts);
    CHECK(stored.releases.empty());
    REQUIRE(stored.foreign.size() == 1);
    return stored.foreign[0].why;
  };
  const auto relabel = [](const std::string& key, const std::optional<std::string>& value) {
    return [=](secret::Facts& facts) {
      secret::Labels labels;
      for (const auto& label : facts.labels) {
        if (label.key != key) labels.add(label.key).value = label.value;
      }
      if (value) labels.add(key).value = *value;
      facts.labels = labels;
    };
  };
  CHECK(why([](auto& facts) { facts.name = "web"; }) == "its name is not sh.helm.release.v1.RELEASE.vNUMBER");
  CHECK(why([](auto& facts) { facts.name = "sh.helm.release.v1.web.v02"; }) ==
        "its name does not write the revision as Helm does");
  CHECK(why([](auto& facts) { facts.name = "sh.helm.release.v1.web.v3"; }) ==
        "its label version does not agree with its name");
  CHECK(why([](auto& facts) { facts.name = "sh.helm.release.v1.shop.v2"; }) ==
        "its label name does not agree with its name");
  CHECK(why(relabel("owner", "me")) == "its label owner does not agree with its name");
  CHECK(why(relabel("owner", std::nullopt)) == "it has no label owner");
  CHECK(why(relabel("name", std::nullopt)) == "it has no label name");
  CHECK(why(relabel("version", "02")) == "its label version does not agree with its name");
  CHECK(why(relabel("status", std::nullopt)) == "it has no label status");
}
