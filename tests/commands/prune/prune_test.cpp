// `prune` against an API server in memory: what it deletes, what it leaves, and what it makes of faults.
#include "commands/prune/prune.hpp"

#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include <catch2/catch.hpp>
#include <rapidjson/pointer.h>

#include "support/fake_server.hpp"
#include "support/fake_stored.hpp"
#include "support/json_oracle.hpp"
#include "support/temporary_folder.hpp"

using namespace hygiene;
using namespace hygiene::commands;
using test::ScriptedAnswer;
using test::ScriptedRequest;

namespace {

namespace fs = std::filesystem;

struct PruneTest : test::StoredCommandTest<test::FakeStored, PruneOptions, run_prune> {
  PruneTest() {
    options.prune.rules.keep = 1;
    options.prune.sizes = true;
    fake.page = 2;
    fake.put("shop", "keys", "Opaque");
    for (unsigned number = 1; number < 5; ++number) fake.put_revision("shop", "web", number, "superseded");
    fake.put_revision("shop", "web", 5, "deployed");
  }
  // Answers the first request of this method for a revision, "web.v5"; later ones pass.
  void once(const std::string& method, const std::string& revision, Answered answered) {
    StoredCommandTest::once(method, "/sh.helm.release.v1." + revision, std::move(answered));
  }
  // Numbers of the revisions of shop/web that are stored.
  std::string left() {
    std::string text;
    for (unsigned number = 1; number < 10; ++number) {
      if (fake.has("shop", "sh.helm.release.v1.web.v" + std::to_string(number)))
        text += std::to_string(number);
    }
    return text;
  }

  test::TemporaryFolder folder;
};

}  // namespace

TEST_CASE("prune plans, measures what would go, and deletes nothing without --apply") {
  PruneTest test;
  CHECK(test.run() == 0);
  CHECK(test.out ==
        "NAMESPACE  RELEASE  STORED  RESULT         BYTES  NOTE\nshop       web           5  3 planned  900 "
        "bytes\n\n5 revisions of 1 release: 3 to delete, 900 bytes. Nothing was deleted: add --apply\n");
  CHECK(test.left() == "12345");
}

TEST_CASE("without --sizes prune reads no value, and says what it does not know") {
  PruneTest test;
  test.options.prune.sizes = false;
  CHECK(test.run() == 0);
  CHECK(test.said("shop       web           5  3 planned      -\n"));
  CHECK(test.said("3 to delete, 3 of unknown size (--sizes reads them). Nothing was deleted"));
  CHECK(test.fake.count("GET", "/secrets/sh.helm") == 0);
  CHECK(test.apply() == 0);
  CHECK(test.said("3 deleted, 3 of unknown size (--sizes reads them)\n"));
  CHECK(test.left() == "45");
}

TEST_CASE(
    "prune --apply deletes what is beyond --keep, says what it freed, and the second time does nothing") {
  PruneTest test;
  CHECK(test.apply() == 0);
  CHECK(test.said("shop       web           5  3 deleted  900 bytes\n"));
  CHECK(test.said("\n5 revisions of 1 release: 3 deleted, 900 bytes freed\n"));
  CHECK(test.left() == "45");
  CHECK(test.fake.has("shop", "keys"));
  CHECK(test.run() == 0);
  CHECK(test.out == "2 revisions of 1 release: 0 deleted, 0 bytes freed\n");
  CHECK(test.fake.count("DELETE") == 3);
}

TEST_CASE("a release with a young revision is left alone") {
  PruneTest test;
  test.fake.put_revision("shop", "web", 6, "pending-upgrade", "2999-01-01T00:00:00Z");
  CHECK(test.apply() == 0);
  CHECK(test.said("left alone: a revision is younger than --min-age"));
  CHECK(test.said("6 revisions of 1 release: 0 deleted, 0 bytes freed; 1 release left alone\n"));
  CHECK(test.left() == "123456");
}

