// What a scope held at a moment of late, told after much has changed, against what was held then.
#include "counting/view_at_ledger_read.hpp"

#include <map>

#include "counting/reservations.hpp"
#include "simulation/scenario.hpp"
#include "support.hpp"

namespace hygiene::counting {
namespace {

using test::stored;

struct World {
  explicit World(std::uint64_t seed) : random(seed), reservations(view.inventory(), test::kKey, {true}) {
    const auto selection = test::select(test::kOfEachScope);
    view.set_plan(WatchPlan::make(*selection, {}));
    view.inventory().select(selection);
    reservations.select(selection);
    for (const std::string in : {"x", "y"}) {
      for (const auto& name : names) {
        for (const auto& scope : selection->scopes_of({in, name, "t"})) scopes[scope.id] = scope;
      }
    }
  }
  std::string in() { return random.chance(50) ? "x" : "y"; }
  const std::string& name() { return names[random.below(names.size())]; }
  WatchIndex watch_of(std::string_view type) const { return view.plan().watch_of(type); }

  void add_entry() {
    const std::string type = random.chance(80) ? "t" : "u";
    const Reservation reservation{
        {++uids, random.chance(30) ? 1U : 0U, uids}, in(), name(), type, random.below(9)};
    reservations.add(reservation.view(), Time(0), read);
    last.push_back(reservation);
  }
  void change(ViewAtLedgerRead& at_read) {
    const auto where = in(), what = name();
    const auto known = view.inventory().find(where, what);
    if (known && random.chance(60)) {
      const std::string type(known->subject.type);
      const Subject subject{where, what, type};
      at_read.keep(subject);
      const auto uid = known->stored.uid;
      if (random.chance(70)) {
        view.removes(watch_of(type), subject, uid, ++revision, Time(0));
      } else {
        view.shows(watch_of(type), subject, stored(uid, ++revision, random.below(9)));
      }
    } else {
      // An reservation's write, where there is one of this name.
      std::string type = "t";
      auto uid = ++uids;
      for (const auto& reservation : last) {
        if (reservation.namespace_name != where || reservation.name != what || reservation.key.before != 0)
          continue;
        type = reservation.type;
        uid = reservation.key.uid;
      }
      const Subject subject{where, what, type};
      at_read.keep(subject);
      view.shows(watch_of(type), subject, stored(uid, ++revision, random.below(9)));
    }
    reservations.refresh(where, what, [this](const Reservations::Item& item) -> std::optional<std::uint64_t> {
      const auto& reservation = item.reservation;
      const auto found = view.inventory().find(reservation.namespace_name, reservation.name);
      const bool shown = found && found->stored.uid == reservation.key.uid && reservation.key.before == 0;
      return shown ? std::optional(found->stored.revision) : std::nullopt;
    });
  }
  std::map<ScopeId, Tally> held(const ViewAtLedgerRead* at_read, std::uint64_t reads) const {
    std::map<ScopeId, Tally> all;
    for (const auto& [id, scope] : scopes) all[id] = reservations.held(scope, {reads, at_read});
    return all;
  }

  test::Random random;
  const std::vector<std::string> names{"web", "sh.helm.release.v1.web.v1", "sh.helm.release.v1.web.v2"};
  ClusterView view{test::kKey};
  Reservations reservations;
  std::map<ScopeId, Scope> scopes;
  std::vector<Reservation> last;
  std::uint64_t uids = 0, revision = 1, read = 1;
};

}  // namespace

TEST_CASE("what a scope held at a moment is told as it was, whatever is stored, deleted and decided since") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    World world(seed);
    ViewAtLedgerRead at_read(world.view);
    const auto some = [&world] { return 3 + world.random.below(10); };
    for (auto left = some(); left != 0; --left) {
      world.add_entry();
      if (world.random.chance(50)) world.change(at_read);
    }
    CHECK_FALSE(at_read.begun());
    const auto before = world.held(nullptr, world.read);
    at_read.begin(std::vector(world.view.plan().watches().size(), world.revision));
    for (auto left = some(); left != 0; --left) {
      world.change(at_read);
      ++world.read;
      if (world.random.chance(30)) world.add_entry();
    }
    CHECK(world.held(&at_read, 1) == before);
  }
}

TEST_CASE("a moment is forgotten once more has changed than is kept") {
  ClusterView view(test::kKey);
  ViewAtLedgerRead at_read(view);
  at_read.begin({});
  for (std::size_t i = 0; i < ViewAtLedgerRead::kNamesMax; ++i)
    at_read.keep(Subject{"team", std::to_string(i), "t"});
  CHECK(at_read.begun());
  at_read.keep(Subject{"team", "0", "t"});
  CHECK(at_read.begun());
  at_read.keep(Subject{"team", "one more", "t"});
  CHECK_FALSE(at_read.begun());
  CHECK(at_read.changed().empty());
}

}  // namespace hygiene::counting
