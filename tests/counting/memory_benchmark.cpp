// What a Secret of the inventory costs. Hidden: `test_counting [.memory]` prints it.
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>

#include "support.hpp"

namespace hygiene::counting {
namespace {

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stoul(line.substr(6));
  }
  return 0;
}

TEST_CASE("a million Secrets in 2,000 namespaces lie within 128 MiB", "[.memory]") {
  constexpr std::size_t kSecrets = 1'000'000;
  const auto selection = test::select(
      test::document("helm",
                     "  mode: Enforce\n  match: {types: [\"helm.sh/release.v1\"]}\n"
                     "  limits: {secretsPerRelease: 20, secretsPerNamespace: 1000, bytesPerNamespace: 1Gi}"));
  const auto before = resident_kib();
  const auto start = std::chrono::steady_clock::now();
  Inventory inventory(test::kKey);
  inventory.select(selection);
  for (std::size_t i = 0; i < kSecrets; ++i) {
    const std::string in = "team-" + std::to_string(i % 2000);
    const std::string name =
        "sh.helm.release.v1.app-" + std::to_string(i / 20'000) + ".v" + std::to_string(i / 2000 % 10);
    inventory.put({in, name, "helm.sh/release.v1"}, {i, i, 1000, 0});
  }
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  const auto kib = resident_kib() - before;
  REQUIRE(inventory.size() == kSecrets);
  std::cout << kSecrets << " Secrets: " << static_cast<double>(kib) * 1024 / kSecrets << " bytes and "
            << took.count() / kSecrets << " ns each; the process holds " << resident_kib() / 1024 << " MiB\n";
  CHECK(resident_kib() < 128 * 1024);
}

}  // namespace
}  // namespace hygiene::counting