TEST_CASE("a release that is written between plan and delete is left alone") {
  PruneTest test;
  SECTION("by a new revision") {
    test.once("GET", "web.v5", [&]() -> std::optional<ScriptedAnswer> {
      test.fake.put_revision("shop", "web", 6, "pending-upgrade");
      return std::nullopt;
    });
  }
  SECTION("by its newest one") {
    test.once("GET", "web.v5", [&]() -> std::optional<ScriptedAnswer> {
      test.fake.touch("shop", "sh.helm.release.v1.web.v5", "x");
      return std::nullopt;
    });
  }
  SECTION("by an uninstall") {
    test.once("GET", "web.v5", [&]() -> std::optional<ScriptedAnswer> {
      test.fake.erase("shop", "sh.helm.release.v1.web.v5");
      return std::nullopt;
    });
  }
  CHECK(test.apply() == 0);
  CHECK(test.said("left alone: it is being written"));
  CHECK(test.said("0 deleted, 0 bytes freed; 1 release left alone"));
  CHECK(test.fake.count("DELETE") == 0);
}

TEST_CASE("a revision that was written since the plan is not deleted, nor what is left of its release") {
  PruneTest test;
  test.once("DELETE", "web.v2", [&]() -> std::optional<ScriptedAnswer> {
    test.fake.touch("shop", "sh.helm.release.v1.web.v2", "x");
    return std::nullopt;
  });
  CHECK(test.apply() == 0);
  CHECK(test.said("1 deleted, 2 left"));
  CHECK(test.said("left alone: it changed meanwhile"));
  CHECK(test.left() == "2345");
}

TEST_CASE("a revision that another deletes is no failure") {
  PruneTest test;
  test.once("DELETE", "web.v2", [&]() -> std::optional<ScriptedAnswer> {
    test.fake.erase("shop", "sh.helm.release.v1.web.v2");
    return std::nullopt;
  });
  CHECK(test.apply() == 0);
  CHECK(test.said("2 deleted, 600 bytes freed; 1 gone meanwhile\n"));
  CHECK(test.left() == "45");
}

TEST_CASE("a delete that is refused is told, and the others are made") {
  PruneTest test;
  test.once("DELETE", "web.v2", [] { return test::status_answer(403, "Forbidden", "not you"); });
  CHECK(test.apply() == 1);
  CHECK(test.said("not you"));
  CHECK(test.said("2 deleted, 600 bytes freed; 1 failed\n"));
  CHECK(test.left() == "245");
}

TEST_CASE("a delete whose answer is lost is looked up") {
  PruneTest test;
  bool lost = false;
  test.fake.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (lost || request.method != "DELETE") return std::nullopt;
    lost = true;
    test.fake.handle(request);  // done, but nobody hears of it
    return test::hang_up();
  });
  CHECK(test.apply() == 0);
  CHECK(test.said("3 deleted, 900 bytes freed\n"));
  CHECK(test.left() == "45");
}

TEST_CASE("an API server that stays away ends the prune with a true report") {
  PruneTest test;
  bool away = false;
  test.fake.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    away = away || (request.method == "DELETE" && request.target.ends_with("web.v2"));
    return away ? std::optional(test::hang_up()) : std::nullopt;
  });
  CHECK(test.apply() == 2);
  CHECK(test.said("1 deleted, 300 bytes freed; 1 failed; 1 left for the next run\n"));
  CHECK(test.said("it is unknown whether it was deleted: "));
  CHECK_FALSE(test.err.empty());
  CHECK(test.left() == "2345");
}

TEST_CASE("Ctrl-C leaves a true report of what was deleted, and the next run deletes the rest") {
  PruneTest test;
  test.once("DELETE", "web.v1", []() -> std::optional<ScriptedAnswer> {
    std::raise(SIGINT);
    return std::nullopt;
  });
  CHECK(test.apply() == 130);
  CHECK(test.said("1 deleted, 300 bytes freed; 2 left for the next run; interrupted\n"));
  CHECK(test.left() == "2345");
  CHECK(test.apply() == 0);
  CHECK(test.left() == "45");
}

TEST_CASE("Ctrl-C while an API server puts a delete off for a minute leaves it for the next run") {
  PruneTest test;
  test.once("DELETE", "web.v2", []() -> std::optional<ScriptedAnswer> {
    std::raise(SIGINT);
    return test::status_answer(429, "TooManyRequests", "later", "Retry-After: 60\r\n");
  });
  CHECK(test.apply() == 130);
  CHECK(test.said("1 deleted, 300 bytes freed; 2 left for the next run; interrupted\n"));
  CHECK(test.err.empty());
  CHECK(test.left() == "2345");
}

