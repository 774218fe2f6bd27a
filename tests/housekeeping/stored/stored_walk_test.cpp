// The walk over what is stored, against an API server in memory.
#include "housekeeping/stored/stored_walk.hpp"

#include <csignal>
#include <utility>

#include <catch2/catch.hpp>

#include "support/fake_secrets.hpp"
#include "support/fake_server.hpp"

using namespace hygiene;
using housekeeping::Reading;
using housekeeping::StoredSecret;

namespace {

struct Gathering final : housekeeping::PageSink {
  void remaining(std::uint64_t count) override { text += '>' + std::to_string(count); }
  Result<void> page(std::vector<StoredSecret> secrets) override {
    text += '|';
    if (at_page) at_page();
    for (const StoredSecret& stored : secrets) {
      const secret::Facts& facts = stored.facts;
      text += facts.namespace_name + '/' + facts.name + ' ' + facts.type + ' ' + facts.created.substr(0, 10) +
              ' ' + std::to_string(facts.data_bytes) + (stored.measured ? " measured;" : ";");
      CHECK(facts.object_bytes >= facts.data_bytes + facts.name.size());
    }
    return outcome;
  }
  Result<void> outcome;
  std::function<void()> at_page;
  std::string text;
};

struct Walk : test::FakeServer<test::FakeSecrets> {
  Walk() {
    fake.page = 2;
    fake.put("a", "one", "Opaque", "7", 30);
    fake.put("b", "two", "Opaque", "", 60);
    fake.put("c", "three", "helm.sh/release.v1", "12x", 90);
  }
  Result<housekeeping::WalkEnd> operator()(Reading reading) {
    cluster::ClientConfigOptions access;
    access.kubeconfig = kubeconfig.path();
    auto api = cluster::BlockingApi::open(access);
    REQUIRE(api);
    housekeeping::WalkOptions options;
    options.namespace_name = namespace_name;
    options.field_selector = field_selector;
    options.reading = reading;
    options.interrupt = &interrupt;
    return housekeeping::walk_stored(**api, options, gathering);
  }

  const housekeeping::Interrupt interrupt;
  std::string namespace_name;
  std::string field_selector;
  Gathering gathering;
};

}  // namespace

TEST_CASE("whole Secrets are measured, whatever their annotation says") {
  Walk walk;
  REQUIRE(walk(Reading::whole).has_value());
  CHECK(walk.gathering.text ==
        "|a/one Opaque 2026-11-24 30 measured;b/two Opaque 2026-11-24 60 measured;"
        "|c/three helm.sh/release.v1 2026-11-24 90 measured;");
}

TEST_CASE("of metadata the size is what the annotation says, where it is a number") {
  Walk walk;
  REQUIRE(walk(Reading::metadata).has_value());
  CHECK(walk.gathering.text ==
        "|a/one Opaque 2026-11-24 7;b/two Opaque 2026-11-24 0;|c/three helm.sh/release.v1 2026-11-24 0;");
}

TEST_CASE("a walk keeps to a namespace and a selector") {
  Walk walk;
  walk.namespace_name = "b";
  REQUIRE(walk(Reading::metadata).has_value());
  CHECK(walk.gathering.text == "|b/two Opaque 2026-11-24 0;");
  walk.gathering.text.clear();
  walk.namespace_name.clear();
  walk.field_selector = "type=helm.sh/release.v1";
  REQUIRE(walk(Reading::metadata).has_value());
  CHECK(walk.gathering.text == "|c/three helm.sh/release.v1 2026-11-24 0;");
}

TEST_CASE("a sink that refuses a page ends the walk") {
  Walk walk;
  walk.gathering.outcome = Error(Errc::io, "no more");
  const auto outcome = walk(Reading::whole);
  REQUIRE(outcome.has_error());
  CHECK(outcome.error().message() == "no more");
  CHECK(walk.fake.count("GET", "/secrets") == 1);
}

TEST_CASE("a signal ends a walk after the page at hand, whose Secrets were handed out") {
  Walk walk;
  walk.gathering.at_page = [] { std::raise(SIGINT); };
  const auto end = walk(Reading::whole);
  REQUIRE(end.has_value());
  CHECK(end->interrupted);
  CHECK(end->secrets == 2);
  CHECK(walk.fake.count("GET", "/secrets") == 1);
  CHECK(walk.gathering.text == "|a/one Opaque 2026-11-24 30 measured;b/two Opaque 2026-11-24 60 measured;");
}

TEST_CASE("a walk says how many Secrets it handed out, and passes on how many are left") {
  Walk walk;
  walk.fake.intercept([](const test::ScriptedRequest&) -> std::optional<test::ScriptedAnswer> {
    return test::answer(200, R"({"metadata":{"resourceVersion":"7","remainingItemCount":41},"items":[]})");
  });
  REQUIRE(walk(Reading::whole).has_value());
  CHECK(walk.gathering.text == ">41|");
  walk.fake.intercept(nullptr);
  const auto end = walk(Reading::whole);
  REQUIRE(end.has_value());
  CHECK_FALSE(end->interrupted);
  CHECK(end->secrets == 3);
}

TEST_CASE("a page that breaks off is read again, and nothing is handed out twice") {
  Walk walk;
  int broken = 0;
  walk.fake.intercept([&](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (request.target.find("continue=") == std::string::npos || broken++ > 0) return std::nullopt;
    test::ScriptedAnswer cut =
        test::answer(200, R"({"metadata":{"resourceVersion":"7"},"items":[{"metadata":)"
                          R"({"name":"x","namespace":"b"},"type":"Opaque"},{"meta)");
    cut.bytes.replace(cut.bytes.find("Content-Length: "), 18, "Content-Length: 99");
    cut.close = true;
    return cut;
  });
  const auto end = walk(Reading::whole);
  REQUIRE(end.has_value());
  CHECK(broken == 2);
  CHECK(end->secrets == 3);
  CHECK(walk.gathering.text ==
        "|a/one Opaque 2026-11-24 30 measured;b/two Opaque 2026-11-24 60 measured;"
        "|c/three helm.sh/release.v1 2026-11-24 90 measured;");
}

TEST_CASE("a list that expires is gone on with, and says that it shows two versions") {
  Walk walk;
  bool expired = false;
  walk.fake.intercept([&](const test::ScriptedRequest& request) -> std::optional<test::ScriptedAnswer> {
    if (request.target.find("continue=") == std::string::npos || std::exchange(expired, true))
      return std::nullopt;
    return test::answer(
        410, R"({"kind":"Status","reason":"Expired","code":410,"metadata":{"continue":"c.three"}})");
  });
  const auto end = walk(Reading::whole);
  REQUIRE(end.has_value());
  CHECK_FALSE(end->consistent);
  CHECK(end->secrets == 3);
}
