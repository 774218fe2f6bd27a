// YAML as manifests of Kubernetes are written in it: a row for each rule that readers are known to get wrong
// (the categories are those of the YAML test suite), with the JSON that YAML says it stands for. What is no
// JSON (keys that are no strings, sets, binary) and where this reader differs on purpose has tables of its
// own.
#include "yaml/documents_of.hpp"

namespace hygiene::test {

namespace {

struct Case {
  const char* rule;
  std::string yaml;
  Documents documents;
};

void check_rows(const std::vector<Case>& rows) {
  for (const auto& [rule, yaml, documents] : rows) {
    CAPTURE(rule, yaml);
    Documents read = read_expanded(yaml);
    for (std::string& each : read) {
      if (each.starts_with("error ")) each = "error";
    }
    CHECK(read == documents);
  }
}

}  // namespace

TEST_CASE("block scalars") {
  check_rows({
      {"literal keeps lines", "a: |\n x\n  y\n\n z\n", {"{\"a\":\"x\n y\n\nz\n\"}"}},
      {"literal strips", "a: |-\n x\n\n", {R"({"a":"x"})"}},
      {"literal keeps what follows", "a: |+\n x\n\n\nb: c\n", {"{\"a\":\"x\n\n\n\",\"b\":\"c\"}"}},
      {"kept blank lines at the end", "a: |+\n x\n\n", {"{\"a\":\"x\n\n\"}"}},
      {"blank lines alone", "a: |\n\n\nb: c\n", {R"({"a":"","b":"c"})"}},
      {"blank lines alone, kept", "a: |+\n\nb: c\n", {"{\"a\":\"\n\",\"b\":\"c\"}"}},
      {"nothing", "a: |\nb: >\n", {R"({"a":"","b":""})"}},
      {"an indentation that is given", "a: |2\n   x\n  y\n", {"{\"a\":\" x\ny\n\"}"}},
      {"both indicators, in any order", "a: |1-\n  x\nb: |-1\n  x\n", {R"({"a":" x","b":" x"})"}},
      {"blank lines first", "a: |\n\n x\n", {"{\"a\":\"\nx\n\"}"}},
      {"a comment behind the indicator", "a: | # why\n x # not one\n", {"{\"a\":\"x # not one\n\"}"}},
      {"a comment after it, further out", "a: |\n x\n# c\nb: c\n", {"{\"a\":\"x\n\",\"b\":\"c\"}"}},
      {"tabs are text", "a: |\n x\ty\n \tz\n", {"{\"a\":\"x\ty\n\tz\n\"}"}},
      {"what looks like YAML", "a: |\n b: [c\n - 'd\n --- e\n", {"{\"a\":\"b: [c\n- 'd\n--- e\n\"}"}},
      {"what looks like the end", "a: |\n  ...\n  ---\n", {"{\"a\":\"...\n---\n\"}"}},
      {"folded joins lines", "a: >\n x\n y\n\n z\n", {"{\"a\":\"x y\nz\n\"}"}},
      {"folded keeps lines further in", "a: >\n x\n  y\n  z\n w\n", {"{\"a\":\"x\n y\n z\nw\n\"}"}},
      {"folded, blank lines around those further in",
       "a: >\n x\n\n  y\n\n z\n",
       {"{\"a\":\"x\n\n y\n\nz\n\"}"}},
      {"folded strips", "a: >-\n x\n y\n", {R"({"a":"x y"})"}},
      {"in a sequence", "- |\n x\n- >\n y\n", {"[\"x\n\",\"y\n\"]"}},
      {"as deep as its key's sequence", "a:\n- |\n x\nb: c\n", {"{\"a\":[\"x\n\"],\"b\":\"c\"}"}},
      {"at the root", "|\n x\n", {"\"x\n\""}},
      {"at the root behind ---", "--- |\n x\n y\n", {"\"x\ny\n\""}},
      {"CR LF", "a: |\r\n x\r\n y\r\n", {"{\"a\":\"x\ny\n\"}"}},
      {"no newline at the end of a stripped one", "a: |-\n  x", {R"({"a":"x"})"}},
  });
}

TEST_CASE("quoted scalars") {
  check_rows({
      {"a quote within single quotes", "a: 'it''s'\n", {R"({"a":"it's"})"}},
      {"no escapes in single quotes", "a: '\\n'\n", {R"({"a":"\n"})"}},
      {"lines fold in single quotes", "a: 'x\n  y\n\n  z'\n", {"{\"a\":\"x y\nz\"}"}},
      {"lines fold in double quotes", "a: \"x  \n  y\n\n\n  z\"\n", {"{\"a\":\"x y\n\nz\"}"}},
      {"an escaped line end", "a: \"x\\\n  y\\\n  \\ z\"\n", {R"({"a":"xy z"})"}},
      {"escapes of one character",
       R"(a: "\0\a\b\t\n\v\f\r\e\"\/\\")",
       {std::string("{\"a\":\"\0\a\b\t\n\v\f\r\x1b\"/\\\"}", 20)}},
      {"escapes of Unicode",
       R"(a: "\L\P\x41\u263A\U0001F600")",
       {"{\"a\":\"\xE2\x80\xA8\xE2\x80\xA9"
        "A\xE2\x98\xBA\xF0\x9F\x98\x80\"}"}},
      {"an escaped tab and a blank", "a: \"x\\\ty\\ z\"\n", {"{\"a\":\"x\ty z\"}"}},
      {"quotes as keys", "'a b': \"c\"\n\"d\\x65\": 'f'\n", {R"({"a b":"c","de":"f"})"}},
      {"a colon and a comment in quotes", "\"a: b # c\": 'd: e # f'\n", {R"({"a: b # c":"d: e # f"})"}},
      {"empty", "a: ''\nb: \"\"\n", {R"({"a":"","b":""})"}},
      {"quoted is a string, whatever it says",
       "[\"1\", 'true', 'null', '~', \"\"]",
       {R"(["1","true","null","~",""])"}},
      {"a quote is closed once", "a: 'b' c\n", {"error"}},
      {"an unknown escape", "a: \"\\q\"\n", {"error"}},
      {"an escape that is cut", "a: \"\\x4\"\n", {"error"}},
      {"a single quote that is not closed", "a: 'b\nc: d\n", {"error"}},
      {"dashes end a quote", "a: \"b\n---\nc\"\n", {"error", R"("c"")"}},
  });
}

TEST_CASE("plain scalars") {
  check_rows({
      {"several lines", "a: b\n  c\n\n  d\n", {"{\"a\":\"b c\nd\"}"}},
      {"several lines of a sequence", "- a\n  b\n- c\n", {R"(["a b","c"])"}},
      {"a colon within", "a: b:c\nd: http://e:80/f\n", {R"({"a":"b:c","d":"http://e:80/f"})"}},
      {"a colon at the end of a word", "a: b: c\n", {"error"}},
      {"a number sign within", "a: b#c\nd: e #f\n", {R"({"a":"b#c","d":"e"})"}},
      {"indicators that a character follows", "a: -b\nc: ?d\ne: :f\n", {R"({"a":"-b","c":"?d","e":":f"})"}},
      {"indicators within",
       "a: b - c ? d & e * f ! g % h @ i ` j\n",
       {R"({"a":"b - c ? d & e * f ! g % h @ i ` j"})"}},
      {"flow indicators within, outside of flow", "a: b, [c] {d}\n", {R"({"a":"b, [c] {d}"})"}},
      {"a plain key of several words", "a b c: d\n", {R"({"a b c":"d"})"}},
      {"dashes", "a: --- b\n- c: d\n", {"error"}},
      {"reserved indicators", "a: @b\n", {"error"}},
      {"reserved indicators, the other", "a: `b\n", {"error"}},
      {"a percent sign first", "a: %b\n", {"error"}},
      {"a comment ends it", "a: b\n  # c\n  d\n", {"error"}},
      {"equals is a string", "a: =\n", {R"({"a":"="})"}},
  });
}

TEST_CASE("flow collections") {
  check_rows({
      {"over lines, with comments", "a: [b, # one\n  c,\n  d\n  ]\n", {R"({"a":["b","c","d"]})"}},
      {"a comma at the end", "a: [b, ]\nc: {d: e, }\n", {R"({"a":["b"],"c":{"d":"e"}})"}},
      {"empty", "a: []\nb: {}\nc: [ ]\nd: { }\n", {R"({"a":[],"b":{},"c":[],"d":{}})"}},
      {"nested", "[[a, [b]], {c: [d, {e: f}]}]", {R"([["a",["b"]],{"c":["d",{"e":"f"}]}])"}},
      {"a single pair in a sequence", "[a: b, c]", {R"([{"a":"b"},"c"])"}},
      {"a quoted key needs no blank behind its colon", "{\"a\":b, 'c':1}", {R"({"a":"b","c":n})"}},
      {"JSON", "{\"a\":[1,true,null,\"x\"],\"b\":{\"c\":-1.5}}", {R"({"a":[n,true,null,"x"],"b":{"c":n}})"}},
      {"a plain key without a value", "{a, b: , c: d}", {R"({"a":null,"b":null,"c":"d"})"}},
      {"a URL in a sequence", "[http://a/b, c]", {R"(["http://a/b","c"])"}},
      {"an explicit key", "{? a : b}", {R"({"a":"b"})"}},
      {"several lines of a plain scalar", "[a\n b, c]", {R"(["a b","c"])"}},
      {"further out than its key", "a: {\n  b: c\n  }\nd: e\n", {R"({"a":{"b":"c"},"d":"e"})"}},
      {"quotes side by side", "['a', \"b\"]", {R"(["a","b"])"}},
      {"not closed", "[a, b", {"error"}},
      {"closed by the other bracket", "[a, b}", {"error"}},
      {"closed twice", "[a]]", {"error"}},
      {"no comma between", "{a: b c: d}", {"error"}},
      {"text behind it", "a: [b] c\n", {"error"}},
  });
}

TEST_CASE("block collections") {
  check_rows({
      {"a sequence as deep as its key", "a:\n- b\n- c\nd: e\n", {R"({"a":["b","c"],"d":"e"})"}},
      {"a sequence further in", "a:\n  - b\n", {R"({"a":["b"]})"}},
      {"sequences in a line", "- - a\n  - b\n- - - c\n", {R"([["a","b"],[["c"]]])"}},
      {"mappings in a sequence", "- a: b\n  c: d\n-\n  e: f\n", {R"([{"a":"b","c":"d"},{"e":"f"}])"}},
      {"a sequence in a mapping in a sequence", "- a:\n  - b\n  c: d\n", {R"([{"a":["b"],"c":"d"}])"}},
      {"empty values", "a:\nb:\n- \n-\nc: \n", {R"({"a":null,"b":[null,null],"c":null})"}},
      {"an explicit key and value", "? a\n: b\n? c\n", {R"({"a":"b","c":null})"}},
      {"a block scalar as a key", "? |-\n  a\n: b\n", {R"({"a":"b"})"}},
      {"any deeper indentation",
       "a:\n      b: c\n      d:\n       e: f\n",
       {R"({"a":{"b":"c","d":{"e":"f"}}})"}},
      {"blank lines and comments between", "a: b\n\n  # c\n\n# d\ne: f\n", {R"({"a":"b","e":"f"})"}},
      {"blanks at the end of lines", "a:   b  \nc:  \n  d: e\n", {R"({"a":"b","c":{"d":"e"}})"}},
      {"a tab behind the colon", "a:\tb\nc: \td\n", {R"({"a":"b","c":"d"})"}},
      {"a tab at the end of a line", "a: b\t\nc: d\n", {R"({"a":"b","c":"d"})"}},
      {"a tab before a comment", "a: b\t# c\n", {R"({"a":"b"})"}},
      {"a tab as indentation", "a:\n\tb: c\n", {"error"}},
      {"a tab in indentation", "a:\n  b:\n  \tc: d\n", {"error"}},
      {"a key further out than the first", "a:\n    b: c\n  d: e\n", {"error"}},
      {"a key further in than the first", "a: b\n  c: d\n", {"error"}},
      {"a sequence behind a colon", "a: - b\n", {"error"}},
      {"a mapping and then a sequence", "a: b\n- c\n", {"error"}},
      {"a sequence and then a mapping", "- a\nb: c\n", {"error"}},
      {"a key without a colon", "a: b\nc\nd: e\n", {"error"}},
      {"a dash without a blank", "-a\n-b\n", {R"("-a -b")"}},
      {"a key given twice", "a: b\na: c\n", {"error"}},
      {"a key given twice, quoted once", "a: b\n'a': c\n", {"error"}},
  });
}

TEST_CASE("anchors, aliases and tags") {
  check_rows({
      {"an anchor on its own line", "a: &x\n  b: c\nd: *x\n", {R"({"a":{"b":"c"},"d":{"b":"c"}})"}},
      {"an anchor before a tag, and behind",
       "a: &x !!str 1\nb: !!str &y 2\nc: [*x, *y]\n",
       {R"({"a":"1","b":"2","c":["1","2"]})"}},
      {"names of anchors", "a: &a-b_1.c d\ne: *a-b_1.c\n", {R"({"a":"d","e":"d"})"}},
      {"an anchor of a sequence in flow", "[&x [a], *x]", {R"([["a"],["a"]])"}},
      {"an alias as a value in flow", "{a: &x b, c: *x}", {R"({"a":"b","c":"b"})"}},
      {"an anchor on a key", "&x a: b\n", {R"({"a":"b"})"}},
      {"an alias of nothing", "a: *x\n", {"error"}},
      {"an alias from another document", "a: &x b\n---\nc: *x\n", {R"({"a":"b"})", "error"}},
      {"an anchor without a name", "a: & b\n", {"error"}},
      {"an alias with an anchor", "a: &x b\nc: &y *x\n", {"error"}},
      {"a string by tag", "a: !!str 12\nb: !!str true\nc: ! 12\n", {R"({"a":"12","b":"true","c":"12"})"}},
      {"a string by a tag in full", "a: !<tag:yaml.org,2002:str> 12\n", {R"({"a":"12"})"}},
      {"tags of collections", "a: !!map {b: c}\nd: !!seq [e]\n", {R"({"a":{"b":"c"},"d":["e"]})"}},
      {"a tag of one's own", "a: !mine b\nc: !mine {d: e}\n", {R"({"a":"b","c":{"d":"e"}})"}},
      {"two tags", "a: !!str !!int 1\n", {"error"}},
  });
}

TEST_CASE("documents and directives") {
  check_rows({
      {"no document", "", {}},
      {"a comment", "# a\n", {"null"}},
      {"an empty one between", "---\n---\na: b\n", {"null", R"({"a":"b"})"}},
      {"on the line of the dashes", "--- a\n--- [b]\n", {R"("a")", R"(["b"])"}},
      {"an end, and nothing behind", "a: b\n...\n", {R"({"a":"b"})"}},
      {"an end, and another", "a: b\n...\n---\nc: d\n...\n", {R"({"a":"b"})", R"({"c":"d"})"}},
      {"an end with a comment", "a: b\n... # c\n", {R"({"a":"b"})"}},
      {"dashes within a word", "---a: b\n", {R"({"---a":"b"})"}},
      {"dashes further in", "a:\n  ---\n", {R"({"a":"---"})"}},
      {"dots further in", "a:\n  ...\n", {R"({"a":"..."})"}},
      {"a scalar that dashes end", "a: b\n---\nc\n", {R"({"a":"b"})", R"("c")"}},
      {"flow that dashes end", "[a,\n---\nb]\n", {"error", R"("b]")"}},
  });
}

TEST_CASE("what YAML can say and JSON cannot is refused, or told of") {
  const std::string unread =
      " unread 1:4: only the tag !!str is supported on a scalar; remove this tag, and quote strings";
  check_rows({
      {"a sequence as a key", "? - a\n: b\n", {"error"}},
      {"a mapping as a key", "{a: b}: c\n", {"error"}},
      {"a key that is null", "~: b\n", {"error"}},
      {"a key that is not there", ": b\n", {"error"}},
      {"a pair without a key in a sequence", "[: b]\n", {"error"}},
      {"a set is a mapping to nulls", "a: !!set {b, c}\n", {R"({"a":{"b":null,"c":null}})"}},
      {"binary", "a: !!binary aGk=\n", {R"({"a":null})" + unread}},
      {"a number by tag", "a: !!float 1\n", {R"({"a":null})" + unread}},
      {"a time is a string, as kubectl sends it", "a: 2001-01-01\n", {R"({"a":"2001-01-01"})"}},
      {"numbers of YAML 1.1, as kubectl reads them",
       "a: [012, 0b1, 1_000, .inf, 0o7]\n",
       {R"({"a":[n,n,n,n,n]})"}},
      {"sexagesimal numbers are strings, as kubectl reads them", "a: 1:30\n", {R"({"a":"1:30"})"}},
  });
}

// None of these lets a Secret pass unread.
TEST_CASE("where yaml-cpp differs from YAML, it does so in these rows") {
  check_rows({
      {"takes a missing value in a flow sequence for null; kubectl refuses it",
       "[a, , b]",
       {R"(["a",null,"b"])"}},
      {"the same at its beginning", "[, a]", {R"([null,"a"])"}},
      {"takes a dash in flow for a word; kubectl refuses it", "[-]", {R"(["-"])"}},
      {"wants no blank before a comment behind a quote or a bracket; kubectl wants none either",
       "a: 'b'#c\nd: [e]#f\n",
       {R"({"a":"b","d":["e"]})"}},
      {"loses one newline of a folded scalar that keeps them: one byte in its size",
       "a: >+\n x\n\n\nb: c\n",
       {"{\"a\":\"x\n\n\",\"b\":\"c\"}"}},
      {"makes Latin-1 of two escapes, which is refused: write the character", "a: \"\\N\"\n", {"error"}},
      {"the other one", "a: \"\\_\"\n", {"error"}},
      {"wants a scalar at the root to be indented: it would be no object", "--- |\nx\n", {"error"}},
      {"knows no surrogate pairs, and neither does kubectl", "a: \"\\ud83d\\ude00\"\n", {"error"}},
  });
}

}  // namespace hygiene::test
