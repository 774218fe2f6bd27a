#include "commands/check/check_sarif.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

#include "commands/check/check_run.hpp"

using namespace hygiene;
using commands_test::CheckRun;
using commands_test::kPolicies;
using commands_test::Ran;

namespace {

std::string manifest(const std::string& name, const std::string& data) {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: shop}\nstringData: {" +
         data + "}\n---\n";
}

// `places`: the members of its location.
std::string result(const std::string& rule, const std::string& level, const std::string& text,
                   const std::string& places) {
  std::string json =
      R"x({"ruleId":")x" + rule + R"x(","level":")x" + level + R"x(","message":{"text":")x" + text + "\"}";
  if (!places.empty()) json += R"x(,"locations":[{)x" + places + "}]";
  return json + "}";
}

std::string physical(const std::string& uri, const std::string& region) {
  return R"x("physicalLocation":{"artifactLocation":{"uri":")x" + uri + R"x("},"region":{)x" + region + "}}";
}

std::string logical(const std::string& name) {
  return R"x("logicalLocations":[{"fullyQualifiedName":")x" + name + R"x(","kind":"resource"}])x";
}

}  // namespace

TEST_CASE("the SARIF log has a result for each limit that is broken and for each error, with its place") {
  CheckRun check(kPolicies);
  check.options().output = commands::Output::sarif;
  const std::string path =
      check.file("sub dir/\xC3\xA4%.yaml", manifest("fine", "a: b") + manifest("large", "a: elevenbytes") +
                                               manifest("many", "a: b, c: d, e: f") + "a: [\n");
  const Ran ran = check.run({path, "-"}, manifest("large", "a: elevenbytes") + "a: [\n");
  CHECK(ran.exit == 2);
  const std::string uri = "file://DIR/sub%20dir/%C3%A4%25.yaml";
  const std::string too_large =
      R"x(policy \"size\": 11 bytes of data exceeds bytesPerSecret 10 bytes: Secret shop/large (largest keys: a 11 bytes). Keep it short.)x";
  const std::string watched =
      R"x(policy \"watch\": 11 bytes of data in one key exceeds bytesPerKey 5 bytes: Secret shop/large (largest keys: a 11 bytes))x";
  const std::string many =
      R"x(policy \"tidy\": 3 keys exceed keysPerSecret 2: Secret shop/many (largest keys: a 1 byte, c 1 byte, e 1 byte))x";
  const std::string not_yaml = "not YAML (end of sequence flow not found)";
  const std::string at_large = physical(uri, R"x("startLine":6)x") + "," + logical("shop/large");
  CHECK(ran.out.substr(ran.out.find("\"results\"")) ==
        "\"results\":[\n" + result("bytesPerSecret", "error", too_large, at_large) + "\n," +
            result("bytesPerKey", "note", watched, at_large) + "\n," +
            result("keysPerSecret", "warning", many,
                   physical(uri, R"x("startLine":11)x") + "," + logical("shop/many")) +
            "\n," +
            result("cannotJudge", "error", not_yaml, physical(uri, R"x("startLine":17,"startColumn":1)x")) +
            "\n," + result("bytesPerSecret", "error", too_large, logical("shop/large")) + "\n," +
            result("bytesPerKey", "note", watched, logical("shop/large")) + "\n," +
            result("cannotJudge", "error", not_yaml, "") + "\n" +
            R"x(],"invocations":[{"executionSuccessful":false}]}]})x" + "\n");
}

TEST_CASE("a SARIF log without results is whole, and names each limit of one Secret as a rule") {
  CheckRun check(kPolicies);
  check.options().output = commands::Output::sarif;
  const Ran ran = check.run({"-"}, manifest("fine", "a: b"));
  CHECK(ran.exit == 0);
  CHECK(ran.err == "1 Secret: 1 allowed\n");
  rapidjson::Document log;
  log.Parse(ran.out.c_str());
  REQUIRE_FALSE(log.HasParseError());
  CHECK(std::string(log["version"].GetString()) == "2.1.0");
  const auto& run = log["runs"][0];
  CHECK(run["results"].Empty());
  CHECK(run["invocations"][0]["executionSuccessful"].GetBool());
  std::string rules;
  for (const auto& rule : run["tool"]["driver"]["rules"].GetArray())
    rules += rule["id"].GetString() + std::string(" ");
  CHECK(rules == "bytesPerSecret bytesPerObject annotationBytes bytesPerKey keysPerSecret cannotJudge ");
}
