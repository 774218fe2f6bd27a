#include "counting/ledger_text.hpp"

#include <array>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

#include "simulation/scenario.hpp"
#include "support.hpp"

namespace hygiene::counting {
namespace {

using test::as_sent;

Reservation entry(std::uint64_t uid, const std::string& type) {
  return {{uid, 41, 0xab7}, "team-a", "sh.helm.release.v1.app.v1", type, 1024};
}

Ledger ledger() {
  Ledger ledger;
  ledger.version = "77";
  ledger.id = "pod-1.1";
  ledger.min_views = {{"type=helm.sh/release.v1", 40}, {"", 12}};
  ledger.entries = {entry(0xfedcba9876543210U, "helm.sh/release.v1"), entry(2, "a type, with spaces"),
                    entry(3, "")};
  return ledger;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

void check_same(const std::vector<Reservation>& read, const std::vector<Reservation>& written) {
  REQUIRE(read.size() == written.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    CHECK(read[i].key == written[i].key);
    CHECK(read[i].namespace_name == written[i].namespace_name);
    CHECK(read[i].name == written[i].name);
    CHECK(read[i].type == written[i].type);
    CHECK(read[i].bytes == written[i].bytes);
  }
}

// Of what JSON escapes, or the API server in JSON, of what parts words and lines, and of what no text may
// hold.
std::string odd_text(test::Random& random) {
  static constexpr std::array<std::string_view, 20> kParts{"a",
                                                           "sh.helm.release.v1.",
                                                           "=",
                                                           "=3c",
                                                           "<",
                                                           ">",
                                                           "&",
                                                           "\"",
                                                           "\\",
                                                           "/",
                                                           " ",
                                                           "\n",
                                                           "\r\t\b\f",
                                                           {"\0", 1},
                                                           "\x1f\x7f",
                                                           "\\u003c",
                                                           "\xE2\x80\xA8",
                                                           "\xE2\x80\xA9",
                                                           "\xF0\x9F\x94\x91",
                                                           "\xff"};
  std::string text;
  for (auto left = random.below(12); left != 0; --left) text += kParts[random.below(kParts.size())];
  return text;
}

TEST_CASE("a ledger reads back as it was written") {
  const auto text = render_ledger(ledger(), "own", "counts");
  const auto read = parse_ledger(text);
  REQUIRE(read.has_value());
  CHECK(read->version == "77");
  CHECK(read->id == "pod-1.1");
  CHECK_FALSE(read->in_quarantine);
  CHECK(read->min_views == ledger().min_views);
  check_same(read->entries, ledger().entries);
  CHECK(ledger_version(text) == "77");
}

TEST_CASE("whatever entries hold, a ledger reads back as it was written, and is no longer where it is sent") {
  test::Random random(7);
  for (int round = 0; round < 200; ++round) {
    auto made = ledger();
    auto bytes = render_ledger(made, "own", "counts").size();
    for (auto left = random.below(20); left != 0; --left) {
      made.entries.push_back(
          {{random.next() >> random.below(64), random.next() >> random.below(64), random.next()},
           odd_text(random),
           odd_text(random),
           odd_text(random),
           random.next() >> random.below(64)});
      bytes += ledger_bytes(made.entries.back().view());
      const auto selector = odd_text(random) + std::to_string(left);
      made.min_views[selector] = random.next() >> random.below(64);
      bytes += ledger_bytes(selector, made.min_views[selector]);
    }
    const auto text = render_ledger(made, "own", "counts");
    CHECK(text.size() == bytes);
    CHECK(as_sent(text) == text);
    const auto read = parse_ledger(text);
    REQUIRE(read.has_value());
    check_same(read->entries, made.entries);
    CHECK(read->min_views == made.min_views);
  }
}

TEST_CASE("a type takes at most twice its length in the ledger") {
  const auto bytes = [](const std::string& type) { return ledger_bytes(entry(1, type).view()); };
  const auto none = bytes("");
  CHECK(bytes("helm.sh/release.v1") - none == 18);
  CHECK(bytes(std::string(512, '<')) - none == 1 + 2 * 512);
}

TEST_CASE("a ledger is read whatever its size") {
  const auto good = render_ledger(ledger(), "own", "counts");
  // Etcd holds objects to 1.5 MiB, and JSON has six bytes for one.
  const auto large = replaced(as_sent(good), R"("data")",
                              R"("x":")" + as_sent(std::string(1536 * 1024, '<')) + R"(","data")");
  const auto read = parse_ledger(large);
  REQUIRE(read.has_value());
  check_same(read->entries, ledger().entries);
}

TEST_CASE("what another wrote of a ledger is read too") {
  auto text = render_ledger(ledger(), "own", "counts");
  // Digits twice, and what only looks like them; then as it is what we would write as digits.
  text = replaced(text, R"(40 type=helm.sh/release.v1\n)", R"(40 =3c\n39 =3C\n7 =3g\n8 =3\n)");
  text = replaced(text, R"(helm.sh/release.v1\n)", R"(a <type> with \"spaces\"\n)");
  const auto read = parse_ledger(text);
  REQUIRE(read.has_value());
  CHECK(read->entries.front().type == "a <type> with \"spaces\"");
  CHECK(read->min_views == Ledger::Views{{"", 12}, {"<", 40}, {"=3g", 7}, {"=3", 8}});
}

TEST_CASE("a ledger is a ConfigMap that names the version it replaces, if there is one") {
  rapidjson::Document document;
  document.Parse(render_ledger(ledger(), "own", "counts").c_str());
  REQUIRE(document.IsObject());
  CHECK(document["kind"] == "ConfigMap");
  CHECK(document["metadata"]["name"] == "counts");
  CHECK(document["metadata"]["namespace"] == "own");
  CHECK(document["metadata"]["resourceVersion"] == "77");
  auto fresh = ledger();
  fresh.version.clear();
  document.Parse(render_ledger(fresh, "own", "counts").c_str());
  CHECK_FALSE(document["metadata"].HasMember("resourceVersion"));
}

TEST_CASE("a ledger that is not ours to the last line is unreadable") {
  const auto good = render_ledger(ledger(), "own", "counts");
  const std::vector<std::pair<const char*, std::string>> cases{
      {"empty", ""},
      {"no JSON", good.substr(0, good.size() - 1)},
      {"an array", "[]"},
      {"a ConfigMap without data", R"({"metadata":{"resourceVersion":"1"}})"},
      {"another format", replaced(good, R"("format":"2")", R"("format":"3")")},
      {"no format", replaced(good, R"("format":"2",)", "")},
      {"no version", replaced(good, R"("resourceVersion":"77")", R"("x":"77")")},
      {"no id", replaced(good, R"("id":"pod-1.1",)", "")},
      {"an odd state", replaced(good, R"("cooling":"false")", R"("cooling":"no")")},
      {"no entries", replaced(good, R"("entries")", R"("entrees")")},
      {"a view without a number", replaced(good, "40 type", "x type")},
      {"a line cut short", replaced(good, " 1024 team-a", "")},
      {"a line without its end", replaced(good, R"(\n"}})", R"("}})")},
      {"a size below nothing", replaced(good, " 1024 ", " -1 ")},
      {"a revision that is none", replaced(good, " 41 ", " 0x41 ")},
      {"a line without a name", replaced(good, " sh.helm.release.v1.app.v1 helm.sh/release.v1", "")},
  };
  for (const auto& [what, text] : cases) {
    INFO(what);
    CHECK(parse_ledger(text).has_error());
  }
  CHECK(ledger_version("[]").empty());
  CHECK(ledger_version("{").empty());
}

}  // namespace
}  // namespace hygiene::counting
