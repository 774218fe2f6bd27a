// What lists beside a watch, and events that come late, do to what is known.
#include "counting/cluster_view.hpp"

#include "support.hpp"

namespace hygiene::counting {
namespace {

using test::document;
using test::stored;

// Watches of the types t and u, which were listed up to revision 10 and showed nothing.
struct Listed {
  Listed() {
    const auto selection = test::select(
        document("limits", "  mode: Enforce\n  match: {types: [t, u]}\n  limits: {secretsPerNamespace: 1}"));
    view.set_plan(WatchPlan::make(*selection, {}));
    for (WatchIndex watch = 0; watch < 2; ++watch) end(view.begin_list(watch, std::nullopt, true), 10);
  }
  ClusterView::ListEnd end(ListId list, std::uint64_t revision) {
    return view.end_list(list, revision, Time(0), [](const StoredSecret&) {});
  }
  bool known(const std::string& name) const { return view.inventory().find("team", name).has_value(); }

  ClusterView view{test::kKey};
  const Subject a{"team", "a", "t"}, elsewhere{"other", "a", "t"};
};

}  // namespace

TEST_CASE("events that a list beside the watch has overtaken tell nothing of its namespace") {
  Listed listed;
  CHECK(listed.end(listed.view.begin_list(0, "team", false), 20).whole);
  // Stored and deleted again before the list.
  listed.view.shows(0, listed.a, stored(7, 13));
  CHECK_FALSE(listed.known("a"));
  listed.view.shows(0, listed.elsewhere, stored(8, 14));
  CHECK(listed.view.inventory().find("other", "a"));
  listed.view.shows(0, listed.a, stored(9, 21));
  CHECK(listed.known("a"));
}

TEST_CASE("a page that comes late does not show again what the watch has shown deleted") {
  Listed listed;
  listed.view.shows(0, listed.a, stored(7, 11));
  const auto list = listed.view.begin_list(0, "team", false);
  listed.view.removes(0, listed.a, 7, 12, Time(0));
  CHECK_FALSE(listed.view.list_shows(list, listed.a, stored(7, 11)));
  CHECK_FALSE(listed.known("a"));
  CHECK(listed.view.list_shows(list, listed.a, stored(8, 13)));
  CHECK(listed.known("a"));
}

TEST_CASE("an event that is older than a list does not save what the list does not show") {
  Listed listed;
  const auto list = listed.view.begin_list(0, std::nullopt, true);
  listed.view.shows(0, listed.a, stored(7, 11));
  CHECK(listed.known("a"));
  CHECK(listed.end(list, 20).whole);
  CHECK_FALSE(listed.known("a"));
}

// Seed 741948 of the simulation.
TEST_CASE("what an older list of one namespace shows is not saved from a newer one of all") {
  Listed listed;
  const Subject b{"team", "b", "t"};
  listed.view.shows(0, b, stored(6, 11));
  const auto part = listed.view.begin_list(0, "team", false);
  const auto whole = listed.view.begin_list(0, std::nullopt, false);
  CHECK(listed.view.list_shows(part, listed.a, stored(7, 12)));
  CHECK_FALSE(listed.view.list_shows(part, b, stored(6, 11)));
  CHECK(listed.end(whole, 20).whole);
  CHECK_FALSE(listed.known("a"));
  CHECK_FALSE(listed.known("b"));
}

// Seed 515708 of the simulation: nothing would ever have taken it out.
TEST_CASE("what another watch's list shows of long ago does not save what has the name now") {
  Listed listed;
  listed.view.shows(1, {"team", "a", "u"}, stored(8, 13));
  const auto slow = listed.view.begin_list(0, std::nullopt, true);
  const auto list = listed.view.begin_list(1, std::nullopt, true);
  CHECK_FALSE(listed.view.list_shows(slow, listed.a, stored(7, 5)));
  CHECK(listed.end(list, 20).whole);
  CHECK_FALSE(listed.known("a"));
}

TEST_CASE("a list that is older than what is known of a name takes nothing out") {
  Listed listed;
  const auto list = listed.view.begin_list(0, std::nullopt, false);
  listed.view.shows(0, listed.a, stored(8, 13));
  CHECK_FALSE(listed.view.list_shows(list, listed.a, stored(7, 5)));
  CHECK(listed.end(list, 12).whole);
  CHECK(listed.known("a"));
}

}  // namespace hygiene::counting
