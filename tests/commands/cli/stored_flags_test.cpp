// Which Secrets the commands on what is stored are about, and what they say when refused.
#include "commands/cli/stored_flags.hpp"

#include <chrono>
#include <csignal>
#include <sstream>

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

#include "cluster/blocking_api.hpp"
#include "support/kubeconfig_of.hpp"

using namespace hygiene;
using namespace hygiene::commands;

TEST_CASE("all namespaces are by -A, one is by -n, and neither is the context's") {
  test::ScriptedServer server([](const test::ScriptedRequest&) { return test::answer(200, "{}"); });
  const test::KubeconfigOf kubeconfig(server);
  cluster::ClientConfigOptions access;
  access.kubeconfig = kubeconfig.path();
  const auto api = cluster::BlockingApi::open(access);
  REQUIRE(api);
  StoredOptions options;
  CHECK(namespace_to_walk(options, (*api)->client()) == "default");
  options.namespace_name = "shop";
  CHECK(namespace_to_walk(options, (*api)->client()) == "shop");
  options.all_namespaces = true;
  CHECK(namespace_to_walk(options, (*api)->client()).empty());
}

TEST_CASE("flag -A beside -n is refused: one of them was not meant") {
  const auto parse = [](const std::string& words) {
    CLI::App app;
    StoredOptions options;
    add_namespace_flags(app, options);
    app.parse(words);
  };
  CHECK_NOTHROW(parse("-A"));
  CHECK_NOTHROW(parse("-n shop"));
  CHECK_THROWS_WITH(parse("-A -n shop"), Catch::Contains("--namespace excludes --all-namespaces"));
}

TEST_CASE("flag --policies-from beside -p is refused, and either names the policies") {
  for (const char* words : {"-p a", "--policies-from=a/b", ""}) {
    CLI::App app;
    StoredOptions options;
    add_policies_flags(app, options, "");
    app.parse(words);
    CHECK(options.names_policies() == (*words != '\0'));
  }
  CLI::App app;
  StoredOptions options;
  add_policies_flags(app, options, "");
  CHECK_THROWS_WITH(app.parse("-p a --policies-from=a/b"),
                    Catch::Contains("--policies excludes --policies-from"));
}

TEST_CASE("a page of a list holds 1 to 10,000 Secrets") {
  CLI::App app;
  StoredOptions options;
  add_chunk_size_flag(app, options);
  app.parse("--chunk-size=10000");
  CHECK(options.chunk_size == 10'000);
  for (const char* bad : {"--chunk-size=0", "--chunk-size=10001", "--chunk-size=many"})
    CHECK_THROWS_AS(app.parse(bad), CLI::ValidationError);
}

TEST_CASE("who may not list all namespaces is told of -n") {
  const Error denied(Errc::denied, "permission is missing");
  StoredOptions options;
  CHECK(explain(denied, options) == "permission is missing");
  options.all_namespaces = true;
  CHECK(explain(denied, options) ==
        "permission is missing; to read one namespace, use -n NAME: a Role there is enough");
  CHECK(explain({Errc::io, "no answer"}, options) == "no answer");
}

TEST_CASE("the exit status is the signal's, as a shell would give it") {
  const housekeeping::Interrupt interrupt;
  CHECK(exit_status(interrupt) == 0);
  std::raise(SIGINT);
  CHECK(exit_status(interrupt) == 130);
}

TEST_CASE("a wait of a second or more is said, once in half a minute, and not after a signal") {
  const housekeeping::Interrupt interrupt;
  const StoredOptions stored;
  std::ostringstream err;
  const auto retrying = api_options(interrupt, stored, err).retrying;
  retrying({"502", "the API server answered 502", std::chrono::milliseconds(999)});
  CHECK(err.str().empty());
  retrying({"502", "the API server answered 502", std::chrono::milliseconds(1500)});
  retrying({"502", "the API server answered 502", std::chrono::milliseconds(3000)});
  CHECK(err.str() == "the API server answered 502; trying again in 2 s\n");
  err.str("");
  std::raise(SIGTERM);
  api_options(interrupt, stored, err).retrying({"lost", "no answer", std::chrono::seconds(2)});
  CHECK(err.str().empty());
}
