// The Secrets that show how far a watch has come, and what is written of failures that repeat.
#include "runtime/counting/watch_marker.hpp"

#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "runtime/common/repeated_warnings.hpp"
#include "support/json_oracle.hpp"

using namespace hygiene;

TEST_CASE("each type has a marker of its own, with what the API server demands of it") {
  struct Case {
    const char* type;
    std::vector<std::string> keys;
  };
  std::set<std::string> names;
  for (const Case& c :
       {Case{"kubernetes.io/tls", {"tls.crt", "tls.key"}}, Case{"kubernetes.io/basic-auth", {"username"}},
        Case{"kubernetes.io/ssh-auth", {"ssh-privatekey"}}, Case{"kubernetes.io/dockercfg", {".dockercfg"}},
        Case{"kubernetes.io/dockerconfigjson", {".dockerconfigjson"}}, Case{"Opaque", {}},
        Case{"helm.sh/release.v1", {}}, Case{"a \"quoted\" type", {}}}) {
    INFO(c.type);
    const auto marker = test::parse_dom(runtime::marker_secret(c.type));
    CHECK(test::text_at(marker, "/type") == c.type);
    CHECK(test::text_at(marker, "/kind") == "Secret");
    const std::string name = test::text_at(marker, "/metadata/name");
    CHECK(name == runtime::marker_name(c.type));
    CHECK(name.size() <= 63);
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
    CHECK(names.insert(name).second);
    CHECK(marker.HasMember("data") == !c.keys.empty());
    for (const auto& key : c.keys) CHECK(marker["data"].HasMember(key.c_str()));
  }
}

TEST_CASE("the marker of all types that no policy names has a type of ours") {
  const auto marker = test::parse_dom(runtime::marker_secret(""));
  CHECK(test::text_at(marker, "/type") == "secret-hygiene.io/marker");
  CHECK(runtime::marker_name("") == runtime::marker_name("secret-hygiene.io/marker"));
}

TEST_CASE("a marker's patch changes it each time, and nothing but its annotation and our labels") {
  const std::string patch = runtime::marker_patch();
  CHECK(patch != runtime::marker_patch());
  const auto document = test::parse_dom(patch);
  CHECK(document.MemberCount() == 1);
  CHECK(document["metadata"].MemberCount() == 2);
  const auto made = test::parse_dom(runtime::marker_secret("t"));
  CHECK(document["metadata"]["labels"] == made["metadata"]["labels"]);
  CHECK(test::text_at(document, "/metadata/labels/secret-hygiene.io~1ignore") == "true");
  CHECK(test::text_at(document, "/metadata/annotations/secret-hygiene.io~1marker").size() == 16);
}

TEST_CASE("of failures that repeat one line is written now and then, with how many there were") {
  std::ostringstream text;
  telemetry::Log log(telemetry::Level::info, telemetry::LogFormat::json, text);
  const auto lines = [&] {
    const std::string all = text.str();
    return std::count(all.begin(), all.end(), '\n');
  };
  runtime::RepeatedWarnings rare(log, std::chrono::hours(1));
  for (int i = 0; i < 100; ++i) rare.add("one kind", Error(Errc::io, "refused"));
  CHECK(lines() == 1);
  rare.add("another kind", Error(Errc::io, "refused"));
  CHECK(lines() == 2);
  CHECK(text.str().find(R"("message":"one kind","error":"refused","times":1)") != std::string::npos);
  runtime::RepeatedWarnings always(log, std::chrono::hours(0));
  always.add("one kind", Error(Errc::io, "refused"));
  always.add("one kind", Error(Errc::io, "refused"));
  CHECK(lines() == 4);
}
