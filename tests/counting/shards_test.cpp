// An engine of several shards, each with its ledger, and an API server that keeps them.
#include <map>
#include <set>

#include "engine_fixture.hpp"
#include "simulation/model_server.hpp"

namespace hygiene::counting {
namespace {

using test::document;
using test::OneReplica;
using test::options;
using test::select;
using test::stored;
using namespace std::chrono_literals;

constexpr std::size_t kNamespaceShards = 3;

EngineOptions sharded() {
  auto made = options(true);
  made.namespace_ledgers = kNamespaceShards;
  made.earlier_ledger_namespace = "earlier";
  return made;
}

std::string limits(const std::string& fields, const std::string& mode = "Enforce") {
  return document("limits", "  mode: " + mode + "\n  match: {types: [t]}\n  exclude: {namespaces: [own]}\n" +
                                "  limits: {" + fields + "}");
}

// The ledger of earlier builds, without entries.
SwapLedger of_earlier_builds(bool admits, const std::string& format = "1", bool create = true) {
  return {kEarlierLedger, "earlier", "counts", create,
          R"({"metadata":{"name":"counts","namespace":"earlier"},"data":{"format":")" + format +
              R"(","cooling":")" + (admits ? "false" : "true") + R"("}})"};
}

const std::string kBoth = limits("secretsPerNamespace: 2, secretsPerCluster: 3");

class ShardedReplica : public OneReplica {
 public:
  explicit ShardedReplica(const std::string& policies = kBoth, bool ledgers = true)
      : OneReplica(sharded(), policies) {
    server.revision = 100;
    for (ShardIndex shard = 0; ledgers && shard <= kNamespaceShards; ++shard) {
      Ledger first;
      first.id = "first";
      const auto name = ledger_name("counts", shard);
      server.swap_ledger({shard, "own", name, true, render_ledger(first, "own", name)});
    }
  }

