#include <catch2/catch.hpp>

#include "cluster/api_fixture.hpp"

namespace hygiene::test {

TEST_CASE("each form is asked for by the name that it has for one object, for a list and for a watch") {
  struct Case {
    cluster::Form form;
    const char* one;
    const char* list;
    const char* watch;
  };
  const Case row = GENERATE(Case{cluster::Form::whole, "", "", ""},
                            Case{cluster::Form::metadata, ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
                                 ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
                                 ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1"},
                            Case{cluster::Form::table, ";as=Table;g=meta.k8s.io;v=v1",
                                 ";as=Table;g=meta.k8s.io;v=v1", ";as=Table;g=meta.k8s.io;v=v1"});
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, R"({"metadata":{}})"); });
  Running running(access_to(server));
  std::string text;
  const auto read = running.run(running.client->read(secret("a"), row.form, [&text](std::string_view part) {
    text += part;
    return Result<void>();
  }));
  REQUIRE(read.has_value());
  CHECK(text == R"({"metadata":{}})");
  Gathering gathered;
  cluster::ListRequest list;
  list.resource = secret("");
  list.form = row.form;
  REQUIRE(running.run(running.client->list(list, gathered)).has_value());
  cluster::WatchRequest watch;
  watch.resource = secret("");
  watch.form = row.form;
  REQUIRE(running.run(running.client->watch(watch, gathered)).has_value());
  const auto seen = server.requests();
  REQUIRE(seen.size() == 3);
  const auto accepts = [](const ScriptedRequest& request, const std::string& type) {
    return request.head.find("Accept: application/json" + type + "\r\n") != std::string::npos;
  };
  CHECK(accepts(seen[0], row.one));
  CHECK(accepts(seen[1], row.list));
  CHECK(accepts(seen[2], row.watch));
}

TEST_CASE("what is read as parts ends with the reader's error, or the API server's") {
  ScriptedServer server([](const ScriptedRequest& request) {
    return request.target.ends_with("/secrets/a") ? answer(200, "[1]")
                                                  : status_answer(404, "NotFound", "gone");
  });
  Running running(access_to(server));
  const auto refused =
      running.run(running.client->read(secret("a"), cluster::Form::whole, [](std::string_view) {
        return Result<void>(Error(Errc::invalid, "enough"));
      }));
  REQUIRE(refused.has_error());
  CHECK(refused.error().message() == "enough");
  const auto missing = running.run(running.client->read(secret("b"), cluster::Form::whole,
                                                        [](std::string_view) { return Result<void>(); }));
  REQUIRE(missing.has_error());
  CHECK(missing.error().code() == Errc::missing);
}

}  // namespace hygiene::test
