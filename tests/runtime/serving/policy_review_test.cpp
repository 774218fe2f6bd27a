#include "runtime/serving/policy_review.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

#include "base/base64.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

using namespace hygiene;

namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  bool allowed = false;
  std::string message;
  std::vector<std::string> warnings;
};

Answer judge(const Members& data, const Members& binary_data = {}) {
  json::Writer review;
  const auto write = [&review](const Members& members) {
    for (const auto& [name, text] : members) review.field(name, text);
  };
  review.object([&] {
    review.object("request", [&] {
      review.field("uid", "u1");
      review.field("operation", "UPDATE");
      review.object("kind", [&] { review.field("kind", "ConfigMap"); });
      review.object("object", [&] {
        review.object("data", [&] { write(data); });
        review.object("binaryData", [&] { write(binary_data); });
      });
    });
  });
  runtime::PolicyReview policy_review;
  policy_review.feed(review.take());
  const auto response = policy_review.finish([](const policy::PolicySet&) { return Result<void>(); }, {});
  REQUIRE(response);
  rapidjson::Document parsed;
  REQUIRE_FALSE(parsed.Parse(response->data(), response->size()).HasParseError());
  Answer answer;
  answer.allowed = parsed["response"]["allowed"].GetBool();
  answer.message = json::text_at(parsed, {"response", "status", "message"});
  for (const auto& each : json::elements_at(parsed, {"response", "warnings"}))
    answer.warnings.emplace_back(each.GetString());
  return answer;
}

std::string policy_text(const std::string& name, const std::string& spec = "labels: {team: blue}") {
  return "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: " + name +
         "}\nspec: {" + spec + "}\n";
}

}  // namespace

TEST_CASE("keys of a ConfigMap that are not read are named in warnings, others are not") {
  const std::string why = ": skipped: only *.yaml and *.yml are read, in lower case";
  const Members read{{"a.yaml", policy_text("a")}, {"b.yml", policy_text("b")}};
  auto all = read;
  for (const auto* name : {"B.YAML", "kustomization.yaml", "limits", "p.json", ".hidden"})
    all.emplace_back(name, policy_text("c"));
  CHECK(judge(read).warnings.empty());
  const Answer answer = judge(all, {{"logo.png", "AAEC"}});
  CHECK(answer.allowed);
  CHECK(answer.warnings ==
        std::vector<std::string>{"B.YAML" + why, "limits" + why, "p.json" + why, "logo.png" + why});
}

TEST_CASE("a set that is refused names what was passed over too") {
  const Answer answer = judge({{"limits", policy_text("a")}});
  CHECK_FALSE(answer.allowed);
  CHECK_THAT(answer.message, Catch::Contains("no policy: give at least one document"));
  REQUIRE(answer.warnings.size() == 1);
  CHECK_THAT(answer.warnings.front(), Catch::StartsWith("limits: skipped"));
}

TEST_CASE("policies in binaryData are judged: they are mounted as files like those in data") {
  const auto in_base64 = [](const std::string& text) { return base::encode_base64(text); };
  CHECK(judge({}, {{"a.yaml", in_base64(policy_text("a"))}}).allowed);
  const Answer bad =
      judge({{"a.yaml", policy_text("a")}}, {{"b.yaml", in_base64(policy_text("b", "labels: {}"))}});
  CHECK_FALSE(bad.allowed);
  CHECK_THAT(bad.message, Catch::Contains("b.yaml:4:16: spec.labels"));
  const Answer broken = judge({{"a.yaml", policy_text("a")}}, {{"b.yaml", "!"}});
  CHECK(broken.allowed);
  CHECK(broken.warnings == std::vector<std::string>{"b.yaml: skipped: its binaryData is not base64"});
}

TEST_CASE("of many keys that are passed over twenty are named") {
  Members data{{"a.yaml", policy_text("a")}};
  for (int number = 0; number < 300; ++number) data.emplace_back("key" + std::to_string(number), "x");
  const Answer answer = judge(data);
  CHECK(answer.allowed);
  REQUIRE(answer.warnings.size() == 21);
  CHECK(answer.warnings.back() == "280 more files are skipped");
}
