// Types of Secrets: which watch shows one, and what policies can tell of it.
#include "engine_fixture.hpp"

namespace hygiene::counting {
namespace {

using test::document;
using test::kPolicy;
using test::OneReplica;
using test::stored;

TEST_CASE("a Secret that was listed without its type has it once a watch of that type lists it") {
  const std::string all = document("all", "  mode: Enforce\n  limits: {secretsPerNamespace: 99}");
  OneReplica replica(false, all);
  replica.engine.shows(0, {"team", "old", ""}, stored(7, 11, 100), replica.now);
  replica.engine.select(test::select(all + document("limits", kPolicy)), replica.now);
  REQUIRE(replica.engine.view().plan().watches().size() == 2);
  const auto list = replica.engine.begin_list(0);
  const auto others = replica.engine.begin_list(1);
  replica.engine.list_shows(list, {"team", "old", "t"}, stored(7, 11, 100));
  CHECK(replica.engine.list_ends(list, 20, replica.now));
  CHECK(replica.engine.list_ends(others, 20, replica.now));
  CHECK(replica.engine.shard(0).used(replica.claims("new").claims.back().scope.id).count == 1);
}

TEST_CASE("a watch whose marker the policies leave out is confirmed by a list") {
  OneReplica replica(true, document("limits",
                                    "  mode: Enforce\n  exclude: {types: [secret-hygiene.io/marker]}\n"
                                    "  limits: {secretsPerNamespace: 1}"));
  replica.engine.shows(0, {"team", "old", ""}, stored(7, 11, 100), replica.now);
  replica.create("a");
  replica.engine.take_effects();
  Ledger ledger;
  ledger.version = "5";
  ledger.id = "first";
  replica.engine.ledger_read(0, {LedgerRead::Kind::found, render_ledger(ledger, "own", "counts")},
                             replica.now);
  const auto effects = replica.engine.take_effects();
  REQUIRE(effects.size() == 1);
  CHECK(std::holds_alternative<ListScope>(effects.front()));
}

TEST_CASE("more types than anyone counts do not hide those that a pattern counts") {
  OneReplica replica(false,
                     document("limits",
                              "  mode: Enforce\n  match: {types: ['a/*', '*/b']}\n  exclude: {types: [a/x]}\n"
                              "  limits: {secretsPerNamespace: 99999}"));
  std::uint64_t revision = 10;
  const auto show = [&](const std::string& type) {
    ++revision;
    replica.engine.shows(0, {"team", "s" + std::to_string(revision), type}, stored(revision, revision),
                         replica.now);
  };
  for (int i = 0; i < 5'000; ++i) show("other/" + std::to_string(i));
  for (int i = 0; i < 5'000; ++i) show("a/" + std::to_string(i));
  for (const auto* type : {"a/x", "a/b", "c/b", "c/c"}) show(type);
  secret::Facts object;
  object.namespace_name = "team";
  object.name = "new";
  object.type = "a/new";
  object.uid = "u";
  const auto claims =
      make_claims(replica.engine.selection(), {policy::Operation::create, nullptr, &object, nullptr}, false);
  CHECK(replica.engine.shard(0).used(claims.claims.front().scope.id).count == 5'002);
  object.type = "other/new";
  CHECK(make_claims(replica.engine.selection(), {policy::Operation::create, nullptr, &object, nullptr}, false)
            .empty());
}

TEST_CASE("Secrets are listed anew where policies tell their types apart for the first time") {
  const std::string first =
      document("first", "  mode: Enforce\n  match: {types: ['a/*']}\n  limits: {secretsPerNamespace: 9}");
  const std::string second =
      document("second", "  mode: Enforce\n  match: {types: ['b/*']}\n  limits: {secretsPerNamespace: 9}");
  OneReplica replica(false, first);
  replica.engine.shows(0, {"team", "old", "b/1"}, stored(7, 11, 100), replica.now);
  CHECK(replica.engine.select(test::select(first + second), replica.now).size() == 1);
  const auto list = replica.engine.begin_list(0);
  replica.engine.list_shows(list, {"team", "old", "b/1"}, stored(7, 11, 100));
  CHECK(replica.engine.list_ends(list, 20, replica.now));
  CHECK(replica.engine.view().inventory().find("team", "old")->subject.type == "b/1");
  CHECK(replica.engine.select(test::select(second), replica.now).empty());
}

TEST_CASE("a size that was read says nothing of the type") {
  OneReplica replica(false, document("limits",
                                     "  mode: Enforce\n  match: {types: ['t*']}\n"
                                     "  limits: {secretsPerNamespace: 1, bytesPerNamespace: 1Ki}"));
  replica.engine.shows(0, {"team", "old", "other"}, {8, 13, std::nullopt, 0}, replica.now);
  // It was looked for when another Secret had the name, of type t.
  replica.engine.measured({"team", "old", "t"}, stored(8, 13, 5), replica.now);
  const auto known = replica.engine.view().inventory().find("team", "old");
  REQUIRE(known);
  CHECK(known->subject.type.empty());  // of those that no policy names
  CHECK(known->stored.bytes == 5);
}

}  // namespace
}  // namespace hygiene::counting
