// What the flags of `serve` say of limits across Secrets, and which policies may be served with them.
#include "commands/serve/serve_counting.hpp"

#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "counting/ledger_text.hpp"
#include "housekeeping/doctor/required_rights.hpp"
#include "policy/loader.hpp"
#include "support/temporary_folder.hpp"

using namespace hygiene;
using commands::ServeCounting;
using commands::ServeOptions;

namespace {

struct Fixture {
  Fixture() {
    options.access.kubeconfig =
        folder.write("config",
                     "current-context: t\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\n"
                     "contexts: [{name: t, context: {cluster: c, namespace: own}}]\n");
  }
  Result<std::unique_ptr<ServeCounting>> make() {
    return ServeCounting::make(options, metrics, log, [](bool, const std::string&) {});
  }
  std::string refused() {
    const auto made = make();
    return made ? "made" : made.error().message();
  }
  std::shared_ptr<const policy::PolicySet> load(const std::string& spec) {
    auto policies = policy::load_policies({{"p.yaml",
                                            "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\n"
                                            "metadata: {name: p}\nspec: " +
                                                spec}})
                        .policies;
    REQUIRE(policies);
    return policies;
  }
  std::string accept(const std::string& spec) {
    const auto policies = load(spec);
    const auto engine = make();
    REQUIRE(engine);
    const auto accepted = (*engine)->accept(*policies);
    return accepted ? "accepted" : accepted.error().message();
  }

  test::TemporaryFolder folder;
  std::ostringstream log_text;
  telemetry::Metrics metrics;
  telemetry::Log log{telemetry::Level::info, telemetry::LogFormat::json, log_text};
  ServeOptions options;
};

constexpr const char* kCounts = "{mode: Warn, limits: {secretsPerNamespace: 5}}";
constexpr const char* kOneSecret = "{mode: Enforce, limits: {keysPerSecret: 5}}";

}  // namespace

TEST_CASE("a --ledger that names no ConfigMap is refused") {
  for (const std::string ledger : {"name", "/name", "own/", "/", "a/b/c"}) {
    Fixture f;
    f.options.ledger = ledger;
    CHECK(f.refused() == "--ledger: write NAMESPACE/NAME of a ConfigMap, not \"" + ledger + '"');
  }
  for (const char* ledger : {"own/counts", ""}) {
    Fixture f;
    f.options.ledger = ledger;
    f.options.counting = GENERATE(commands::Counting::local, commands::Counting::strict);
    f.options.when_counts_unknown = GENERATE(commands::WhenUnknown::allow, commands::WhenUnknown::deny);
    CHECK(f.refused() == "made");
  }
}

TEST_CASE("strict counting demands to be told what follows where counts are unknown") {
  Fixture f;
  CHECK(f.refused() == "made");
  f.options.counting = commands::Counting::strict;
  CHECK(f.refused().starts_with(
      "--counting=strict needs --when-counts-unknown: deny keeps every limit, and stops writes"));
  f.options.when_counts_unknown = GENERATE(commands::WhenUnknown::allow, commands::WhenUnknown::deny);
  CHECK(f.refused() == "made");
}

TEST_CASE("what is not known denies only with --when-counts-unknown=deny") {
  Fixture f;
  CHECK_FALSE((*f.make())->deny_unknown());
  f.options.when_counts_unknown = commands::WhenUnknown::deny;
  CHECK((*f.make())->deny_unknown());
}

TEST_CASE("a policy that counts needs to know who sends reviews, by one of two ways") {
  Fixture f;
  const auto refused = f.accept(kCounts);
  CHECK(refused.starts_with(R"(policy "p" sets a limit across Secrets, which any pod could fill with forged )"
                            "reviews: give --client-ca or --endpoint-token"));
  f.options.client_ca = "ca.crt";
  CHECK(f.accept(kCounts) == "accepted");
  f.options.client_ca.clear();
  f.options.endpoint_token = "token";
  CHECK(f.accept(kCounts) == "accepted");
}

TEST_CASE("a policy that counts needs an API server to ask; any other needs neither") {
  Fixture f;
  f.options.endpoint_token = "token";
  f.options.access.context = "nowhere";
  CHECK(f.accept(kCounts).starts_with(
      R"(policy "p" sets a limit across Secrets, for which the API server must be asked: )"));
  CHECK(f.accept(kOneSecret) == "accepted");
  f.options.endpoint_token.clear();
  CHECK(f.accept(kOneSecret) == "accepted");
}

TEST_CASE("a policy that selects by the labels of namespaces needs an API server to ask, and no more") {
  const char* selects =
      "{match: {namespaceSelector: {matchLabels: {a: b}}}, mode: Warn, limits: {keysPerSecret: 5}}";
  Fixture f;
  CHECK(f.accept(selects) == "accepted");
  f.options.access.context = "nowhere";
  CHECK(
      f.accept(selects).starts_with(R"(policy "p" selects by the labels of namespaces (namespaceSelector), )"
                                    "for which the API server must be asked: "));
  CHECK(f.accept("{match: {namespaceSelector: {}}, mode: Warn, limits: {keysPerSecret: 5}}") == "accepted");
}

TEST_CASE("a policy that counts the namespace of --ledger is warned of") {
  struct Case {
    const char* ledger;
    const char* spec;
    bool warns;
  };
  const auto each = GENERATE(
      Case{"shared/ledger", kCounts, true}, Case{"", kCounts, false},
      Case{"shared/ledger", kOneSecret, false},
      Case{"shared/ledger",
           "{mode: Warn, match: {namespaces: [own, \"sh*\"]}, limits: {secretsPerNamespace: 5}}", true},
      Case{"shared/ledger", "{mode: Warn, match: {namespaces: [own]}, limits: {secretsPerNamespace: 5}}",
           false},
      Case{"shared/ledger", "{mode: Warn, exclude: {namespaces: [shared]}, limits: {secretsPerNamespace: 5}}",
           false});
  Fixture f;
  f.options.ledger = each.ledger;
  f.options.when_counts_unknown = commands::WhenUnknown::deny;
  f.options.counting = GENERATE(commands::Counting::local, commands::Counting::strict);
  const bool warns = each.warns && f.options.counting == commands::Counting::strict;
  INFO(each.ledger << each.spec);
  {
    const auto counting = f.make();
    REQUIRE(counting);
    (*counting)->select(f.load(each.spec));
    (*counting)->stop();
  }
  CHECK((f.log_text.str().find(R"("policy":"p","namespace":"shared")") != std::string::npos) == warns);
}

TEST_CASE("what was made starts and stops, also without a start") {
  Fixture f;
  const auto engine = f.make();
  REQUIRE(engine);
  (*engine)->start();
  (*engine)->stop();
  CHECK_FALSE((*engine)->engine().active());
  CHECK((*f.make()) != nullptr);
}

TEST_CASE("the rights that strict counting needs name every ledger that it writes") {
  std::set<std::string> granted, written;
  for (const auto& right :
       housekeeping::required_rights({"serve", "--counting=strict"}, {.counts = true}, "own")) {
    if (right.namespace_name == "own-ledger" && right.resource == "configmaps" && right.verb == "update")
      granted.insert(right.name);
  }
  for (std::size_t shard = 0; shard <= counting::kNamespaceLedgers; ++shard)
    written.insert(counting::ledger_name("secret-hygiene-ledger", shard));
  CHECK(granted == written);
}
