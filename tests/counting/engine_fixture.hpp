// An engine whose API server is the test: one replica, one watch, which was listed and showed nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "counting/engine.hpp"
#include "support.hpp"

namespace hygiene::counting::test {

inline constexpr const char* kPolicy =
    "  mode: Enforce\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 1, bytesPerNamespace: 1Ki}";

inline EngineOptions options(bool strict) {
  EngineOptions options;
  options.strict = strict;
  options.replica = "r";
  options.ledger_namespace = "own";
  options.ledger_name = "counts";
  options.block_secrets_max = 0;  // what is asked for has its line in the ledger
  return options;
}

// One engine with its watch listed and empty.
class OneReplica {
 public:
  explicit OneReplica(bool strict, const std::string& policies = document("limits", kPolicy))
      : OneReplica(options(strict), policies) {}
  OneReplica(const EngineOptions& how, const std::string& policies) : engine(how, kKey, now) {
    engine.select(select(policies), now);
    engine.list_ends(engine.begin_list(0), 10, now);
  }

  CountedWrite claims(const std::string& name, bool dry_run = false, const std::string& in = "team",
                      std::string_view type = "t") {
    secret::Facts object;
    object.namespace_name = in;
    object.name = name;
    object.type = type;
    object.uid = "uid-of-" + name;
    object.data_bytes = 100;
    return make_claims(engine.selection(), {policy::Operation::create, nullptr, &object, nullptr}, dry_run);
  }
  // Of a user whom the policy exempts.
  CountedWrite exempt(const std::string& name) {
    auto claims = this->claims(name);
    for (auto& claim : claims.claims) {
      claim.outcome = policy::Outcome::warned;
      claim.spared = policy::Spared::exempt;
    }
    return claims;
  }
  Ticket create(const std::string& name) { return engine.request(claims(name), now); }

  // Effects of one kind, and only those.
  template <class Kind>
  std::vector<Kind> effects() {
    std::vector<Kind> found;
    for (auto& effect : engine.take_effects()) {
      if (auto* kind = std::get_if<Kind>(&effect)) found.push_back(*kind);
    }
    return found;
  }
  std::optional<Decision> decision() {
    auto decisions = engine.take_decisions();
    return decisions.empty() ? std::nullopt : std::optional(decisions.front());
  }
  void confirm(std::uint64_t revision) {
    const auto lists = effects<ListScope>();
    REQUIRE(lists.size() == 1);
    CHECK(lists.front().namespace_name == "team");
    engine.list_ends(lists.front().list, revision, now);
  }

  Time now{5'000'000};
  Engine engine;
};

// In strict mode, where what is in the ledger is said by the test.
class StrictReplica : public OneReplica {
 public:
  explicit StrictReplica(const std::string& type = "t")
      : OneReplica(true, document("limits", "  mode: Enforce\n  match: {types: [" + type +
                                                "]}\n  limits: {secretsPerNamespace: 2}")) {
    engine.tick(now);
    REQUIRE(effects<ReadLedger>().size() == 1);
  }
  // These CREATEs are under way.
  static Ledger ledger(const std::string& version, const std::vector<std::string>& names) {
    Ledger made;
    made.version = version;
    made.id = "first";
    for (const auto& name : names)
      made.entries.push_back({{uid_bits("uid-of-" + name), 0, 1}, "team", name, "t", 100});
    return made;
  }
  void read(const Ledger& ledger) {
    engine.ledger_read(0, {LedgerRead::Kind::found, render_ledger(ledger, "own", "counts")}, now);
  }
  void show(const std::string& name, std::uint64_t revision) {
    engine.shows(0, {"team", name, "t"}, stored(uid_bits("uid-of-" + name), revision, 100), now);
  }
  // The marker is written, the watch shows it, and the ledger is asked for once more.
  void come_to_marker(std::uint64_t revision) {
    const auto markers = effects<WriteMarker>();
    REQUIRE(markers.size() == 1);
    engine.marker_written(0, markers.front().marker, revision, now);
    CHECK(effects<ReadLedger>().empty());
    engine.bookmark(0, revision, now);
    REQUIRE(effects<ReadLedger>().size() == 1);
  }
};

}  // namespace hygiene::counting::test
