// The status port: its pages, what they are made of, and whom it answers.
#include "runtime/status/status_service.hpp"

#include "runtime/counting/shared_engine_fixture.hpp"
#include "support/json_oracle.hpp"

using namespace hygiene;
using namespace hygiene::runtime_test;

namespace {

const std::string kPolicies =
    policy_document("a", "{mode: Enforce, match: {types: [t]}, limits: {secretsPerNamespace: 4}}");

struct Port : SharedEngineFixture {
  Port() : SharedEngineFixture(load(kPolicies)) { list({"one", "two"}); }

  std::string get(std::string_view target, std::string_view host = "localhost:9091",
                  std::string_view method = "GET") {
    server::RequestHead head;
    head.method = method;
    head.target = target;
    head.host = host;
    const auto opening = service.new_handler(0)->open(head);
    REQUIRE(opening.answer);
    last = *opening.answer;
    return last.body;
  }

  runtime::Probes probes{{"policies"}};
  base::PublishedValue<policy::PolicySet> policies;
  telemetry::Metrics metrics;
  const std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  runtime::TrafficHistory traffic{started};
  runtime::RecentRejections rejections;
  runtime::StatusService service{{"pod", started, probes, policies, metrics, traffic, rejections, engine}};
  server::Answer last;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("the status is of this moment, at each request") {
  Port f;
  auto status = test::parse_dom(f.get("/api/v1/status"));
  CHECK(f.last.status == 200);
  CHECK(f.last.content_type == "application/json");
  CHECK(status["replica"].GetString() == std::string("pod"));
  CHECK_FALSE(status["ready"].GetBool());
  CHECK(status["certificate"]["ends"].IsNull());
  CHECK(status["usage"]["secrets"].GetUint64() == 2);

  f.probes.set("policies", true, "");
  const auto set = load(kPolicies);
  f.policies.publish(set);
  f.metrics.certificate_expiry_timestamp_seconds().Set(1'900'000'000);
  f.metrics.policy_reloads("failure").Increment();
  f.metrics.certificate_reloads("failure").Increment(2);
  f.metrics.admission_requests("validate", "CREATE", "denied").Increment(3);
  f.metrics.admission_requests("mutate", "UPDATE", "denied").Increment();
  f.metrics.admission_requests("mutate", "CREATE", "allowed").Increment(5);
  runtime::Rejection rejection;
  rejection.time = std::chrono::system_clock::now();
  rejection.namespace_name = "team";
  rejection.name = "three";
  rejection.policy = set->policies.data();
  rejection.limit = policy::LimitKind::secrets_per_namespace;
  f.rejections.add(rejection);
  status = test::parse_dom(f.get("/api/v1/status?x"));
  CHECK(status["ready"].GetBool());
  CHECK(status["policies"]["hash"].GetString() == set->hash);
  CHECK(status["policies"]["refused"].GetUint64() == 1);
  CHECK(status["certificate"]["refused"].GetUint64() == 2);
  CHECK(status["certificate"]["ends"].GetString() == std::string("2030-03-17T17:46:40.000Z"));
  std::uint64_t answered = 0;
  std::uint64_t denied = 0;
  for (const auto& slot : status["traffic"]["slots"].GetArray()) {
    answered += slot["answered"].GetUint64();
    denied += slot["denied"].GetUint64();
  }
  CHECK(answered == 9);
  CHECK(denied == 4);
  CHECK(status["rejections"][0]["name"].GetString() == std::string("three"));

  const std::string page = f.get("/");
  CHECK(f.last.status == 200);
  CHECK(f.last.content_type == "text/html; charset=utf-8");
  CHECK(contains(page, ">team/three<"));
  CHECK(contains(page, ">2 of 4<"));
}

TEST_CASE("usage is made anew at /debug/usage only") {
  Port f;
  CHECK(test::parse_dom(f.get("/api/v1/status"))["usage"]["secrets"].GetUint64() == 2);
  CHECK(f.decision(f.ask(facts("three", "t", "team"))).answer == counting::Answer::allowed);
  CHECK(test::parse_dom(f.get("/debug/usage"))["entries"].GetUint64() == 1);
  CHECK(f.last.content_type == "application/json");
}

TEST_CASE("every answer of the port keeps browsers in bounds, also a refusal") {
  Port f;
  for (const char* target : {"/", "/api/v1/status", "/debug/usage", "/nothing"}) {
    INFO(target);
    f.get(target);
    CHECK(contains(f.last.headers, "Content-Security-Policy: default-src 'none'"));
    CHECK(contains(f.last.headers, "Cross-Origin-Resource-Policy: same-origin\r\n"));
    CHECK_FALSE(f.get(target, "localhost", "HEAD").empty());
  }
  CHECK(f.get("/", "localhost", "POST") == "only GET and HEAD are allowed\n");
  CHECK(f.last.status == 405);
  for (const char* target : {"/debug", "/debug/usage/", "/metrics", "/index.html", "/api/v1/status/"}) {
    CHECK(f.get(target) == "not found; there are /, /api/v1/status and /debug/usage\n");
    CHECK(f.last.status == 404);
  }
}

TEST_CASE("who asks by another name than an address or localhost is told nothing") {
  Port f;
  for (const char* target : {"/", "/api/v1/status", "/debug/usage"}) {
    for (const char* host : {"example.com", "rebound.example.com:9091"}) {
      CHECK(contains(f.get(target, host), "the Host header names another server"));
      CHECK(f.last.status == 421);
    }
    for (const char* host : {"", "127.0.0.1:1", "[::1]:9091"}) {
      f.get(target, host);
      CHECK(f.last.status == 200);
    }
  }
}
