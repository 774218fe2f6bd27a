// Limits across Secrets by the labels of namespaces, which change while Secrets are stored and written.
#include "counting/selected_namespaces.hpp"

#include <map>
#include <random>

#include "engine_fixture.hpp"

namespace hygiene::counting {
namespace {

using test::document;
using test::OneReplica;
using test::stored;

const std::string kGold = document("gold",
                                   "  mode: Enforce\n  match: {types: [t], namespaceSelector: {matchLabels: "
                                   "{tier: gold}}}\n"
                                   "  limits: {secretsPerNamespace: 9, secretsPerCluster: 2}");
const std::string kOthers =
    document("others",
             "  mode: Warn\n  exclude: {namespaceSelector: {matchExpressions: [{key: tier, operator: "
             "Exists}]}}\n  limits: {bytesPerCluster: 1Ki}");

NamespaceLabels tier(const std::string& value) {
  secret::Labels labels;
  labels.add("tier").value = value;
  return std::make_shared<const secret::Labels>(std::move(labels));
}

NamespaceLabels bare() {
  return std::make_shared<const secret::Labels>();
}

std::uint64_t in_cluster(const OneReplica& replica, std::uint32_t policy = 0) {
  return replica.engine.shard(0).used(replica.engine.selection().cluster(policy)).count;
}

TEST_CASE("a policy selects the namespaces that have its labels, and none that was not shown") {
  SelectedNamespaces namespaces(policy::load_policies({{"f", kGold + kOthers}}).policies);
  CHECK_FALSE(namespaces.selects(0, "a"));
  CHECK_FALSE(namespaces.selects(1, "a"));
  CHECK(namespaces.changes("a", bare()));
  CHECK(namespaces.show("a", bare()) == std::vector<std::uint32_t>{1});
  CHECK(namespaces.changes("a", tier("")));
  CHECK(namespaces.show("a", tier("gold")) == std::vector<std::uint32_t>{0, 1});
  CHECK(namespaces.selects(0, "a"));
  CHECK_FALSE(namespaces.selects(1, "a"));
  CHECK_FALSE(namespaces.changes("a", tier("gold")));
  CHECK(namespaces.show("a", nullptr) == std::vector<std::uint32_t>{0});
  CHECK_FALSE(namespaces.selects(0, "a"));
}

TEST_CASE("a policy whose exclude takes every namespace counts nothing, whatever is shown") {
  const auto selection = test::select(document("none",
                                               "  mode: Warn\n  exclude: {namespaceSelector: {}}\n  limits: "
                                               "{secretsPerCluster: 2}"));
  CHECK_FALSE(selection->selects(0, {"a", "s", "t"}));
  const auto all = test::select(document("all",
                                         "  mode: Warn\n  match: {namespaceSelector: {}}\n  limits: "
                                         "{secretsPerCluster: 2}"));
  CHECK(all->selects(0, {"a", "s", "t"}));
  CHECK(all->namespaces().selects(0, "a"));
}

TEST_CASE(
    "what is stored moves with its namespace's labels, as if it had been counted by them from the start") {
  const auto policies = policy::load_policies({{"f", kGold + kOthers}}).policies;
  const auto selection = std::make_shared<const Selection>(policies, test::kKey);
  Inventory inventory(test::kKey);
  inventory.select(selection);
  std::map<std::string, NamespaceLabels> shown;
  std::mt19937 random(1);
  const auto any = [&random](unsigned below) { return static_cast<unsigned>(random() % below); };
  std::uint64_t revision = 1;
  for (int step = 0; step < 2'000; ++step) {
    const std::string in = "n" + std::to_string(any(4));
    const std::string name = "s" + std::to_string(any(6));
    switch (any(4)) {
      case 0:
        inventory.put({in, name, any(2) == 0 ? "t" : "u"}, stored(revision, revision, any(100)));
        break;
      case 1:
        inventory.remove(in, name, revision);
        break;
      case 2:
        shown[in] = any(3) == 0 ? bare() : tier(any(2) == 0 ? "gold" : "iron");
        inventory.show_namespace(in, shown[in]);
        break;
      default:
        shown.erase(in);
        inventory.show_namespace(in, nullptr);
    }
    ++revision;
    const auto anew = std::make_shared<const Selection>(policies, test::kKey, shown);
    Inventory expected(test::kKey);
    expected.select(anew);
    for (std::optional<std::uint32_t> from = 0; from;) {
      from = inventory.visit_some(*from, 100,
                                  [&](const StoredSecret& each) { expected.put(each.subject, each.stored); });
    }
    for (const std::uint32_t policy : {0U, 1U}) {
      REQUIRE(inventory.tally(selection->cluster(policy)) == expected.tally(anew->cluster(policy)));
      REQUIRE(inventory.tally(selection->cluster(policy, false)) ==
              expected.tally(anew->cluster(policy, false)));
    }
  }
}

TEST_CASE("a limit is that of the namespace's labels, at each write") {
  OneReplica replica(false, kGold);
  const auto allowed = [&](const std::string& name) {
    replica.create(name);
    return replica.decision();
  };
  // Of a namespace that is not shown no policy asks.
  CHECK(replica.claims("a").empty());
  replica.engine.show_namespace("team", tier("gold"), replica.now);
  CHECK(allowed("a")->answer == Answer::allowed);
  CHECK(allowed("b")->answer == Answer::allowed);
  CHECK(in_cluster(replica) == 2);
  // Other labels take what is reserved there out of the sum, and back.
  replica.engine.show_namespace("team", tier("iron"), replica.now);
  CHECK(in_cluster(replica) == 0);
  CHECK(replica.claims("c").empty());
  replica.engine.show_namespace("team", tier("gold"), replica.now);
  CHECK(in_cluster(replica) == 2);
  replica.engine.shows(0, {"team", "a", "t"}, stored(uid_bits("uid-of-a"), 20, 100), replica.now);
  CHECK(in_cluster(replica) == 2);
  replica.engine.show_namespace("team", nullptr, replica.now);
  CHECK(in_cluster(replica) == 0);
  // The watch of Secrets may tell of the end of a namespace later than that of namespaces.
  replica.engine.removes(0, {"team", "a", "t"}, uid_bits("uid-of-a"), 21, replica.now);
  CHECK(in_cluster(replica) == 0);
}

TEST_CASE("a write that waits is asked for anew if its namespace is selected otherwise, and no other is") {
  OneReplica replica(false, kGold);
  for (const char* in : {"team", "other"}) replica.engine.show_namespace(in, tier("gold"), replica.now);
  for (const char* name : {"a", "b"}) {
    replica.create(name);
    CHECK(replica.decision()->answer == Answer::allowed);
  }
  const Ticket here = replica.create("c");
  const Ticket there = replica.engine.request(replica.claims("d", false, "other"), replica.now);
  CHECK_FALSE(replica.decision());
  for (int flap = 0; flap < 3; ++flap) replica.engine.show_namespace("team", tier("gold"), replica.now);
  CHECK_FALSE(replica.decision());
  replica.engine.show_namespace("team", tier("iron"), replica.now);
  std::map<Ticket, Decision> decisions;
  for (auto& each : replica.engine.take_decisions()) decisions[each.ticket] = each;
  REQUIRE(decisions.contains(here));
  CHECK(decisions[here].why == Unknown::policies_changed);
  // There is room now.
  CHECK((!decisions.contains(there) || decisions[there].answer == Answer::allowed));
}

TEST_CASE("in the ledger of all replicas a namespace's labels move what is reserved too") {
  OneReplica replica(test::options(true), kGold);
  replica.engine.show_namespace("team", tier("gold"), replica.now);
  replica.engine.tick(replica.now);
  Ledger ledger;
  ledger.version = "1";
  ledger.id = "first";
  for (const char* name : {"a", "b"})
    ledger.entries.push_back({{uid_bits(std::string("uid-of-") + name), 0, 1}, "team", name, "t", 100});
  replica.engine.ledger_read(0, {LedgerRead::Kind::found, render_ledger(ledger, "own", "counts")},
                             replica.now);
  CHECK(in_cluster(replica) == 2);
  replica.engine.show_namespace("team", bare(), replica.now);
  CHECK(in_cluster(replica) == 0);
  replica.engine.show_namespace("team", tier("gold"), replica.now);
  CHECK(in_cluster(replica) == 2);
}

}  // namespace
}  // namespace hygiene::counting