TEST_CASE("Ctrl-C while an API server does not answer a read ends prune, and is no error") {
  PruneTest test;
  const std::string of = GENERATE("the list", "the newest", "what a lost delete did");
  bool asked = false;  // for what is not answered
  bool signalled = false;
  test.fake.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.method == "DELETE") {
      asked = true;
      return test::hang_up();
    }
    if (of == "the list") asked = true;
    if (of == "the newest") asked = asked || request.target.ends_with("/sh.helm.release.v1.web.v5");
    if (!asked || std::exchange(signalled, true)) return std::nullopt;
    std::raise(SIGINT);
    return test::no_answer();
  });
  CHECK(test.apply() == 130);
  CHECK(test.err.empty());
  if (of == "what a lost delete did") {
    CHECK(test.said("it is unknown whether it was deleted: "));
    CHECK(test.said("0 deleted, 0 bytes freed; 1 failed; 2 left for the next run; interrupted\n"));
  } else if (of == "the newest") {
    CHECK(test.said("0 deleted, 0 bytes freed; 3 left for the next run; interrupted\n"));
  }
  CHECK(test.left() == "12345");
}

TEST_CASE("what goes is written to --backup first, all of it before the first delete") {
  PruneTest test;
  test.options.prune.backup = (test.folder.path() / "backup").string();
  test.once("DELETE", "web.v1", [&]() -> std::optional<ScriptedAnswer> {
    for (const char* name : {"v1", "v2", "v3"})
      CHECK(fs::exists(test.folder.path() / "backup/shop" /
                       (std::string("sh.helm.release.v1.web.") + name + ".json")));
    return std::nullopt;
  });
  CHECK(test.apply() == 0);
  CHECK(test.left() == "45");
  std::ostringstream text;
  text << std::ifstream(test.folder.path() / "backup/shop/sh.helm.release.v1.web.v2.json").rdbuf();
  const auto file = test::parse_dom(text.str());
  CHECK(test::text_at(file, "/metadata/labels/status") == "superseded");
  CHECK(test::text_at(file, "/metadata/uid").empty());
  CHECK(test::text_at(file, "/data/key").size() == 400);
}

TEST_CASE("a backup that fails is the end before any delete") {
  PruneTest test;
  test.options.prune.backup = (test.folder.path() / "backup").string();
  SECTION("there is no directory") {
    test.options.prune.backup += "/deep";
  }
  SECTION("the second file cannot be written") {
    test.once("GET", "web.v2", [&]() -> std::optional<ScriptedAnswer> {
      fs::create_directories(test.folder.path() / "backup/shop/.sh.helm.release.v1.web.v2.unfinished");
      return std::nullopt;
    });
  }
  CHECK(test.apply() == 2);
  CHECK(test.err.find("backup") != std::string::npos);
  CHECK(test.left() == "12345");
  CHECK(test.fake.count("DELETE") == 0);
}

TEST_CASE("a revision that is written between plan and backup leaves its release alone") {
  PruneTest test;
  test.options.prune.backup = (test.folder.path() / "backup").string();
  test.once("GET", "web.v2", [&]() -> std::optional<ScriptedAnswer> {
    test.fake.touch("shop", "sh.helm.release.v1.web.v2", "x");
    return std::nullopt;
  });
  CHECK(test.apply() == 0);
  CHECK(test.said("left alone: it changed meanwhile"));
  CHECK(test.fake.count("DELETE") == 0);
}

TEST_CASE("flags --release and -l choose whole releases, never some revisions of one") {
  PruneTest test;
  for (unsigned number = 1; number < 4; ++number) test.fake.put_revision("shop", "api", number, "superseded");
  SECTION("by name") {
    test.options.prune.releases = {"api"};
  }
  SECTION("by the label of one revision") {
    test.fake.touch("shop", "sh.helm.release.v1.api.v1", "mine");
    test.options.stored.label_selector = "mine=true";
  }
  CHECK(test.apply() == 0);
  CHECK(test.said("3 revisions of 1 release: 2 deleted"));
  CHECK(test.left() == "12345");
  CHECK(test.fake.has("shop", "sh.helm.release.v1.api.v3"));
  CHECK_FALSE(test.fake.has("shop", "sh.helm.release.v1.api.v2"));
}

