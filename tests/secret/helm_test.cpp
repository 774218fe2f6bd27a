#include "secret/helm.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace hygiene::secret;

TEST_CASE("a Helm revision's name gives release, revision and part, near misses give nothing") {
  struct Case {
    std::string name;
    std::string release;
    std::uint64_t revision;
    std::uint64_t part = 1;
  };
  const Case good[] = {{"sh.helm.release.v1.web.v1", "web", 1},
                       {"sh.helm.release.v1.my.dotted.app.v12", "my.dotted.app", 12},
                       {"sh.helm.release.v1.a.v1.v2", "a.v1", 2},
                       {"sh.helm.release.v1.web.v7.2", "web", 7, 2},
                       {"sh.helm.release.v1.a.v1.v2.10", "a.v1", 2, 10}};
  for (const Case& c : good) {
    const auto parsed = parse_helm_name(c.name);
    REQUIRE(parsed);
    CHECK(parsed->release == c.release);
    CHECK(parsed->revision == c.revision);
    CHECK(parsed->part == c.part);
    // A further part is no revision of its own.
    CHECK(release_of(c.name).has_value() == (c.part == 1));
  }
  for (const char* name :
       {"", "web", "sh.helm.release.v1.", "sh.helm.release.v1.v1", "sh.helm.release.v1..v1",
        "sh.helm.release.v1.web", "sh.helm.release.v1.web.v", "sh.helm.release.v1.web.vx",
        "sh.helm.release.v1.web.v1x", "sh.helm.release.v2.web.v1", "xsh.helm.release.v1.web.v1",
        "sh.helm.release.v1.web.v99999999999999999999999", "sh.helm.release.v1.web.v1.",
        "sh.helm.release.v1.web.v1.1", "sh.helm.release.v1.web.v1.x", "sh.helm.release.v1.web.v1.2.3"}) {
    INFO(name);
    CHECK_FALSE(parse_helm_name(name));
    CHECK_FALSE(release_of(name));
  }
}

TEST_CASE("a Secret is of Helm's history only where type, name and labels agree") {
  struct Case {
    std::string type, name, label, value;
    bool history;
    bool part = false;
  };
  const std::string helm = "helm.sh/release.v1", index = "operatorframework.io/index.v1",
                    chunk = "operatorframework.io/chunk.v1", name = "sh.helm.release.v1.web.v3";
  const Case cases[] = {{helm, name, "owner", "helm", true},
                        {helm, name + ".2", "owner", "helm", true, true},
                        {"Opaque", name, "owner", "helm", false},
                        {helm, "web", "owner", "helm", false},
                        {helm, name, "owner", "alice", false},
                        {helm, name, "none", "", false},
                        {index, name, "owner", "operator-controller", true, true},
                        {index, "web", "owner", "operator-controller", false},
                        {chunk, name + "-abc", "key", name, true, true},
                        {chunk, name + "-abc", "key", "web", false},
                        {chunk, name, "none", "", false}};
  for (const Case& c : cases) {
    INFO(c.type << " " << c.name << " " << c.label << "=" << c.value);
    Facts facts;
    facts.type = c.type;
    facts.name = c.name;
    facts.labels.add(c.label).value = c.value;
    const auto revision = helm_revision(facts);
    REQUIRE(revision.has_value() == c.history);
    CHECK(is_helm_part(facts) == c.part);
    if (!revision) continue;
    CHECK(revision->release == "web");
    CHECK(revision->revision == 3);
  }
  Facts first_of_three;
  first_of_three.type = helm;
  first_of_three.name = name;
  first_of_three.labels.add("chunks").value = "3";
  first_of_three.labels.add("owner").value = "helm";
  CHECK(is_helm_part(first_of_three));
}
