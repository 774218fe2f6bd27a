#include "commands/check/check_junit.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "commands/check/check_run.hpp"

using namespace hygiene;
using commands_test::CheckRun;
using commands_test::kPolicies;
using commands_test::Ran;

namespace {

constexpr const char* kInput =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: fine}\nstringData: {a: b}\n---\n"
    "apiVersion: v1\nkind: Secret\nmetadata: {name: \"<large>\\e&\\\"\\uFFFF\"}\nstringData: {a: "
    "elevenbytes}\n---\n"
    "apiVersion: v1\nkind: Secret\nmetadata: {generateName: many-}\nstringData: {a: b, c: d, e: f}\n---\n"
    "apiVersion: v1\nkind: Secret\nstringData: {a: b}\nsops: {}\n---\n"
    "a: [\n";

}  // namespace

TEST_CASE("the JUnit report has a case for each Secret and each error, and is well-formed") {
  CheckRun check(kPolicies);
  check.options().output = commands::Output::junit;
  const Ran ran = check.run({check.file("a&b.yaml", kInput)});
  CHECK(ran.exit == 2);
  CHECK(
      ran.out ==
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites tests=\"5\" failures=\"1\" errors=\"1\">"
      "<testsuite name=\"secret-hygiene check\" tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"1\">\n"
      "<testcase classname=\"DIR/a&amp;b.yaml\" name=\"default/fine (line 1)\"></testcase>\n"
      "<testcase classname=\"DIR/a&amp;b.yaml\" "
      "name=\"default/&lt;large&gt;\xEF\xBF\xBD&amp;&quot;\xEF\xBF\xBD (line "
      "6)\"><failure message=\"policy &quot;size&quot;: 11 bytes of data exceeds bytesPerSecret 10 bytes: "
      "Secret "
      "default/&lt;large&gt;?&amp;&quot;\xEF\xBF\xBD (largest keys: a 11 bytes). Keep it short. policy "
      "&quot;watch&quot;: 11 bytes of data in one key exceeds bytesPerKey 5 bytes: Secret "
      "default/&lt;large&gt;?&amp;&quot;\xEF\xBF\xBD (largest keys: a 11 bytes)\" "
      "type=\"denied\"/></testcase>\n"
      "<testcase classname=\"DIR/a&amp;b.yaml\" name=\"default/many-* (line 11)\"><system-out>policy "
      "&quot;tidy&quot;: "
      "3 keys exceed keysPerSecret 2: Secret default/many-\xE2\x80\xA6 (largest keys: a 1 byte, c 1 byte, e "
      "1 "
      "byte)</system-out></testcase>\n"
      "<testcase classname=\"DIR/a&amp;b.yaml\" name=\"a Secret (line 16)\"><skipped message=\"encrypted by "
      "SOPS\"/></testcase>\n"
      "<testcase classname=\"DIR/a&amp;b.yaml\" name=\"can be judged (line 22)\"><error message=\"not YAML "
      "(end of "
      "sequence flow not found)\" type=\"cannot judge\"/></testcase>\n"
      "</testsuite></testsuites>\n");
  CHECK(ran.err.ends_with(
      "\n3 Secrets: 1 allowed, 1 warned, 1 denied; 1 Secret encrypted by SOPS skipped; 1 error\n"));
}

TEST_CASE("the JUnit report leaves out cases beyond its bound, and still counts them") {
  CheckRun check(kPolicies);
  check.options().output = commands::Output::junit;
  std::string list;
  for (std::size_t i = 0; i < commands::TextTable::kRowsMax + 2; ++i)
    list += R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"s"}})";
  const std::string out = check.run({"-"}, list).out;
  CHECK(out.find("<testsuites tests=\"20002\" failures=\"0\" errors=\"0\">") != std::string::npos);
  CHECK(out.ends_with("\n<system-out>2 more, which -o json lists</system-out></testsuite></testsuites>\n"));
}