TEST_CASE("flag --exclude-release leaves a release alone, also one that --release names") {
  PruneTest test;
  for (unsigned number = 1; number < 4; ++number) test.fake.put_revision("shop", "api", number, "superseded");
  const std::string before = test.left();
  test.options.prune.excluded = {"web"};
  SECTION("of all") {}
  SECTION("of those that are named") {
    test.options.prune.releases = {"api", "web"};
  }
  CHECK(test.apply() == 0);
  CHECK(test.said("3 revisions of 1 release: 2 deleted"));
  CHECK(test.left() == before);
  CHECK_FALSE(test.fake.has("shop", "sh.helm.release.v1.api.v2"));
}

TEST_CASE("a release that is named and that nobody has ends prune before it plans anything") {
  PruneTest test;
  std::string said;
  SECTION("--release") {
    test.options.prune.releases = {"web", "wep"};
    said = "--release wep: no namespace has a release of this name\n";
  }
  SECTION("--exclude-release") {
    test.options.prune.excluded = {"wep"};
    said = "--exclude-release wep: no namespace has a release of this name\n";
  }
  SECTION("-l") {
    test.options.stored.label_selector = "mine=true";
    said = "-l mine=true: no namespace has a release with these labels\n";
  }
  CHECK(test.apply() == 2);
  CHECK(test.err == said);
  CHECK(test.left() == "12345");
}

TEST_CASE("what Helm did not write is told and left alone") {
  PruneTest test;
  test.fake.put("shop", "sh.helm.release.v1.web.v0", "helm.sh/release.v1",
                {{"name", "other"}, {"owner", "helm"}, {"status", "superseded"}, {"version", "0"}});
  CHECK(test.apply() == 0);
  CHECK(test.said(
      "not Helm's, left alone: shop/sh.helm.release.v1.web.v0: its label name does not agree with its "
      "name\n"));
  CHECK(test.fake.has("shop", "sh.helm.release.v1.web.v0"));
}

TEST_CASE("prune says what is missing to list all namespaces") {
  PruneTest test;
  test.fake.intercept([](const ScriptedRequest&) { return test::status_answer(403, "Forbidden", "no"); });
  CHECK(test.apply() == 2);
  CHECK(test.out.empty());
  CHECK(test.err.find("-n NAME") != std::string::npos);
}

TEST_CASE("prune's JSON gives every revision and the sums") {
  PruneTest test;
  test.options.stored.output = Output::json;
  CHECK(test.apply() == 0);
  const auto report = test::parse_dom(test.out);
  CHECK(test::text_at(report, "/kind") == "PruneReport");
  CHECK(test::text_at(report, "/releases/0/release") == "web");
  CHECK(test::text_at(report, "/releases/0/revisions/2/secret") == "sh.helm.release.v1.web.v3");
  CHECK(test::text_at(report, "/releases/0/revisions/2/result") == "deleted");
  CHECK(rapidjson::Pointer("/summary/deleted").Get(report)->GetUint() == 3);
  CHECK(rapidjson::Pointer("/summary/bytesFreed").Get(report)->GetUint() == 900);
}

TEST_CASE("prune -o name names what goes, -o wide its revisions, and -o yaml is the JSON document") {
  PruneTest test;
  test.options.stored.output = Output::name;
  CHECK(test.run() == 0);
  std::string names;
  for (int i = 1; i <= 3; ++i) names += "secret/sh.helm.release.v1.web.v" + std::to_string(i) + "\n";
  CHECK(test.out == names);
  test.options.stored.output = Output::wide;
  CHECK(test.run() == 0);
  CHECK(test.said("RESULT         BYTES  REVISIONS  NOTE\n"));
  CHECK(test.said("3 planned  900 bytes  1-3\n"));
  test.options.stored.no_headers = true;
  CHECK(test.run() == 0);
  CHECK(test.out == "shop       web           5  3 planned  900 bytes  1-3\n");
  test.options.stored.output = Output::yaml;
  CHECK(test.run() == 0);
  CHECK(test.said("kind: PruneReport\nreleases:\n  - namespace: shop\n    release: web\n    stored: 5\n"));
  CHECK(test.left() == "12345");
  test.options.stored.output = Output::name;
  CHECK(test.apply() == 0);
  CHECK(test.out == names);
  CHECK(test.left() == "45");
}

TEST_CASE("prune --chunk-size is the size of a page") {
  PruneTest test;
  test.options.stored.chunk_size = 7;
  CHECK(test.run() == 0);
  CHECK(test.fake.count("GET", "limit=7") > 0);
  CHECK(test.fake.count("GET", "limit=500") == 0);
}
