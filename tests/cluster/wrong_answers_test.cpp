// Answers 2xx that are not what was asked for: an error that names what came, never an empty list.
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "cluster/api_fixture.hpp"
#include "cluster/list_fixture.hpp"

namespace hygiene::test {
namespace {

constexpr const char* kSecretList = R"({"kind":"SecretList","metadata":{"resourceVersion":"5"},"items":[]})";
constexpr const char* kTable =
    R"({"kind":"Table","metadata":{"resourceVersion":"5"},"columnDefinitions":[],"rows":[]})";
constexpr const char* kStatus = R"({"kind":"Status","status":"Failure","message":"no entry","code":403})";
constexpr const char* kLogin = "<!doctype html><title>hunter2</title>";

}  // namespace

TEST_CASE("a list that is answered with anything else is an error, in every form") {
  struct Case {
    const char* body;
    cluster::Form form;
    const char* came;  // null: it is what was asked for
  };
  using cluster::Form;
  const Case row = GENERATE(
      Case{kSecretList, Form::whole, nullptr}, Case{kTable, Form::table, nullptr},
      Case{R"({"kind":"PartialObjectMetadataList","metadata":{},"items":null})", Form::metadata, nullptr},
      Case{R"({"items":[],"metadata":{},"kind":"SecretList"})", Form::whole, nullptr},
      Case{kSecretList, Form::table, "a SecretList instead of a Table of secrets"},
      Case{kTable, Form::whole, "a Table instead of a list of secrets"},
      Case{kStatus, Form::whole, "returned a Status: no entry"},
      Case{kStatus, Form::table, "returned a Status: no entry"},
      Case{kLogin, Form::whole, "returned HTML instead"}, Case{kLogin, Form::table, "returned HTML instead"},
      Case{"", Form::metadata, "returned nothing instead"},
      Case{" \n", Form::whole, "returned nothing instead"},
      Case{"\x1f\x8b\x08", Form::whole, "returned no JSON instead"},
      Case{"k8s\x01", Form::table, "returned no JSON instead"},
      Case{"{}", Form::whole, "returned JSON of another kind"},
      Case{R"({"error":"x"})", Form::table, "of another kind"},
      Case{R"({"kind":"Secret","metadata":{}})", Form::whole, "returned a Secret instead"});
  INFO(row.body);
  ScriptedServer server([&](const ScriptedRequest&) { return answer(200, row.body); });
  Running running(access_to(server));
  cluster::ListRequest request = all_secrets();
  request.form = row.form;
  Gathering gathered;
  const auto end = running.run(running.client->list(request, gathered));
  CHECK(end.has_value() == (row.came == nullptr));
  if (end) return;
  CHECK(end.error().code() == Errc::syntax);
  CHECK_THAT(end.error().message(), Catch::Contains(row.came) && !Catch::Contains("hunter2") &&
                                        Catch::StartsWith(server.url() + "/api/v1/namespaces/apps/secrets "));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a list whose page names itself as the next one is an error, not without end") {
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, page("5", "same")); });
  Running running(access_to(server));
  Gathering gathered;
  const auto end = running.run(running.client->list(all_secrets(), gathered));
  REQUIRE(end.has_error());
  CHECK_THAT(end.error().message(), Catch::Contains("the list does not advance"));
}

TEST_CASE("an object, a write, a deletion and a watch that are answered with anything else are errors") {
  struct Case {
    const char* body;
    const char* came;
    bool good_for_delete;
  };
  const Case row =
      GENERATE(Case{kLogin, "returned HTML instead", false}, Case{"", "returned nothing instead", false},
               Case{kStatus, "returned a Status: no entry", false},
               Case{R"({"kind":"Status","status":"Success"})", "returned a Status", true},
               Case{kSecretList, "returned a SecretList", false});
  INFO(row.body);
  ScriptedServer server([&](const ScriptedRequest&) { return answer(200, row.body); });
  Running running(access_to(server));
  cluster::ApiClient& client = *running.client;
  const auto told = [&](const std::optional<Error>& error) {
    REQUIRE(error.has_value());
    CHECK(error->code() == Errc::syntax);
    CHECK_THAT(error->message(), Catch::Contains(row.came) && Catch::StartsWith(server.url()));
  };
  told(running.run(client.get(secret("a"))).error());
  told(running.run(client.patch(secret("a"), cluster::PatchKind::merge, "{}")).error());
  told(running.run(client.create(secret(""), "{}")).error());
  told(running
           .run(client.read(secret("a"), cluster::Form::whole,
                            [](std::string_view) { return Result<void>(); }))
           .error());
  const auto removed = running.run(client.remove(secret("a"), ""));
  CHECK(removed.has_value() == row.good_for_delete);
  if (!removed) told(removed.error());
  if (row.body != kLogin) return;
  cluster::WatchRequest watch;
  watch.resource = secret("");
  Gathering gathered;
  told(running.run(client.watch(watch, gathered)).error());
}

TEST_CASE("who is impersonated stands in every request") {
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, "{}"); });
  cluster::ClientConfig access = access_to(server);
  access.impersonation = {
      {"Impersonate-User", "ann"}, {"Impersonate-Group", "one"}, {"Impersonate-Group", "two"}};
  Running running(std::move(access));
  CHECK(running.run(running.client->get(secret("a"))).has_value());
  CHECK_THAT(
      server.requests().front().head,
      Catch::Contains("Impersonate-User: ann\r\nImpersonate-Group: one\r\nImpersonate-Group: two\r\n"));
}

}  // namespace hygiene::test
