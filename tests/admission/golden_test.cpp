// Each folder of tests/golden is one row of docs/policies.md's "What a request gets": policies.yaml and
// review.json in, expected.txt out. HYGIENE_UPDATE_GOLDEN=1 in the environment writes expected.txt anew; read
// the difference before you commit it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "admission/response.hpp"
#include "admission/review_reader.hpp"
#include "admission/verdict.hpp"
#include "policy/evaluator.hpp"
#include "policy/loader.hpp"
#include "support/json_oracle.hpp"
#include "support/source_dir.hpp"

using namespace hygiene;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(test::source_dir() + "/tests/golden")) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

struct Case {
  std::shared_ptr<const policy::PolicySet> policies;
  std::string review;
};

Case load(const std::string& name) {
  const std::string folder = "tests/golden/" + name + "/";
  const auto loaded =
      policy::load_policies({{"policies.yaml", test::read_source_file(folder + "policies.yaml")}});
  for (const auto& error : loaded.errors) UNSCOPED_INFO(to_string(error));
  REQUIRE(loaded.policies);
  return {loaded.policies, test::read_source_file(folder + "review.json")};
}

admission::Verdict validate(const policy::PolicySet& policies, const admission::Review& review) {
  if (!review.is_secret_write()) return admission::unexpected();
  return admission::conclude(review.request(), policy::find_violations(policies, review.request()));
}

admission::Verdict mutate(const policy::PolicySet& policies, const admission::Review& review) {
  if (!review.is_secret_write()) return admission::unexpected();
  return admission::conclude(review, policy::Evaluation(policies, review.request()).label_plan());
}

std::string line(const char* endpoint, const admission::Review& review, const admission::Verdict& verdict) {
  return std::string(endpoint) + " (" + std::string(to_string(verdict.decision)) +
         "): " + admission::render_response(review.uid, verdict) + "\n";
}

std::string answers(const Case& c, std::string& patch) {
  admission::ReviewReader reader;
  REQUIRE(reader.feed(c.review));
  REQUIRE(reader.finish());
  const admission::Verdict mutation = mutate(*c.policies, reader.partial());
  patch = mutation.patch;
  std::string text = line("mutate", reader.partial(), mutation);
  if (!patch.empty()) text += "patch: " + patch + "\n";
  return text + line("validate", reader.partial(), validate(*c.policies, reader.partial()));
}

}  // namespace

TEST_CASE("every golden case gets the answer that it expects") {
  const bool update = std::getenv("HYGIENE_UPDATE_GOLDEN") != nullptr;
  for (const std::string& name : case_names()) {
    INFO(name);
    std::string patch;
    const std::string actual = answers(load(name), patch);
    if (update) std::ofstream(test::source_dir() + "/tests/golden/" + name + "/expected.txt") << actual;
    CHECK(actual == test::read_source_file("tests/golden/" + name + "/expected.txt"));
  }
}

TEST_CASE("mutation of its own output changes nothing") {
  std::size_t mutated = 0;
  for (const std::string& name : case_names()) {
    INFO(name);
    Case c = load(name);
    std::string patch;
    answers(c, patch);
    if (patch.empty()) continue;
    ++mutated;
    c.review = test::patched(c.review, patch, "/request/object");
    answers(c, patch);
    CHECK(patch.empty());
  }
  CHECK(mutated >= 8);
}
