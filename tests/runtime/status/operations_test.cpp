#include <catch2/catch.hpp>

#include "runtime/status/operations_service.hpp"

using hygiene::runtime::OperationsService;
using hygiene::runtime::Probes;
using hygiene::server::Answer;
using hygiene::telemetry::Metrics;

namespace {

class Fixture {
 public:
  Fixture() { probes.set("policies", true, ""); }

  Answer ask(std::string_view method, std::string_view target) {
    hygiene::server::RequestHead head;
    head.method = method;
    head.target = target;
    auto opening = service.new_handler(0)->open(head);
    REQUIRE(opening.answer);
    return *opening.answer;
  }

  Metrics metrics;
  Probes probes{{"policies"}};

 private:
  OperationsService service{metrics, probes};
};

constexpr const char* kPlain = "text/plain; charset=utf-8";

}  // namespace

TEST_CASE("/metrics answers what the program measured, in the text format") {
  Fixture fixture;
  fixture.metrics.connections().Set(7);
  for (const char* target : {"/metrics", "/metrics?name[]=x"}) {
    const Answer answer = fixture.ask("GET", target);
    CHECK(answer.status == 200);
    CHECK(answer.content_type == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(answer.body.find("\nsecret_hygiene_connections 7\n") != std::string::npos);
  }
}

TEST_CASE("the probes answer ok, and their checks where that is asked for") {
  Fixture fixture;
  struct Case {
    const char* target;
    const char* body;
  };
  const char* readyz = "[+]policies ok\nreadyz check passed\n";
  const char* livez = "[+]ping ok\nlivez check passed\n";
  for (const Case& c : {Case{"/readyz", "ok\n"}, Case{"/readyz?", "ok\n"}, Case{"/readyz?verbose", readyz},
                        Case{"/readyz?verbose=true", readyz}, Case{"/readyz?a=b&verbose", readyz},
                        Case{"/readyz?verbosely", "ok\n"}, Case{"/livez", "ok\n"},
                        Case{"/livez?verbose", livez}, Case{"/livez?x&verbose=1&y", livez}}) {
    INFO(c.target);
    const Answer answer = fixture.ask("GET", c.target);
    CHECK(answer.status == 200);
    CHECK(answer.content_type == kPlain);
    CHECK(answer.body == c.body);
  }
}

TEST_CASE("what is not ready answers 503 with its checks, and lives on") {
  Fixture fixture;
  fixture.probes.set("policies", false, "draining");
  for (const char* target : {"/readyz", "/readyz?verbose"}) {
    const Answer answer = fixture.ask("GET", target);
    CHECK(answer.status == 503);
    CHECK(answer.body == "[-]policies failed: draining\nreadyz check failed\n");
  }
  CHECK(fixture.ask("GET", "/livez").status == 200);
}

TEST_CASE("other paths are not found, whatever the method") {
  Fixture fixture;
  for (const char* target :
       {"/", "", "/healthz", "/metrics/", "/readyz/policies", "/validate", "*", "/debug"}) {
    for (const char* method : {"GET", "POST"}) {
      INFO(target);
      const Answer answer = fixture.ask(method, target);
      CHECK(answer.status == 404);
      CHECK(answer.content_type == kPlain);
      CHECK(answer.allow.empty());
      CHECK(answer.body == "not found; there are /metrics, /livez and /readyz\n");
    }
  }
}

TEST_CASE("HEAD is answered as GET, and other methods with what is allowed") {
  Fixture fixture;
  for (const char* target : {"/metrics", "/readyz", "/livez"}) {
    const Answer head = fixture.ask("HEAD", target);
    CHECK(head.status == 200);
    CHECK(!head.body.empty());
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
      INFO(method << ' ' << target);
      const Answer answer = fixture.ask(method, target);
      CHECK(answer.status == 405);
      CHECK(answer.allow == "GET, HEAD");
    }
  }
}
