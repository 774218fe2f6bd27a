#include "runtime/status/probes.hpp"

#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>

using hygiene::runtime::Probes;

TEST_CASE("readiness is that of every check, in the order in which they were named") {
  Probes probes({"policies", "certificate", "shutdown"});
  CHECK(!probes.readiness().ready);
  CHECK(probes.readiness().text ==
        "[-]policies failed: not yet\n[-]certificate failed: not yet\n[-]shutdown failed: not yet\n"
        "readyz check failed\n");
  probes.set("certificate", true, "");
  probes.set("policies", true, "");
  CHECK(!probes.readiness().ready);
  probes.set("shutdown", true, "");
  CHECK(probes.readiness().ready);
  CHECK(probes.readiness().text ==
        "[+]policies ok\n[+]certificate ok\n[+]shutdown ok\nreadyz check passed\n");
  probes.set("shutdown", false, "draining");
  CHECK(!probes.readiness().ready);
  CHECK(probes.readiness().text ==
        "[+]policies ok\n[+]certificate ok\n[-]shutdown failed: draining\nreadyz check failed\n");
}

TEST_CASE("a check may hold and have something to say") {
  Probes probes({"counting"});
  probes.set("counting", true, "the ledger could not be read");
  CHECK(probes.readiness().ready);
  CHECK(probes.readiness().text == "[+]counting ok, but the ledger could not be read\nreadyz check passed\n");
}

TEST_CASE("a check that was not named up front cannot be set") {
  Probes probes({"policies"});
  CHECK_THROWS_AS(probes.set("polices", true, ""), std::invalid_argument);
}

TEST_CASE("checks are set and read on several threads") {
  Probes probes({"policies"});
  std::thread setter([&] {
    for (int i = 0; i < 1000; ++i)
      probes.set("policies", i % 2 == 1, "a reason that needs an allocation of its own");
  });
  for (int i = 0; i < 1000; ++i) {
    const auto readiness = probes.readiness();
    REQUIRE(readiness.ready == readiness.text.ends_with("passed\n"));
  }
  setter.join();
  CHECK(probes.readiness().ready);
}
