// The policies that are shipped, and the examples in docs/policies.md, are what their users take them for.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "policy/evaluator.hpp"
#include "policy/field_reader.hpp"
#include "policy/loader.hpp"
#include "support.hpp"
#include "support/source_dir.hpp"

namespace fs = std::filesystem;
using namespace hygiene;
using namespace hygiene::policy;

namespace {

const fs::path kRoot = hygiene::test::source_dir();

LoadOutcome load_directory(const fs::path& directory) {
  const auto files = read_policy_files(directory);
  REQUIRE(files.has_value());
  auto outcome = load_policies(files->files);
  for (const auto& error : outcome.errors) UNSCOPED_INFO(to_string(error));
  for (const auto& warning : outcome.warnings) UNSCOPED_INFO(to_string(warning));
  return outcome;
}

std::string read_text(const fs::path& path) {
  std::ifstream stream(path);
  REQUIRE(stream.is_open());
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::set<std::string> labels_of(const PolicySet& set, const secret::Facts& facts) {
  std::set<std::string> labels;
  for (const auto& change : plan_labels(set, facts).changes) labels.insert(change.key + "=" + change.value);
  return labels;
}

}  // namespace

TEST_CASE("Every shipped set of policies loads without an error or a warning") {
  for (const auto* name : {"default", "strict", "examples"}) {
    INFO(name);
    const auto outcome = load_directory(kRoot / "policies" / name);
    REQUIRE(outcome.policies != nullptr);
    CHECK(outcome.warnings.empty());
    for (const auto& policy : outcome.policies->policies) {
      INFO(policy.name);
      CHECK_FALSE(policy.description.empty());
    }
  }
}

TEST_CASE("Each example of a policy loads by itself") {
  for (const auto& entry : fs::directory_iterator(kRoot / "policies" / "examples")) {
    INFO(entry.path().string());
    CHECK(load_directory(entry.path()).policies != nullptr);
  }
}

TEST_CASE("The default policies deny nothing, count nothing and leave kube-system alone") {
  const auto set = load_directory(kRoot / "policies/default").policies;
  REQUIRE(set != nullptr);
  CHECK_FALSE(set->counts());
  auto huge = policy::test::secret_of(1 << 20);
  huge.object_bytes = 3 << 20;
  huge.annotation_bytes = 200'000;
  huge.key_count = 60'000;
  const Request create{Operation::create, nullptr, &huge, nullptr};
  const auto violations = find_violations(*set, create);
  CHECK(violations.size() == 4);
  for (const auto& violation : violations) CHECK(violation.outcome == Outcome::warned);
  CHECK(labels_of(*set, huge) == std::set<std::string>{"secret-hygiene.io/oversized=true"});
  CHECK(labels_of(*set, policy::test::helm_secret(500)) ==
        std::set<std::string>{"secret-hygiene.io/ignore=true"});
  CHECK(labels_of(*set, policy::test::helm_secret(500'000)) ==
        std::set<std::string>{"secret-hygiene.io/ignore=true"});
  CHECK(labels_of(*set, policy::test::secret_of(256 << 10)).empty());
  CHECK(labels_of(*set, policy::test::secret_of((256 << 10) + 1)).size() == 1);
  const auto ordinary = policy::test::secret_of(4096);
  CHECK(find_violations(*set, {Operation::create, nullptr, &ordinary, nullptr}).empty());
  huge.namespace_name = "kube-system";
  CHECK(find_violations(*set, create).empty());
  CHECK(labels_of(*set, huge).empty());
}

TEST_CASE(
    "The strict policies deny what the default ones warn of, and a Helm release only near the API server's "
    "limit") {
  const auto set = load_directory(kRoot / "policies/strict").policies;
  REQUIRE(set != nullptr);
  CHECK_FALSE(set->counts());
  const auto denied = [&set](const secret::Facts& facts) {
    const auto violations = find_violations(*set, {Operation::create, nullptr, &facts, nullptr});
    return !violations.empty() && violations[0].outcome == Outcome::denied;
  };
  CHECK_FALSE(denied(policy::test::secret_of(512 << 10)));
  CHECK(denied(policy::test::secret_of((512 << 10) + 1)));
  CHECK_FALSE(denied(policy::test::helm_secret(896 << 10)));
  CHECK(denied(policy::test::helm_secret((896 << 10) + 1)));
}

TEST_CASE("The strict policies deny no write that cannot be made again") {
  const auto set = load_directory(kRoot / "policies/strict").policies;
  REQUIRE(set != nullptr);
  const auto denied = [&set](Operation operation, const secret::Facts* stored, const secret::Facts& facts) {
    const auto violations = find_violations(*set, {operation, nullptr, &facts, stored});
    return std::ranges::any_of(violations, [](const auto& each) { return each.outcome == Outcome::denied; });
  };
  const auto named = [](const std::string& name, const std::string& type, std::uint64_t bytes) {
    auto facts = policy::test::secret_of(bytes);
    facts.name = name;
    facts.type = type;
    return facts;
  };
  const auto labelled = [](secret::Facts facts, const std::string& value) {
    facts.labels.add("tfstate").value = value;
    return facts;
  };
  constexpr std::uint64_t kLarge = 1'000'000;
  // Its writer creates Terraform's state empty, and fills it once the infrastructure has changed.
  const auto empty = named("tfstate-default-shop", "Opaque", 0);
  const auto filled = named("tfstate-default-shop", "Opaque", kLarge);
  CHECK_FALSE(denied(Operation::create, nullptr, empty));
  CHECK_FALSE(denied(Operation::update, &empty, filled));
  const auto other_name = labelled(named("state", "Opaque", kLarge), "true");
  CHECK_FALSE(denied(Operation::create, nullptr, other_name));
  for (const char* type : {"operatorframework.io/index.v1", "operatorframework.io/chunk.v1"}) {
    INFO(type);
    const auto part = named("web-part", type, kLarge);
    const auto smaller = named("web-part", type, 10);
    CHECK_FALSE(denied(Operation::create, nullptr, part));
    CHECK_FALSE(denied(Operation::update, &smaller, part));
  }
  // What only looks like it is held to the limits.
  for (const auto& facts :
       {named("tfstate", "Opaque", kLarge), named("my-tfstate-default-shop", "Opaque", kLarge),
        labelled(named("state", "Opaque", kLarge), "false"), named("web", "operatorframework.io", kLarge),
        named("web", "not.operatorframework.io/chunk.v1", kLarge)}) {
    INFO(facts.name << " " << facts.type);
    CHECK(denied(Operation::create, nullptr, facts));
  }
}

TEST_CASE("The keep labels for Kong and Elastic go on everything small that is not Helm's") {
  for (const auto& [file, label] : {std::pair{"kong-keep.yaml", "konghq.com/secret=true"},
                                    {"eck-keep.yaml", "eck.k8s.elastic.co/watched=true"}}) {
    INFO(file);
    const auto set = load_directory(kRoot / "policies/examples" / file).policies;
    REQUIRE(set != nullptr);
    const std::set<std::string> keep{label};
    CHECK(labels_of(*set, policy::test::secret_of(100)) == keep);
    auto certificate = policy::test::secret_of(3000);
    certificate.type = "kubernetes.io/tls";
    CHECK(labels_of(*set, certificate) == keep);
    CHECK(labels_of(*set, policy::test::helm_secret(100)).empty());
    CHECK(labels_of(*set, policy::test::secret_of(300'000)).empty());
  }
}

TEST_CASE("Each kustomization lists every policy file beside it") {
  for (const auto* name : {"default", "strict"}) {
    const auto text = read_text(kRoot / "policies" / name / "kustomization.yaml");
    const auto files = read_policy_files(kRoot / "policies" / name);
    REQUIRE(files.has_value());
    for (const auto& file : files->files) {
      INFO(file.name);
      CHECK_THAT(text, Catch::Contains("- " + fs::path(file.name).filename().string() + "\n"));
    }
    CHECK_THAT(text,
               Catch::Contains("secret-hygiene-policies") && Catch::Contains("disableNameSuffixHash: true"));
  }
}

TEST_CASE("Every YAML example in docs/policies.md loads, and the page names every field and limit") {
  const auto page = read_text(kRoot / "docs/policies.md");
  std::size_t blocks = 0;
  for (auto begin = page.find("```yaml\n"); begin != std::string::npos;
       begin = page.find("```yaml\n", begin)) {
    begin += 8;
    const auto end = page.find("```", begin);
    REQUIRE(end != std::string::npos);
    const auto line = std::count(page.begin(), page.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
    INFO("the block at line " << line);
    const auto outcome = load_policies({{"block", page.substr(begin, end - begin)}});
    for (const auto& error : outcome.errors) UNSCOPED_INFO(to_string(error));
    CHECK(outcome.policies != nullptr);
    CHECK(outcome.warnings.empty());
    ++blocks;
    begin = end;
  }
  CHECK(blocks >= 4);
  for (const auto& table : field_tables()) {
    for (const auto name : table.names) {
      INFO(table.path << " " << name);
      CHECK(page.find("`" + std::string(name) + "`") != std::string::npos);
    }
  }
}
