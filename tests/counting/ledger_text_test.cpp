#include "counting/ledger_text.hpp"

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

namespace hygiene::counting {
namespace {

Entry entry(std::uint64_t uid, const std::string& type) {
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

TEST_CASE("a ledger reads back as it was written") {
  const auto text = render_ledger(ledger(), "own", "counts");
  const auto read = parse_ledger(text);
  REQUIRE(read.has_value());
  CHECK(read->version == "77");
  CHECK(read->id == "pod-1.1");
  CHECK_FALSE(read->cooling);
  CHECK(read->min_views == ledger().min_views);
  REQUIRE(read->entries.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto expected = ledger().entries[i];
    CHECK(read->entries[i].key == expected.key);
    CHECK(read->entries[i].namespace_name == expected.namespace_name);
    CHECK(read->entries[i].name == expected.name);
    CHECK(read->entries[i].type == expected.type);
    CHECK(read->entries[i].bytes == expected.bytes);
  }
  CHECK(ledger_version(text) == "77");
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

TEST_CASE("the length of an entry's line is what it adds to the entries") {
  auto with = ledger();
  rapidjson::Document before, after;
  before.Parse(render_ledger(with, "own", "counts").c_str());
  with.entries.push_back(entry(9, "Opaque"));
  after.Parse(render_ledger(with, "own", "counts").c_str());
  CHECK(after["data"]["entries"].GetStringLength() - before["data"]["entries"].GetStringLength() ==
        ledger_bytes(entry(9, "Opaque").view()));
}

TEST_CASE("a ledger that is not ours to the last line is unreadable") {
  const auto good = render_ledger(ledger(), "own", "counts");
  const std::vector<std::pair<const char*, std::string>> cases{
      {"empty", ""},
      {"no JSON", good.substr(0, good.size() - 1)},
      {"an array", "[]"},
      {"a ConfigMap without data", R"({"metadata":{"resourceVersion":"1"}})"},
      {"another format", replaced(good, R"("format":"1")", R"("format":"2")")},
      {"no format", replaced(good, R"("format":"1",)", "")},
      {"no version", replaced(good, R"("resourceVersion":"77")", R"("x":"77")")},
      {"no id", replaced(good, R"("id":"pod-1.1",)", "")},
      {"an odd state", replaced(good, R"("cooling":"false")", R"("cooling":"no")")},
      {"no entries", replaced(good, R"("entries")", R"("entrees")")},
      {"a view without a number", replaced(good, "40 type", "x type")},
      {"a line cut short", replaced(good, " 1024 team-a", "")},
      {"a line without its end", replaced(good, R"(\n"}})", R"("}})")},
      {"a size below nothing", replaced(good, " 1024 ", " -1 ")},
      {"a revision that is none", replaced(good, " 41 ", " 0x41 ")},
      {"larger than a ConfigMap",
       replaced(good, R"("data")", R"("x":")" + std::string(2 * kLedgerBytesMax, 'x') + R"(","data")")},
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
