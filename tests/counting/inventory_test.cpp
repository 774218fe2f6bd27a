#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "support.hpp"

namespace hygiene::counting {
namespace {

using test::document;
using test::stored;

constexpr const char* kHelm = R"(  mode: Enforce
  match: {types: ["helm.sh/release.v1"]}
  exclude: {namespaces: [kube-*]}
  limits: {secretsPerRelease: 3, secretsPerNamespace: 5, bytesPerNamespace: 1Mi})";
constexpr const char* kType = "helm.sh/release.v1";

std::string revision(int number, const std::string& release = "app") {
  return "sh.helm.release.v1." + release + ".v" + std::to_string(number);
}

Tally tally(const Inventory& inventory, const Selection& selection, ScopeKind kind, const Subject& subject) {
  return inventory.tally(selection.scope_of(0, kind, subject));
}

TEST_CASE("a Secret counts in the namespace, the release and the cluster of a policy that selects it") {
  const auto selection = test::select(document("helm", kHelm));
  Inventory inventory(test::kKey);
  inventory.select(selection);
  const auto one = revision(1), two = revision(2), other = revision(1, "db");
  CHECK(inventory.put({"a", one, kType}, stored(1, 10, 100)));
  CHECK(inventory.put({"a", two, kType}, stored(2, 11, 50)));
  CHECK(inventory.put({"a", other, kType}, stored(3, 12, 7)));
  CHECK(inventory.put({"b", one, kType}, stored(4, 13, 1)));
  CHECK(inventory.put({"a", "plain", "Opaque"}, stored(5, 14, 1000)));
  CHECK(inventory.put({"kube-system", one, kType}, stored(6, 15, 1000)));

  const Subject app{"a", one, kType};
  CHECK(tally(inventory, *selection, ScopeKind::name_space, app) == Tally{3, 157, 0});
  CHECK(tally(inventory, *selection, ScopeKind::release, app) == Tally{2, 150, 0});
  CHECK(tally(inventory, *selection, ScopeKind::cluster, app) == Tally{4, 158, 0});
  CHECK(tally(inventory, *selection, ScopeKind::name_space, {"kube-system", one, kType}) == Tally{});
  CHECK(inventory.size() == 6);

  CHECK(inventory.remove("a", one, 20));
  CHECK(tally(inventory, *selection, ScopeKind::release, app) == Tally{1, 50, 0});
  CHECK(tally(inventory, *selection, ScopeKind::cluster, app) == Tally{3, 58, 0});
  CHECK_FALSE(inventory.find("a", one));
}

TEST_CASE("what is older than what is known changes nothing") {
  const auto selection = test::select(document("helm", kHelm));
  Inventory inventory(test::kKey);
  inventory.select(selection);
  const auto name = revision(1);
  const Subject subject{"a", name, kType};
  CHECK(inventory.put(subject, stored(1, 10, 100)));
  CHECK_FALSE(inventory.put(subject, stored(1, 9, 900)));
  CHECK_FALSE(inventory.put(subject, stored(1, 10, 900)));
  CHECK_FALSE(inventory.remove("a", name, 9));
  CHECK(inventory.find("a", name)->stored.bytes == 100U);
  // Created anew before the deletion of the first arrives: another watch may show it sooner.
  CHECK(inventory.put(subject, stored(2, 15, 40)));
  CHECK_FALSE(inventory.remove("a", name, 12));
  CHECK(inventory.find("a", name)->stored.uid == 2);
  CHECK(tally(inventory, *selection, ScopeKind::name_space, subject) == Tally{1, 40, 0});
}

TEST_CASE("a name that comes back with another type counts for the policies of that type") {
  const auto selection = test::select(document("helm", kHelm));
  Inventory inventory(test::kKey);
  inventory.select(selection);
  const auto name = revision(1);
  CHECK(inventory.put({"a", name, kType}, stored(1, 10, 100)));
  CHECK(inventory.put({"a", name, "Opaque"}, stored(2, 12, 100)));
  CHECK(tally(inventory, *selection, ScopeKind::name_space, {"a", name, kType}) == Tally{});
  CHECK(inventory.put({"a", name, kType}, stored(3, 14, 6)));
  CHECK(tally(inventory, *selection, ScopeKind::name_space, {"a", name, kType}) == Tally{1, 6, 0});
}

TEST_CASE("a size that is not known yet is said to be so, until it was measured") {
  const auto selection = test::select(document("helm", kHelm));
  Inventory inventory(test::kKey);
  inventory.select(selection);
  const auto name = revision(1), unselected = std::string("plain");
  const Subject subject{"a", name, kType};
  CHECK(inventory.put(subject, {1, 10, std::nullopt, 0}));
  CHECK(inventory.put({"a", unselected, "Opaque"}, {2, 11, std::nullopt, 0}));
  CHECK(tally(inventory, *selection, ScopeKind::name_space, subject) == Tally{1, 0, 1});
  REQUIRE(inventory.unmeasured(10).size() == 1);
  CHECK(inventory.unmeasured(10).front().subject.name == name);
  CHECK(inventory.unmeasured(0).empty());

  CHECK(inventory.put(subject, stored(1, 10, 70)));
  CHECK(tally(inventory, *selection, ScopeKind::name_space, subject) == Tally{1, 70, 0});
  // The same revision without a size, as a list shows it again: still known.
  CHECK_FALSE(inventory.put(subject, {1, 10, std::nullopt, 0}));
  CHECK(inventory.unmeasured(10).empty());
  CHECK(inventory.put(subject, {1, 11, std::nullopt, 0}));
  CHECK(inventory.unmeasured(10).size() == 1);
}

TEST_CASE("a list that is read again forgets nothing meanwhile, and at its end what it did not show") {
  const auto selection = test::select(document("helm", kHelm));
  Inventory inventory(test::kKey);
  inventory.select(selection);
  const auto one = revision(1), two = revision(2);
  inventory.put({"a", one, kType}, stored(1, 10, 1));
  inventory.put({"a", two, kType}, stored(2, 11, 1));
  inventory.put({"a", "plain", "Opaque"}, stored(3, 12, 1));
  const auto of_type = [](const Subject& subject) { return subject.type == kType; };

  inventory.unmark(Inventory::Mark::part, of_type);
  CHECK_FALSE(inventory.put({"a", two, kType}, stored(2, 11, 1), Inventory::Mark::part));
  // Events meanwhile: an old one does not save, a Secret newer than the list stays.
  const auto three = revision(3);
  CHECK_FALSE(inventory.put({"a", one, kType}, stored(1, 10, 1)));
  CHECK(inventory.put({"a", three, kType}, stored(4, 31, 1)));
  CHECK(inventory.size() == 4);
  std::vector<std::uint64_t> gone;
  inventory.sweep(Inventory::Mark::part, of_type, 30,
                  [&gone](const StoredSecret& secret) { gone.push_back(secret.stored.uid); });
  CHECK(gone == std::vector<std::uint64_t>{1});
  CHECK(inventory.find("a", two));
  CHECK(inventory.find("a", three));
  CHECK(inventory.find("a", "plain"));
  CHECK_FALSE(inventory.find("a", one));
}

TEST_CASE("other policies count what is known already") {
  Inventory inventory(test::kKey);
  inventory.select(test::select(document("helm", kHelm)));
  const auto name = revision(1);
  const Subject subject{"kube-system", name, kType};
  inventory.put(subject, stored(1, 10, 100));
  const auto all = test::select(document("all", "  mode: Warn\n  limits: {secretsPerNamespace: 5}"));
  inventory.select(all);
  CHECK(tally(inventory, *all, ScopeKind::name_space, subject) == Tally{1, 100, 0});
  inventory.remove("kube-system", name, 11);
  CHECK(tally(inventory, *all, ScopeKind::name_space, subject) == Tally{});
}

TEST_CASE("the five largest and the five oldest of a scope are those, in order") {
  const auto selection = test::select(document("helm", kHelm));
  Inventory inventory(test::kKey);
  inventory.select(selection);
  for (int i = 1; i <= 9; ++i) {
    const auto number = static_cast<unsigned>(i);
    inventory.put({"a", revision(i), kType}, stored(number, number, 10U * (10U - number), 100U - number));
  }
  inventory.put({"b", revision(1), kType}, stored(20, 20, 9999, 0));
  const auto first = revision(1);
  const auto scope =
      Scope{selection->scope_of(0, ScopeKind::name_space, {"a", first, kType}), 0, ScopeKind::name_space};
  const auto names = [&](Inventory::Order order) {
    std::vector<std::string> found;
    for (const auto& secret : inventory.extremes(scope, order)) found.emplace_back(secret.subject.name);
    return found;
  };
  CHECK(names(Inventory::Order::largest) ==
        std::vector{revision(1), revision(2), revision(3), revision(4), revision(5)});
  CHECK(names(Inventory::Order::oldest) ==
        std::vector{revision(9), revision(8), revision(7), revision(6), revision(5)});
}

TEST_CASE("a Secret that has the name of a release is none of its revisions") {
  const auto selection = test::select(
      document("all", "  mode: Enforce\n  limits: {secretsPerNamespace: 9, secretsPerRelease: 9}"));
  Inventory inventory(test::kKey);
  inventory.select(selection);
  const Subject own{"a", "web", "t"}, of_release{"a", "sh.helm.release.v1.web.v1", "t"};
  inventory.put(own, stored(1, 10));
  inventory.put(of_release, stored(2, 11));
  const Scope release{selection->scope_of(0, ScopeKind::release, of_release), 0, ScopeKind::release};
  CHECK(inventory.tally(release.id).count == 1);
  const auto found = inventory.extremes(release, Inventory::Order::oldest);
  REQUIRE(found.size() == 1);
  CHECK(found.front().stored.uid == 2);
}

TEST_CASE("after any events the sums are those of what is stored") {
  const auto selection = test::select(document("helm", kHelm) +
                                      document("other", "  mode: Warn\n  limits: {secretsPerCluster: 5}"));
  Inventory inventory(test::kKey);
  inventory.select(selection);
  std::map<std::pair<std::string, std::string>, std::pair<std::string, Stored>> oracle;
  std::mt19937 random(5);
  for (std::uint64_t step = 1; step <= 20'000; ++step) {
    const std::string in = "ns" + std::to_string(random() % 7);
    // Names of many lengths, so that the room of one is used for another.
    const auto name = revision(static_cast<int>(random() % 9), std::string(1 + random() % 60, 'x'));
    if (random() % 3 == 0) {
      CHECK(inventory.remove(in, name, step) == (oracle.erase({in, name}) == 1));
    } else {
      const std::string type = random() % 4 == 0 ? "Opaque" : kType;
      const auto value = stored(step, step, random() % 1000);
      CHECK(inventory.put({in, name, type}, value));
      oracle[{in, name}] = {type, value};
    }
  }
  CHECK(inventory.size() == oracle.size());
  std::map<ScopeId, Tally> expected;
  for (const auto& [key, value] : oracle) {
    const auto found = inventory.find(key.first, key.second);
    REQUIRE(found);
    CHECK(found->subject.type == value.first);
    CHECK(found->stored.uid == value.second.uid);
    for (const auto& scope : selection->scopes_of(found->subject)) {
      ++expected[scope.id].count;
      expected[scope.id].bytes += *value.second.bytes;
    }
  }
  for (const auto& [scope, sum] : expected) CHECK(inventory.tally(scope) == sum);
}

TEST_CASE("the hash is SipHash-1-3: a key gives other hashes, and no two ways of cutting a text agree") {
  CHECK(keyed_hash(test::kKey, 0, "a", "b") != keyed_hash({1, 2}, 0, "a", "b"));
  CHECK(keyed_hash(test::kKey, 0, "a", "b") != keyed_hash(test::kKey, 0, "ab"));
  CHECK(keyed_hash(test::kKey, 0, "a", "b") != keyed_hash(test::kKey, 1, "a", "b"));
  CHECK(keyed_hash(test::kKey, 0, "a", "b") == keyed_hash(test::kKey, 0, "a", "b"));
  // Replicas of other versions must give the same; by a plain writing-down of SipHash-1-3, byte by byte.
  CHECK(keyed_hash({1, 2}, 3, "sh.helm.release.v1.web.v1", "team-a") == 0x648d35ce2fd340ed);
}

TEST_CASE("the hash is of the bytes, wherever among them one text ends") {
  const std::string bytes = "0/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/0/1/2/3/4/5/6";
  const auto whole = keyed_hash(test::kKey, 7, "0", bytes.substr(2));
  for (std::size_t slash = 3; slash < bytes.size(); slash += 2) {
    INFO(slash);
    CHECK(keyed_hash(test::kKey, 7, bytes.substr(0, slash), bytes.substr(slash + 1)) == whole);
  }
}

}  // namespace
}  // namespace hygiene::counting
