#include "secret/helm.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace hygiene::secret;

TEST_CASE("a Helm revision's name gives release and revision, near misses give nothing") {
  struct Case {
    std::string name;
    std::string release;
    std::uint64_t revision;
  };
  const Case good[] = {{"sh.helm.release.v1.web.v1", "web", 1},
                       {"sh.helm.release.v1.my.dotted.app.v12", "my.dotted.app", 12},
                       {"sh.helm.release.v1.a.v1.v2", "a.v1", 2}};
  for (const Case& c : good) {
    const auto parsed = parse_helm_name(c.name);
    REQUIRE(parsed);
    CHECK(parsed->release == c.release);
    CHECK(parsed->revision == c.revision);
  }
  for (const char* name :
       {"", "web", "sh.helm.release.v1.", "sh.helm.release.v1.v1", "sh.helm.release.v1..v1",
        "sh.helm.release.v1.web", "sh.helm.release.v1.web.v", "sh.helm.release.v1.web.vx",
        "sh.helm.release.v1.web.v1x", "sh.helm.release.v2.web.v1", "xsh.helm.release.v1.web.v1",
        "sh.helm.release.v1.web.v99999999999999999999999"}) {
    INFO(name);
    CHECK_FALSE(parse_helm_name(name));
  }
}

TEST_CASE("a Secret is Helm's only where type, name and owner label agree") {
  const auto facts = [](const char* type, const char* name, const char* owner) {
    Facts f;
    f.type = type;
    f.name = name;
    if (owner != nullptr) f.labels.add("owner").value = owner;
    return f;
  };
  CHECK(is_helm_release(facts("helm.sh/release.v1", "sh.helm.release.v1.web.v1", "helm")));
  CHECK_FALSE(is_helm_release(facts("Opaque", "sh.helm.release.v1.web.v1", "helm")));
  CHECK_FALSE(is_helm_release(facts("helm.sh/release.v1", "web", "helm")));
  CHECK_FALSE(is_helm_release(facts("helm.sh/release.v1", "sh.helm.release.v1.web.v1", "alice")));
  CHECK_FALSE(is_helm_release(facts("helm.sh/release.v1", "sh.helm.release.v1.web.v1", nullptr)));
}
