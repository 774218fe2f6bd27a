#include "yaml/reader.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "yaml/documents_of.hpp"
#include "yaml/scalar.hpp"

using namespace hygiene;
using test::Documents;
using test::read_all;
using test::read_expanded;
using yaml::PlainKind;

TEST_CASE("a YAML document becomes the tokens that kubectl would send as JSON") {
  struct Case {
    const char* yaml;
    const char* json;
  };
  const Case cases[] = {
      {"a: b\nc: d\n", R"({"a":"b","c":"d"})"},
      {"a:\n  b:\n  - c\n  - d: e\n    f: []\n", R"({"a":{"b":["c",{"d":"e","f":[]}]}})"},
      {"{a: b, c: [d, {}]}", R"({"a":"b","c":["d",{}]})"},
      {"a:\nb: ''\n", R"({"a":null,"b":""})"},
      {"a: true\nb: 'true'\nc: \"true\"\n", R"({"a":true,"b":"true","c":"true"})"},
      {"a: 12\nb: '12'\nc: !!str 12\nd: !mine 12\n", R"({"a":n,"b":"12","c":"12","d":"12"})"},
      {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{\"a\":\"x\ny\n\",\"b\":\"x y\"}"},
      {"a: \"\\x41\\u00e9\"\n", "{\"a\":\"A\xC3\xA9\"}"},
      {"yes: 1\nNO: 2\n12: 3\n", R"({"true":n,"false":n,"12":n})"},
      {"# a comment\na: b # another\n", R"({"a":"b"})"},
      {"a: b\r\nc: d\r\n", R"({"a":"b","c":"d"})"},
      {"%YAML 1.1\n", "null"},
      {"# nothing\n", "null"},
      {"a: |\n  x", "{\"a\":\"x\n\"}"},
      {"- a\n- ~\n", R"(["a",null])"},
      {"text", R"("text")"},
      {"a: &anchor b\n", R"({"a":"b"})"},
  };
  for (const auto& [yaml, json] : cases) {
    CAPTURE(yaml);
    CHECK(read_all(yaml) == Documents{json});
  }
}

TEST_CASE("plain scalars are what go-yaml 2 makes of them") {
  struct Case {
    PlainKind kind;
    std::vector<const char*> texts;
  };
  const Case cases[] = {
      {PlainKind::null, {"", "~", "null", "Null", "NULL"}},
      {PlainKind::true_value, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"}},
      {PlainKind::false_value, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"}},
      {PlainKind::number, {"0",     "12",   "-1",    "+1",    "1_000",  "0x1F", "0x_1",
                           "-0x1",  "0777", "08",    "0o17",  "0b11",   "+0b1", "-0b1",
                           ".5",    "-.5",  "1.",    "1e3",   "1.5E-3", "1_.5", "123456789012345678901234",
                           "9e307", ".inf", "-.Inf", "+.INF", ".nan"}},
      {PlainKind::string, {"abc", "tRue", "nUll",  "yES",   "1:30",  "2001-01-01", "1e",   "1e+",      ".1e",
                           "0x",  "0x1G", "0x1p3", "0o8",   "0b2",   "1e400",      ".5_0", "._5",      ".",
                           "+",   "-",    ".Inf1", "+.nan", "1.2.3", "12a",        "_1",   "aGVsbG8=", "é"}},
  };
  for (const auto& [kind, texts] : cases) {
    for (const char* text : texts) {
      CAPTURE(text);
      CHECK(yaml::classify_plain(text) == kind);
    }
  }
}

TEST_CASE("documents part at --- and after ..., and nowhere else") {
  CHECK(read_all("a: b\n---\nc: d\n") == Documents{R"({"a":"b"})", R"({"c":"d"})"});
  CHECK(read_all("---\na: b\n--- # comment\nc: d\n---") == Documents{R"({"a":"b"})", R"({"c":"d"})", "null"});
  CHECK(read_all("--- {a: b}\n---\t{c: d}\n") == Documents{R"({"a":"b"})", R"({"c":"d"})"});
  CHECK(read_all("a: b\n...\nc: d\n") == Documents{R"({"a":"b"})", R"({"c":"d"})"});
  CHECK(read_all("%YAML 1.1\n---\na: b\n") == Documents{"null", R"({"a":"b"})"});
  CHECK(read_all("a: ---\nb: |\n  ---\n  x\n") == Documents{"{\"a\":\"---\",\"b\":\"---\nx\n\"}"});
  CHECK(read_all("a: b\r\n---\r\nc: d\r\n") == Documents{R"({"a":"b"})", R"({"c":"d"})"});
  CHECK(read_all("---a: b\n") == Documents{R"({"---a":"b"})"});
  CHECK(read_all("").empty());
  CHECK(read_all("# comment\n...\na: b") == Documents{"null", R"({"a":"b"})"});
}

TEST_CASE("a document that cannot be read is an error with its place, and the next one is read") {
  struct Case {
    const char* yaml;
    const char* error;
  };
  const Case cases[] = {
      {"a: [b\n", "error 3:1: not YAML (end of sequence flow not found)"},
      {"a: 'b\n", "error 3:1: not YAML (illegal document indicator in scalar)"},
      {"a: b: c\n", "error 1:5: not YAML (illegal map value)"},
      {"a: \"\\y\"\n", "error 1:7: not YAML (unknown escape character)"},
      {"a: *nowhere\n", "error 1:4: not YAML (the referenced anchor is not defined)"},
      {"a: b\nc: d\na: e\n", "error 3:1: the key a is given twice; first on line 1"},
      {"yes: b\ntrue: c\n", "error 2:1: the key true is given twice; first on line 1"},
      {"{a: b}\n{c: d}\n", "error 2:1: text follows the document; separate documents with a line `---`"},
      {"? [a]\n: b\n", "error 1:3: a key is a mapping or a sequence; it must be a string"},
      {"? {a: b}\n: b\n", "error 1:3: a key is a mapping or a sequence; it must be a string"},
      {"~: b\n", "error 1:1: a key is null; it must be a string"},
      {"a: &x b\n*x : c\n", "error 2:1: a key is an alias; aliases are not supported: write the key itself"},
      {"a: \xC3(\n", "error 1:4: not UTF-8"},
      {"\xC3(: a\n", "error 1:1: not UTF-8"},
      {"a: b\nc: \x01\n", "error 2:4: a byte that is not allowed in YAML"},
      {"a: b\n\x04\nc: d\n", "error 2:1: a byte that is not allowed in YAML"},
      {"a: \x7F\n", "error 1:4: a byte that is not allowed in YAML"},
      {"\xFE\xFF", "error 1:1: a byte that is not allowed in YAML"},
      {"a: \xF5\n", "error 1:4: a byte that is not allowed in YAML"},
  };
  for (const auto& [yaml, error] : cases) {
    CAPTURE(yaml);
    CHECK(read_all(std::string(yaml) + "\n---\nnext: one\n") == Documents{error, R"({"next":"one"})"});
  }
  // A zero byte is where a UTF-16 text would give itself away.
  CHECK(read_all(std::string("a\0b\n---\nc: d\n", 13)) ==
        Documents{"error 1:2: a byte that is not allowed in YAML", R"({"c":"d"})"});
}

TEST_CASE("a quoted scalar that the end of the input cuts is an error") {
  for (const char* yaml : {"a: 'b", "a: \"b", "a: 'b\n", "a: \"b\n\n", "'a", "a: [\"b"}) {
    CAPTURE(yaml);
    const Documents documents = read_all(yaml);
    REQUIRE(documents.size() == 1);
    CHECK(documents[0].starts_with("error "));
  }
}

TEST_CASE("lines count from the start of the input, not of the document") {
  CHECK(read_all("a: b\n---\n\nc: d\n---\nx: 1\ny: [\n").back() ==
        "error 8:1: not YAML (end of sequence flow not found)");
  CHECK(read_all("a: b\n---\nc: d\nc: e\n").back() == "error 4:1: the key c is given twice; first on line 3");
}

TEST_CASE("aliases, merge keys and tags are told of and passed over, never expanded") {
  CHECK(read_all("a: &x b\nc: *x\nd: e\n") ==
        Documents{
            R"({"a":"b","c":null,"d":"e"} unread 2:4: aliases are not supported: write the value itself)"});
  CHECK(read_all("a: &x {b: c}\nd:\n  <<: *x\n") ==
        Documents{R"({"a":{"b":"c"},"d":{"<<":null}})"
                  " unread 3:3: merge keys (<<) are not supported: write the fields themselves"
                  " unread 3:7: aliases are not supported: write the value itself"});
  CHECK(read_all("'<<': a\n") == Documents{R"({"<<":"a"})"});
  const std::string tag =
      " unread 1:4: only the tag !!str is supported on a scalar; remove this tag, and quote strings";
  CHECK(read_all("a: !!binary aGk=\n") == Documents{R"({"a":null})" + tag});
  CHECK(read_all("a: !!int 1\n") == Documents{R"({"a":null})" + tag});

  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j > 0 ? ", " : "") + alias;
    bomb += "]\n";
  }
  const Documents documents = read_all(bomb);
  REQUIRE(documents.size() == 1);
  CHECK(documents[0].size() < 40'000);
}

TEST_CASE("depth and key length are bounded, both sides of each bound") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(read_all(nested(5), {.depth_max = 5}) == Documents{nested(5)});
  CHECK(read_all(nested(6), {.depth_max = 5}) == Documents{"error 1:6: nested deeper than 5"});
  CHECK(read_all(nested(100'000)) == Documents{"error 1:65: nested deeper than 64"});
  CHECK(read_all("abc: d", {.key_bytes_max = 3}) == Documents{R"({"abc":"d"})"});
  CHECK(read_all("abcd: e", {.key_bytes_max = 3}) == Documents{"error 1:1: a key is longer than 3 bytes"});
}

TEST_CASE("what the receiver refuses ends the document there") {
  CHECK(read_all("a: b\nstop: c\nd: e\n---\nf: g\n", {}, "stop") ==
        Documents{"error 2:1: refused here", R"({"f":"g"})"});
}

TEST_CASE("a scalar of several chunks arrives whole, and separators that straddle chunks are seen") {
  const std::string big(3 * json::ByteSource::kCapacity, 'x');
  CHECK(read_all("a: " + big + "\n---\nb: c\n") == Documents{R"({"a":")" + big + R"("})", R"({"b":"c"})"});
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::string comment = "#" + std::string(json::ByteSource::kCapacity - 12 + shift, 'x');
    CAPTURE(shift);
    CHECK(read_all(comment + "\na: b\n---\nc: d\n") == Documents{R"({"a":"b"})", R"({"c":"d"})"});
  }
}

TEST_CASE("YAML cut at any byte neither crashes nor hangs, and errors hold no bytes of it") {
  const std::string yaml =
      "# c\napiVersion: v1\nkind: Secret\nmetadata: {name: \"a\\x41\", labels: {b: 'c'}}\ndata:\n  k: |\n    "
      "CANARYVALUE\n"
      "  ? l\n  : >-\n   CANARYVALUE\n---\n- !!str CANARYVALUE\n- &a [*a, ~, 0x1F]\n...\n{a: [b, {c: "
      "\xC3\xA9}]}\n---\na: &b {c: &d CANARYVALUE, e: [*d]}\nf:\n  <<: [*b, {g: *d}]\n  c: h\n  <<: {i: "
      "*b}\n";
  for (const yaml::Aliases aliases : {yaml::Aliases::refused, yaml::Aliases::replaced}) {
    for (std::size_t cut = 0; cut <= yaml.size(); ++cut) {
      CAPTURE(cut);
      for (const std::string& document : read_all(yaml.substr(0, cut), {}, {}, aliases)) {
        if (document.starts_with("error")) CHECK(document.find("CANARY") == std::string::npos);
      }
      std::string broken = yaml;
      if (cut < broken.size()) broken[cut] = static_cast<char>(broken[cut] ^ 0x15);
      for (const std::string& document : read_all(broken, {}, {}, aliases)) {
        if (document.starts_with("error")) CHECK(document.find("CANARYVALUE") == std::string::npos);
      }
    }
  }
}

TEST_CASE("text left over behind a document is an error, wherever the document ends") {
  const char* const left_over[] = {"oops",       "=======",   "more text that fell out",
                                   "oops # why", "{c: d}",    "[c]",
                                   "\"c\"",      "'c'",       "*x",
                                   "&x",         "- c",       "oops\r",
                                   "x\n\n",      "x\n  \n# y"};
  const char* const wholes[] = {"a: b\n",           "a:\n  k: |\n    abc\n", "a:\n  - b\n",    "a: {b: c}\n",
                                "a:\n    b: c\n  ", "a: b\n# comment\n",     "a:\n- b: c\n  ", "a: \"b\"\n",
                                "---\na: b\n"};
  for (const std::string text : left_over) {
    for (const std::string whole : wholes) {
      for (const char* const behind : {"", "\n", "\n...\n", "\n... # end\n", "\n---\nnext: one\n"}) {
        CAPTURE(text, whole, behind);
        const auto documents = read_all(whole + text + behind);
        REQUIRE(!documents.empty());
        CHECK_THAT(documents.front(), Catch::StartsWith("error "));
      }
    }
  }
  CHECK(read_all("a: b\noops\n---\nc: d\n").front() ==
        "error 2:1: not YAML (expected a key and a colon here)");
  // Explicit keys need no colon.
  CHECK(read_all("a: b\n? c\n") == std::vector<std::string>{R"({"a":"b","c":null})"});
  CHECK(read_all("{a, b: c}\n") == std::vector<std::string>{R"({"a":null,"b":"c"})"});
}

TEST_CASE("a document of any few bytes is read, and one as long as the window of its reader") {
  CHECK(read_all("x") == std::vector<std::string>{R"("x")"});
  CHECK(read_all("xy") == std::vector<std::string>{R"("xy")"});
  CHECK(read_all("1\n") == std::vector<std::string>{"n"});
  for (std::size_t bytes = 4080; bytes < 4100; ++bytes) {
    const std::string value(bytes, 'v');
    CAPTURE(bytes);
    CHECK(read_all(value) == std::vector<std::string>{"\"" + value + "\""});
    CHECK(read_all("a: " + value + "\n...\n") == std::vector<std::string>{R"({"a":")" + value + "\"}"});
    CHECK_THAT(read_all("a: b\n" + value + "\n...\n").front(), Catch::StartsWith("error "));
  }
}

TEST_CASE("a byte order mark may stand before any document, and nowhere else") {
  const std::string mark = "\xEF\xBB\xBF";
  const std::vector<std::string> two{R"({"a":"b"})", R"({"c":"d"})"};
  CHECK(read_all("a: b\n---\n" + mark + "c: d\n") == two);
  CHECK(read_all("a: b\n" + mark + "---\nc: d\n") == two);
  CHECK(read_all("a: b\n...\n" + mark + "c: d\n") == two);
  CHECK(read_all(mark + "---\n" + mark + "a: b\n---\nc: d\n") == two);
  CHECK(read_all("a: b\n" + mark + "c: d\n").front() == "{\"a\":\"b\",\"" + mark + "c\":\"d\"}");
}

TEST_CASE("where aliases are replaced, they and merge keys become what kubectl makes of them") {
  struct Case {
    const char* name;
    const char* yaml;
    std::string document;
  };
  const Case cases[] = {
      {"a scalar", "a: &x b\nc: *x\n", R"({"a":"b","c":"b"})"},
      {"a number and a string that looks like one", "a: [&x 1, &y '1', *x, *y]\n", R"({"a":[n,"1",n,"1"]})"},
      {"null", "a: &x\nb: *x\n", R"({"a":null,"b":null})"},
      {"a mapping in a sequence", "a: &x {b: [c]}\nd: [*x, *x]\n",
       R"({"a":{"b":["c"]},"d":[{"b":["c"]},{"b":["c"]}]})"},
      {"anchors within anchors", "a: &x {b: &y c}\nd: *y\ne: *x\n",
       R"({"a":{"b":"c"},"d":"c","e":{"b":"c"}})"},
      {"an anchor that is given anew", "a: &x 1\nb: *x\nc: &x two\nd: *x\n",
       R"({"a":n,"b":n,"c":"two","d":"two"})"},
      {"a key and an alias of it", "&k a: b\nc: *k\n", R"({"a":"b","c":"a"})"},
      {"an alias as a key", "a: &x b\n*x : c\n", R"({"a":"b","b":"c"})"},
      {"a merge key", "a: &x {b: c}\nd:\n  <<: *x\n  e: f\n", R"({"a":{"b":"c"},"d":{"e":"f","b":"c"}})"},
      {"a key behind a merge key wins", "a:\n  <<: {b: c, d: e}\n  b: f\n", R"({"a":{"b":"f","d":"e"}})"},
      {"of a sequence the first wins", "a:\n  <<: [{b: c}, {b: d, e: f}]\n", R"({"a":{"b":"c","e":"f"}})"},
      {"of two merge keys the last wins", "a:\n  <<: {b: c, g: h}\n  <<: {b: d}\n",
       R"({"a":{"b":"d","g":"h"}})"},
      {"a merge key in what is merged", "x: &x {a: b}\nw: &y {<<: *x, c: d}\nz: {<<: *y}\n",
       R"({"x":{"a":"b"},"w":{"c":"d","a":"b"},"z":{"c":"d","a":"b"}})"},
      {"an alias of what holds merge keys", "x: &x {<<: {a: b}, c: [{<<: {e: f}}]}\nw: *x\n",
       R"({"x":{"c":[{"e":"f"}],"a":"b"},"w":{"c":[{"e":"f"}],"a":"b"}})"},
      {"a whole Secret that is merged", "a: &x {data: {k: v}}\nb:\n  <<: *x\n  type: t\n",
       R"({"a":{"data":{"k":"v"}},"b":{"type":"t","data":{"k":"v"}}})"},
      {"an anchor on what is merged", "a:\n  <<: &x {b: c}\nd: *x\n", R"({"a":{"b":"c"},"d":{"b":"c"}})"},
      {"what is merged replaces no part", "a:\n  <<: {d: {x: y}}\n  d: {z: w}\n", R"({"a":{"d":{"z":"w"}}})"},
      {"a quoted << is a key", "a: {'<<': b}\n", R"({"a":{"<<":"b"}})"},
      {"yes is a key of that name", "a:\n  <<: {yes: b}\n  true: c\n", R"({"a":{"true":"c"}})"},
      {"nothing to merge", "a: {<<: {}, <<: []}\n", R"({"a":{}})"},
      {"a key before a merge key", "a:\n  b: c\n  <<: {b: d}\n",
       R"({"a":{"b":"c"}} unread 3:3: this merge key (<<) changes the key b of line 2 in kubectl but not in other )"
       "tools; write << first"},
      {"an alias of what holds such a merge key", "a: &x\n  b: c\n  <<: {b: d}\ne: *x\n",
       R"({"a":{"b":"c"},"e":{"b":"c"}} unread 3:3: this merge key (<<) changes the key b of line 2 in kubectl but not )"
       "in other tools; write << first"},
      {"a scalar that is merged", "a: {<<: b}\n",
       "error 1:5: a merge key (<<) takes a mapping, or a sequence of mappings"},
      {"nothing that is merged", "a:\n  <<:\n",
       "error 2:3: a merge key (<<) takes a mapping, or a sequence of mappings"},
      {"a sequence of others that is merged", "a: {<<: [{b: c}, d]}\n",
       "error 1:5: a merge key (<<) takes a mapping, or a sequence of mappings"},
      {"an alias within its anchor", "a: &x [*x]\n",
       "error 1:8: an alias is inside the value that it refers to"},
      {"an alias of nothing", "a: *x\n", "error 1:4: not YAML (the referenced anchor is not defined)"},
      {"a mapping as a key", "a: &x {b: c}\n*x : d\n",
       "error 2:1: a key is a mapping or a sequence; it must be a string"},
      {"an alias that makes a key come twice", "a: &x b\nb: c\n*x : d\n",
       "error 3:1: the key b is given twice; first on line 2"},
  };
  for (const auto& [name, yaml, document] : cases) {
    CAPTURE(name, yaml);
    CHECK(read_expanded(yaml) == Documents{document});
  }
}

TEST_CASE("what aliases stand for is bounded, and so is its depth") {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string earlier = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + earlier + "," + earlier + "," +
            earlier + "," + earlier + "," + earlier + "]\n";
  }
  CHECK_THAT(read_expanded(bomb).front(), Catch::EndsWith("anchors and aliases expand to more than 16Mi"));
  std::string deep = "a0: &a0 [x]\n";
  for (int i = 1; i < 70; ++i) {
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  CHECK_THAT(read_expanded(deep).front(), Catch::EndsWith("nested deeper than 64"));
  // 5 MiB kept once and handed out once is within the bound, handed out twice more is not.
  const std::string value(5 * 1024 * 1024, 'v');
  CHECK_THAT(read_expanded("a: &x " + value + "\nb: *x\n").front(), Catch::StartsWith("{\"a\":\"vvv"));
  CHECK_THAT(read_expanded("a: &x " + value + "\nb: [*x, *x, *x]\n").front(),
             Catch::EndsWith("more than 16Mi"));
  // A document has a bound of its own.
  CHECK(read_expanded("a: &x b\nc: *x\n---\na: &x b\nc: *x\n").size() == 2);
  CHECK_THAT(read_expanded("a: &x b\n---\nc: *x\n").back(), Catch::StartsWith("error 3:4: not YAML"));
}