  // Two names of namespaces that have different shards.
  std::pair<std::string, std::string> apart() const {
    std::string other = "other";
    while (shard_of(other) == shard_of("team")) other += 'x';
    return {"team", other};
  }
  ShardIndex shard_of(std::string_view namespace_name) const {
    return engine.shard_of(ScopeKind::name_space, namespace_name);
  }
  Ticket create(const std::string& name, const std::string& in = "team") {
    return engine.request(claims(name, false, in), now);
  }
  CountedWrite update(const std::string& name, std::uint64_t before, std::uint64_t from, std::uint64_t to) {
    secret::Facts object, old;
    object.namespace_name = "team";
    object.name = name;
    object.type = "t";
    object.uid = old.uid = "uid-of-" + name;
    object.data_bytes = to;
    old.data_bytes = from;
    old.resource_version = std::to_string(before);
    return make_claims(engine.selection(), {policy::Operation::update, nullptr, &object, &old}, false);
  }
  std::optional<Decision> decision_of(Ticket ticket) {
    for (auto& decision : engine.take_decisions()) decided_.push_back(std::move(decision));
    const auto found = std::ranges::find(decided_, ticket, &Decision::ticket);
    return found == decided_.end() ? std::nullopt : std::optional(*found);
  }
  Answer answer_of(Ticket ticket) {
    const auto decision = decision_of(ticket);
    REQUIRE(decision);
    return decision->answer;
  }
  // Does what the engine wants, but for shards that are held up, for so long.
  void serve(Time length = 3s) {
    for (const auto end = now + length; now < end; now += 50ms) {
      for (auto& effect : engine.take_effects()) asked_.push_back(std::move(effect));
      for (const auto& effect : std::exchange(asked_, {})) serve(effect);
      engine.bookmark(0, server.revision, now);
      if (now.count() % 1'000 == 0) engine.tick(now);
    }
  }
  Ledger ledger(ShardIndex shard) const {
    const auto read = server.read_ledger(ledger_name("counts", shard));
    return read.kind == LedgerRead::Kind::found ? *parse_ledger(read.config_map) : Ledger();
  }

  test::ModelServer server;
  std::set<ShardIndex> held_up;  // their effects wait

 private:
  void serve(const Effect& effect) {
    if (const auto* read = std::get_if<ReadLedger>(&effect)) {
      if (held_up.contains(read->shard)) return asked_.push_back(effect);
      engine.ledger_read(read->shard, server.read_ledger(read->name), now);
    } else if (const auto* swap = std::get_if<SwapLedger>(&effect)) {
      if (held_up.contains(swap->shard)) return asked_.push_back(effect);
      const bool earlier = swap->shard == kEarlierLedger;
      CHECK(swap->name == (earlier ? "counts" : ledger_name("counts", swap->shard)));
      CHECK(swap->namespace_name == (earlier ? "earlier" : "own"));
      const auto swapped = server.swap_ledger(*swap);
      engine.ledger_swapped(swap->shard, swapped ? Swapped::done : Swapped::conflict, swapped.value_or(""),
                            now);
    } else if (const auto* marker = std::get_if<WriteMarker>(&effect)) {
      engine.marker_written(marker->shard, marker->marker, server.put_marker(0), now);
    } else if (const auto* list = std::get_if<ListScope>(&effect)) {
      CHECK(engine.list_ends(list->list, ++server.revision, now));  // no other list has ended it
    } else if (const auto* wait = std::get_if<Wait>(&effect)) {
      engine.waited(wait->shard, now);
    } else if (const auto* name = std::get_if<ReadName>(&effect)) {
      engine.name_read(*name, NameState{}, now);
    }
  }

  std::vector<Effect> asked_;
  std::vector<Decision> decided_;
};

TEST_CASE(
    "a write stands in the ledger of its namespace and, under a limit per cluster, in that of the cluster") {
  ShardedReplica replica;
  const auto [team, other] = replica.apart();
  replica.serve();
  const auto ticket = replica.create("a", team);
  replica.serve(500ms);
  CHECK(replica.answer_of(ticket) == Answer::allowed);
  const auto decision = replica.decision_of(ticket);
  REQUIRE(decision->usages.size() == 2);
  CHECK(decision->usages.front().claim.limit == policy::LimitKind::secrets_per_namespace);
  CHECK(decision->usages.back().claim.limit == policy::LimitKind::secrets_per_cluster);
  for (ShardIndex shard = 0; shard <= kNamespaceShards; ++shard) {
    INFO(shard);
    CHECK(replica.ledger(shard).entries.size() == (shard == kFirstShard || shard == replica.shard_of(team)));
  }
}

TEST_CASE("a shard whose ledger does not answer holds up its own namespaces alone") {
  ShardedReplica replica(limits("secretsPerNamespace: 2"));
  const auto [team, other] = replica.apart();
  replica.serve();
  replica.held_up = {replica.shard_of(team)};
  const auto held_up = replica.create("a", team);
  const auto first = replica.create("a", other);
  replica.create("b", other);
  const auto third = replica.create("c", other);
  replica.serve();
  CHECK_FALSE(replica.decision_of(held_up));
  CHECK(replica.answer_of(first) == Answer::allowed);
  CHECK(replica.answer_of(third) == Answer::denied);
  replica.held_up.clear();
  replica.serve(500ms);
  CHECK(replica.answer_of(held_up) == Answer::allowed);
}

TEST_CASE("a shard whose ledger is lost leaves the counts of others known") {
  ShardedReplica replica(limits("secretsPerNamespace: 2"));
  const auto [team, other] = replica.apart();
  replica.serve();
  replica.server.lose_ledger(ledger_name("counts", replica.shard_of(team)));
  replica.create("a", team);
  replica.serve();
  CHECK(replica.engine.in_quarantine());
  const auto unknown = replica.create("b", team);
  const auto known = replica.create("b", other);
  replica.serve(500ms);
  CHECK(replica.decision_of(unknown)->why == Unknown::quarantine);
  CHECK(replica.answer_of(known) == Answer::allowed);
}

TEST_CASE("a write that the limit per cluster denies gives its place in the namespace back") {
  ShardedReplica replica(limits("secretsPerNamespace: 2, secretsPerCluster: 1"));
  const auto [team, other] = replica.apart();
  replica.serve();
  CHECK(replica.create("a", other) != 0);
  replica.serve(500ms);
  const auto denied = replica.create("b", team);
  replica.serve();
  REQUIRE(replica.answer_of(denied) == Answer::denied);
  const auto decision = replica.decision_of(denied);
  REQUIRE(decision->usages.size() == 2);
  CHECK_FALSE(decision->usages.front().exceeded());
  CHECK(decision->usages.back().exceeded());
  // The next write of the ledger leaves it out: here the one of housekeeping.
  replica.serve(12s);
  CHECK(replica.ledger(replica.shard_of(team)).entries.empty());
  CHECK(replica.engine.shard(replica.shard_of(team)).reservations().size() == 0);
}

TEST_CASE("a place in the namespace that was given back serves the next write at once") {
  ShardedReplica replica(limits("secretsPerNamespace: 1, secretsPerCluster: 1"));
  const auto [team, other] = replica.apart();
  replica.serve();
  replica.create("a", other);
  replica.serve(500ms);
  const auto denied = replica.create("b", team);
  replica.serve();
  REQUIRE(replica.answer_of(denied) == Answer::denied);
  // Room in the cluster, and none in the namespace but for what was given back.
  replica.engine.select(select(limits("secretsPerNamespace: 1, secretsPerCluster: 9")), replica.now);
  const auto next = replica.create("c", team);
  replica.serve(500ms);
  CHECK(replica.answer_of(next) == Answer::allowed);
}

TEST_CASE("a write whose count in the cluster is not known keeps its place in the namespace") {
  ShardedReplica replica;
  replica.serve();
  replica.server.lose_ledger(ledger_name("counts", kFirstShard));
  replica.create("a");
  replica.serve();
  const auto unknown = replica.create("b");
  replica.serve(500ms);
  REQUIRE(replica.decision_of(unknown)->why == Unknown::quarantine);
  // It may be stored all the same: when counts are unknown, the operator may have chosen to allow. Longer
  // than housekeeping takes to write the ledger.
  replica.serve(12s);
  const auto entries = replica.ledger(replica.shard_of("team")).entries;
  CHECK(std::ranges::find(entries, "b", &Reservation::name) != entries.end());
}

TEST_CASE("policies that change between the two steps of a write are asked for anew") {
  ShardedReplica replica;
  replica.serve();
  replica.held_up = {replica.shard_of("team")};
  const auto ticket = replica.create("a");
  replica.serve(500ms);
  replica.engine.select(select(limits("secretsPerNamespace: 3, secretsPerCluster: 9")), replica.now);
  replica.held_up.clear();
  replica.serve(500ms);
  const auto decision = replica.decision_of(ticket);
  REQUIRE(decision);
  CHECK(decision->why == Unknown::policies_changed);
}

TEST_CASE("labels of a namespace that change between the two steps of a write ask for it anew") {
  const auto tier = [](const char* value) {
    secret::Labels labels;
    labels.add("tier").value = value;
    return std::make_shared<const secret::Labels>(std::move(labels));
  };
  ShardedReplica replica(
      document("gold",
               "  mode: Enforce\n  match: {types: [t], namespaceSelector: {matchLabels: {tier: gold}}}\n"
               "  limits: {secretsPerNamespace: 2, secretsPerCluster: 3}"));
  replica.engine.show_namespace("team", tier("gold"), replica.now);
  replica.serve();
  // In the ledger of both, as the counts say of both shards.
  const auto cluster = replica.engine.selection().cluster(0);
  replica.create("a");
  replica.serve(500ms);
  CHECK(replica.engine.shard(kFirstShard).used(cluster).count == 1);
  replica.held_up = {replica.shard_of("team")};
  const auto ticket = replica.create("b");
  replica.serve(500ms);
  replica.engine.show_namespace("team", tier("iron"), replica.now);
  CHECK(replica.engine.shard(kFirstShard).used(cluster).count == 0);
  replica.held_up.clear();
  replica.serve(500ms);
  const auto decision = replica.decision_of(ticket);
  REQUIRE(decision);
  CHECK(decision->why == Unknown::policies_changed);
}

TEST_CASE("what is never denied in the namespace is not owed once the cluster denies it") {
  const std::string match = "  match: {types: [t]}\n  exclude: {namespaces: [own]}\n";
  ShardedReplica replica(document("team", "  mode: Warn\n" + match + "  limits: {bytesPerNamespace: 1}") +
                         document("whole", "  mode: Enforce\n" + match +
                                               "  limits: {secretsPerNamespace: 9, bytesPerCluster: 250}"));
  replica.engine.shows(0, {"team", "a", "t"}, stored(uid_bits("uid-of-a"), 90, 100), replica.now);
  replica.serve();
  const auto own = replica.shard_of("team");
  replica.held_up = {own};
  replica.create("b");  // whose write of the ledger is under way while the next is owed
  replica.serve(500ms);
  const auto denied = replica.engine.request(replica.update("a", 90, 100, 300), replica.now);
  replica.serve();
  REQUIRE(replica.answer_of(denied) == Answer::denied);
  replica.held_up.clear();
  const auto allowed = replica.engine.request(replica.update("a", 90, 100, 120), replica.now);
  replica.serve(500ms);
  REQUIRE(replica.answer_of(allowed) == Answer::allowed);
  std::multimap<std::string, std::uint64_t> entries;
  for (const auto& entry : replica.ledger(own).entries) entries.emplace(entry.name, entry.bytes);
  CHECK(entries == std::multimap<std::string, std::uint64_t>{{"a", 120}, {"b", 100}});
}

TEST_CASE("the ledger of a shard whose limits no policy has is not asked for") {
  ShardedReplica of_cluster(limits("secretsPerCluster: 1", "Warn"), false);
  of_cluster.serve();
  CHECK(of_cluster.server.ledgers().size() == 1);
  CHECK(of_cluster.server.ledgers().contains("counts-cluster"));
  CHECK(of_cluster.engine.has_ledger());
  ShardedReplica of_namespaces(limits("secretsPerNamespace: 1", "Warn"), false);
  of_namespaces.serve();
  CHECK(of_namespaces.server.ledgers().size() == kNamespaceShards);
  CHECK_FALSE(of_namespaces.server.ledgers().contains("counts-cluster"));
  CHECK(of_namespaces.engine.has_ledger());
}

TEST_CASE("the ledgers are left alone until that of earlier builds is known") {
  ShardedReplica replica(kBoth, false);
  replica.held_up = {kEarlierLedger};
  replica.create("a");
  replica.serve();
  CHECK(replica.server.ledgers().empty());
  CHECK_FALSE(replica.engine.has_ledger());
  replica.held_up.clear();
  replica.serve();
  CHECK(replica.server.ledgers().size() == 1 + kNamespaceShards);
  CHECK(replica.engine.has_ledger());
}

TEST_CASE(
    "the ledger of earlier builds is sealed before any shard counts, and nothing is known for a while") {
  ShardedReplica replica(limits("secretsPerNamespace: 1"));
  replica.server.swap_ledger(of_earlier_builds(true));
  const auto began = replica.now;
  const auto ticket = replica.create("a");
  replica.serve();
  CHECK(replica.decision_of(ticket)->why == Unknown::quarantine);
  CHECK(parse_earlier_ledger(replica.server.read_ledger("counts").config_map)->seal);
  // What was admitted by it is in no ledger of ours, even where they were good.
  for (ShardIndex shard = 1; shard <= kNamespaceShards; ++shard) CHECK(replica.ledger(shard).in_quarantine);
  while (replica.engine.in_quarantine()) replica.serve(1s);
  CHECK(replica.now - began >= 60s);
  const auto known = replica.create("b");
  replica.serve(500ms);
  CHECK(replica.answer_of(known) == Answer::allowed);
}

TEST_CASE(
    "earlier builds that run beside this one find their ledger sealed again and again, and counts stay "
    "known") {
  ShardedReplica replica(limits("secretsPerNamespace: 1"));
  replica.server.swap_ledger(of_earlier_builds(true));
  replica.serve(90s);
  const auto seal = [&] {
    return *parse_earlier_ledger(replica.server.read_ledger("counts").config_map)->seal;
  };
  const auto first = seal();
  CHECK_FALSE(first.empty());
  // An earlier build takes the seal for a damaged ledger. It counts nothing while its own is new.
  for (int times = 0; times < 3; ++times) {
    replica.server.lose_ledger("counts");
    replica.server.swap_ledger(of_earlier_builds(false));
    replica.serve(12s);
    CHECK(seal() == first);
    CHECK_FALSE(replica.engine.in_quarantine());
  }
  // Nobody sealed it for 120 s.
  replica.server.lose_ledger("counts");
  replica.server.swap_ledger(of_earlier_builds(true));
  const auto sealed = [&] {
    return parse_earlier_ledger(replica.server.read_ledger("counts").config_map)->seal;
  };
  for (int i = 0; i < 240 && (!sealed() || sealed() == first); ++i) replica.serve(50ms);
  REQUIRE(sealed());
  CHECK(seal() != first);
  // At once: not only when the ledgers are read for another reason.
  replica.serve(100ms);
  CHECK(replica.engine.in_quarantine());
  const auto admitted_nothing = replica.create("a");
  replica.serve(500ms);
  CHECK(replica.decision_of(admitted_nothing)->why == Unknown::quarantine);
}

TEST_CASE(
    "a replica that starts does not know whether a new ledger of earlier builds replaced one that counted") {
  ShardedReplica replica(limits("secretsPerNamespace: 1"));
  replica.server.swap_ledger(of_earlier_builds(false));
  replica.serve();
  CHECK(replica.engine.in_quarantine());
}

// The replica that sealed it may have ended before it made them anew.
TEST_CASE("ledgers that were made before the seal are made anew by whoever finds them") {
  ShardedReplica replica(limits("secretsPerNamespace: 1"));
  replica.server.swap_ledger(
      {kEarlierLedger, "earlier", "counts", true, render_seal("other", "", "earlier", "counts")});
  replica.serve();
  for (ShardIndex shard = 1; shard <= kNamespaceShards; ++shard) {
    CHECK(replica.ledger(shard).in_quarantine);
    CHECK(replica.ledger(shard).seal == "other");
  }
  // A seal that an operator has removed changes nothing.
  replica.serve(70s);
  REQUIRE_FALSE(replica.engine.in_quarantine());
  replica.server.lose_ledger("counts");
  replica.serve(12s);
  CHECK_FALSE(replica.engine.in_quarantine());
  CHECK(replica.ledger(1).seal == "other");
}

TEST_CASE("of two replicas that seal at once one takes the seal of the other") {
  ShardedReplica replica(limits("secretsPerNamespace: 1"), false);
  replica.server.swap_ledger(of_earlier_builds(true));
  replica.engine.tick(replica.now);
  const auto reads = replica.effects<ReadLedger>();
  REQUIRE(reads.size() == 1);
  replica.engine.ledger_read(kEarlierLedger, replica.server.read_ledger("counts"), replica.now);
  REQUIRE(replica.effects<SwapLedger>().size() == 1);
  replica.server.lose_ledger("counts");
  replica.server.swap_ledger(
      {kEarlierLedger, "earlier", "counts", true, render_seal("other", "", "earlier", "counts")});
  replica.engine.ledger_swapped(kEarlierLedger, Swapped::conflict, "", replica.now);
  CHECK(replica.effects<ReadLedger>().empty());  // of no shard before that is known
  replica.serve();
  CHECK(replica.ledger(1).seal == "other");
}

TEST_CASE("an earlier ledger in a format of a later version stops every shard") {
  ShardedReplica replica(limits("secretsPerNamespace: 1"));
  replica.serve();
  replica.server.swap_ledger(of_earlier_builds(true, "3"));
  replica.serve(11s);
  REQUIRE(replica.engine.ledger_has_unknown_format(kEarlierLedger));
  const auto before = replica.server.ledger_changes();
  const auto ticket = replica.create("b");
  replica.serve();
  CHECK(replica.decision_of(ticket)->why == Unknown::ledger_format);
  CHECK(replica.server.ledger_changes() == before);
  replica.server.lose_ledger("counts");
  replica.serve(11s);
  const auto known = replica.create("c");
  replica.serve(500ms);
  CHECK(replica.answer_of(known) == Answer::allowed);
}

TEST_CASE("once revisions went back every shard is in quarantine") {
  ShardedReplica replica(limits("secretsPerNamespace: 1"));
  replica.serve();
  CHECK_FALSE(replica.engine.bookmark(0, 9, replica.now));
  replica.serve(500ms);
  for (ShardIndex shard = 0; shard <= kNamespaceShards; ++shard) {
    INFO(shard);
    CHECK(replica.ledger(shard).in_quarantine);
  }
}

TEST_CASE("what one shard finds of a restoration holds for every shard") {
  ShardedReplica replica(limits("secretsPerNamespace: 1"));
  replica.serve();
  auto earlier = replica.server;
  replica.create("a");
  replica.serve(500ms);
  // The API server is restored: the ledgers of the others are as they were.
  earlier.revision += 2;
  replica.server = earlier;
  replica.create("b");
  replica.serve(12s);
  for (ShardIndex shard = 0; shard <= kNamespaceShards; ++shard) {
    INFO(shard);
    CHECK(replica.ledger(shard).in_quarantine);
  }
}

TEST_CASE("a shard denies as soon as its watch has come to the marker") {
  ShardedReplica replica(limits("secretsPerNamespace: 1"));
  replica.serve();
  replica.create("a");
  replica.serve(500ms);
  replica.serve(50ms);
  const auto denied = replica.create("b");
  // Not as late as the next tick.
  replica.serve(400ms);
  CHECK(replica.answer_of(denied) == Answer::denied);
}

TEST_CASE("lists of two shards that confirm follow each other") {
  const std::string tokens(secret::kTypeServiceAccountToken);
  ShardedReplica replica(document(
      "limits", "  mode: Enforce\n  match: {types: [" + tokens + "]}\n  limits: {secretsPerNamespace: 0}"));
  const auto [team, other] = replica.apart();
  std::vector<std::string> namespaces{team, other};
  for (std::size_t i = 0; i < 2; ++i) {
    auto beside = namespaces[i] + 'x';
    while (replica.shard_of(beside) != replica.shard_of(namespaces[i])) beside += 'x';
    namespaces.push_back(beside);
  }
  // Two namespaces of a shard wait at once, so that its list is of all.
  replica.held_up = {replica.shard_of(team), replica.shard_of(other)};
  replica.serve();
  std::vector<Ticket> denied;
  for (const auto& in : namespaces)
    denied.push_back(replica.engine.request(replica.claims("a", false, in, tokens), replica.now));
  replica.held_up.clear();
  replica.serve();
  for (const auto ticket : denied) CHECK(replica.answer_of(ticket) == Answer::denied);
}

}  // namespace
}  // namespace hygiene::counting
