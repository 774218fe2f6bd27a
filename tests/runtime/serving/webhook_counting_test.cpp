// /validate with limits across Secrets: what the API server is answered, and what is counted and logged.
#include <future>
#include <sstream>

#include "net/plain_stream.hpp"
#include "runtime/counting/shared_engine_fixture.hpp"
#include "runtime/serving/webhook.hpp"
#include "server/server.hpp"
#include "support/test_client.hpp"

using namespace hygiene;
using namespace std::chrono_literals;
using counting::ListScope;
using runtime_test::limit_of;
using runtime_test::load;
using runtime_test::policy_document;
using runtime_test::SharedEngineFixture;

namespace {

std::string review(const std::string& name, bool dry_run = false, const std::string& operation = "CREATE") {
  return R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"review-of-)" +
         name +
         R"(","kind":{"group":"","version":"v1","kind":"Secret"},"resource":{"group":"","version":"v1",)"
         R"("resource":"secrets"},"name":")" +
         name + R"(","namespace":"team","operation":")" + operation +
         R"(","userInfo":{"username":"alice"},"object":{"metadata":{"name":")" + name +
         R"(","namespace":"team","uid":"uid-of-)" + name +
         R"("},"type":"t","data":{"k":"AAAA"}},"oldObject":null,"dryRun":)" + (dry_run ? "true" : "false") +
         "}}";
}

class Ignoring final : public server::Observer {
 public:
  void connection_opened() override {}
  void connection_closed() override { closed.set_value(); }
  void bound_reached(server::Bound) override {}
  void peer_failed(std::string_view) override {}
  void invariant_violated(std::string_view) override {}
  std::promise<void> closed;
};

struct Fixture : SharedEngineFixture {
  explicit Fixture(std::shared_ptr<const policy::PolicySet> policies, bool deny_unknown = false,
                   const counting::EngineOptions& options = runtime_test::engine_options())
      : SharedEngineFixture(policies, options), webhook(webhook_options(deny_unknown), metrics, log) {
    webhook.publish(std::move(policies));
    handler = webhook.new_handler(0);
  }
  runtime::WebhookOptions webhook_options(bool deny_unknown) {
    runtime::WebhookOptions made;
    made.accept = [](const policy::PolicySet&) { return Result<void>(); };
    made.engine = &engine;
    made.deny_unknown = deny_unknown;
    made.on_rejection = [this](const runtime::Rejection& each) {
      rejected.push_back(std::string(each.name) +
                         (each.counted ? ' ' + std::to_string(each.measured) : " not counted"));
    };
    return made;
  }
  // True: the answer must be waited for.
  bool put(const std::string& body, std::string_view target = "/validate?timeout=10s") {
    const auto opening = handler->open({"POST", target, "application/json", body.size()});
    REQUIRE_FALSE(opening.answer);
    handler->feed(body);
    return handler->must_wait();
  }
  std::string send(const std::string& body, std::string_view target = "/validate?timeout=10s") {
    CHECK_FALSE(put(body, target));
    return handler->finish().body;
  }
  bool exposes(const std::string& line) {
    return metrics.expose().find("\nsecret_hygiene_" + line + '\n') != std::string::npos;
  }

  std::ostringstream log_text;
  telemetry::Metrics metrics;
  telemetry::Log log{telemetry::Level::debug, telemetry::LogFormat::json, log_text};
  std::vector<std::string> rejected;
  runtime::Webhook webhook;
  std::unique_ptr<server::RequestHandler> handler;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kRequests =
    R"(admission_requests_total{endpoint="validate",operation="CREATE",verdict=")";

}  // namespace

TEST_CASE("a write that fits is allowed at once, without a word") {
  Fixture f(limit_of(2));
  f.list({});
  const auto answer = f.send(review("a"));
  CHECK(contains(answer, R"("allowed":true)"));
  CHECK_FALSE(contains(answer, "warnings"));
  CHECK(f.exposes(std::string(kRequests) + R"(allowed"} 1)"));
  CHECK(f.engine.usage(0).entries == 1);
}

TEST_CASE("a write that does not fit waits for its confirmation, and is denied with a sentence") {
  Fixture f(limit_of(2, ", message: Ask us."));
  f.list({"old", "new"});
  REQUIRE(f.put(review("third")));
  std::promise<void> ready;
  f.handler->when_ready([&] { ready.set_value(); });
  f.confirm(f.effects<ListScope>().at(0), {"old", "new"}, 20);
  ready.get_future().get();
  const auto answer = f.handler->finish().body;
  CHECK(contains(answer, R"("uid":"review-of-third","allowed":false)"));
  CHECK(contains(answer, R"("code":403)"));
  CHECK(contains(answer, R"(namespace team holds 2 of 2 Secrets that policy \"limits\" counts; delete some )"
                         R"(first (the oldest: old, new). Ask us.)"));
  CHECK(f.exposes(std::string(kRequests) + R"(denied"} 1)"));
  CHECK(f.exposes(R"(violations_total{limit="secretsPerNamespace",mode="Enforce",policy="limits"} 1)"));
  CHECK(f.exposes(R"(rejections_total{limit="secretsPerNamespace",namespace="team",policy="limits"} 1)"));
  const std::string log = f.log_text.str();
  CHECK(contains(log, R"("message":"denied","uid":"review-of-third","operation":"CREATE","namespace":"team",)"
                      R"("name":"third","policy":"limits","limit":"secretsPerNamespace","measured":3,)"
                      R"("allowed":2,"user":"alice","dry_run":false)"));
  CHECK(f.rejected == std::vector<std::string>{"third 3"});
}

TEST_CASE(
    "beyond the memory for entries a write is allowed with a warning, or denied, and a bound is counted") {
  auto options = runtime_test::engine_options();
  options.reservations_bytes_max = 450;
  for (const bool deny : {false, true}) {
    Fixture f(limit_of(9), deny, options);
    f.list({});
    CHECK(f.exposes(R"(bound_reached_total{bound="entries"} 0)"));
    CHECK_FALSE(contains(f.send(review("a")), "warnings"));
    const auto answer = f.send(review("b"));
    CHECK(contains(answer, deny ? R"("allowed":false)" : R"("allowed":true)"));
    CHECK(contains(answer, "too many writes are under way"));
    CHECK(f.exposes(R"(bound_reached_total{bound="entries"} 1)"));
    CHECK(f.exposes(R"(counts_unknown_total{reason="no_room"} 1)"));
    CHECK(f.rejected == (deny ? std::vector<std::string>{"b not counted"} : std::vector<std::string>()));
  }
}

TEST_CASE("from warnAt on a write is allowed with a warning that is no violation") {
  Fixture f(limit_of(4, ", warnAt: 75%"));
  f.list({"a"});
  CHECK_FALSE(contains(f.send(review("b")), "warnings"));
  const auto near = f.send(review("c"));
  CHECK(contains(near, R"("allowed":true)"));
  CHECK(contains(near,
                 R"(namespace team holds 3 of 4 Secrets that policy \"limits\" counts, including this one)"));
  CHECK_FALSE(f.exposes(R"(violations_total{limit="secretsPerNamespace",mode="Enforce",policy="limits"} 1)"));
  CHECK(f.log_text.str().empty());
}

TEST_CASE("in modes Warn and Audit nothing is denied: a warning, or only a count") {
  const std::string mode = GENERATE("Warn", "Audit");
  Fixture f(load(
      policy_document("p", "{mode: " + mode + ", match: {types: [t]}, limits: {secretsPerNamespace: 1}}")));
  f.list({"first"});
  const auto answer = f.send(review("second"));
  CHECK(contains(answer, R"("allowed":true)"));
  CHECK(contains(answer, "namespace team holds 1 of 1") == (mode == "Warn"));
  CHECK(f.exposes(R"(violations_total{limit="secretsPerNamespace",mode=")" + mode + R"(",policy="p"} 1)"));
  CHECK_FALSE(contains(f.metrics.expose(), "rejections_total{"));
  CHECK(contains(f.log_text.str(), mode == "Warn" ? R"("message":"warned")" : R"("message":"audited")"));
  CHECK(f.engine.usage(0).entries == 0);
}

TEST_CASE("what is not known is allowed with a warning, or denied where that was asked for") {
  const bool deny = GENERATE(false, true);
  Fixture f(limit_of(2), deny);
  const auto answer = f.send(review("a"));
  CHECK(contains(answer, deny ? R"("allowed":false)" : R"("allowed":true)"));
  CHECK(contains(answer, "now (the list of Secrets is not read yet)"));
  CHECK(contains(answer, deny ? "try again in a moment" : "allowed without a count"));
  CHECK(f.exposes(R"(counts_unknown_total{reason="not_synced"} 1)"));
  CHECK(f.exposes(R"(rejections_total{limit="secretsPerNamespace",namespace="team",policy="limits"} 1)") ==
        deny);
  CHECK_FALSE(f.exposes(R"(violations_total{limit="secretsPerNamespace",mode="Enforce",policy="limits"} 1)"));
  CHECK(contains(f.log_text.str(), R"("message":"denied without a count")") == deny);
}

TEST_CASE("a dry run is answered as the write would be, and takes no place") {
  Fixture f(limit_of(2));
  f.list({"first"});
  CHECK(contains(f.send(review("a", true)), R"("allowed":true)"));
  CHECK(f.engine.usage(0).entries == 0);
  CHECK(contains(f.send(review("b")), R"("allowed":true)"));
  REQUIRE(f.put(review("c", true)));
  f.confirm(f.effects<ListScope>().at(0), {"first"}, 20);
  CHECK(contains(f.handler->finish().body, R"("allowed":false)"));
  CHECK(contains(f.log_text.str(), R"("dry_run":true)"));
}

TEST_CASE("a write that a limit of one Secret denies is told of the sums, and takes no place in them") {
  Fixture f(load(
      policy_document("sizes", "{mode: Enforce, limits: {bytesPerKey: 2}}") +
      policy_document("counts", "{mode: Enforce, match: {types: [t]}, limits: {secretsPerNamespace: 2}}")));
  f.list({"old"});
  for (const std::string name : {"a", "b", "c"}) {
    const auto answer = f.send(review(name));
    CHECK(contains(answer, R"("allowed":false)"));
    CHECK_FALSE(contains(answer, "2 of 2"));
  }
  CHECK(f.engine.usage(0).entries == 0);
}

namespace {

// One Secret a namespace, and sizes that the policy `name` warns of.
std::shared_ptr<const policy::PolicySet> one_and_sizes(const std::string& name) {
  return load(
      policy_document(name, "{mode: Warn, limits: {bytesPerKey: 2}}") +
      policy_document("counts", "{mode: Enforce, match: {types: [t]}, limits: {secretsPerNamespace: 1}}"));
}

}  // namespace

TEST_CASE("a write that waits is judged by the rules that were in force when it came") {
  Fixture f(one_and_sizes("first"));
  f.list({"old"});
  REQUIRE(f.put(review("second")));
  f.handler->when_ready([] {});
  // Other rules, which another request of this thread takes.
  f.webhook.publish(one_and_sizes("later"));
  const auto other = f.webhook.new_handler(0);
  const std::string body = review("other", true);
  other->open({"POST", "/mutate", "application/json", body.size()});
  other->feed(body);
  CHECK(contains(other->finish().body, R"("allowed":true)"));
  f.confirm(f.effects<ListScope>().at(0), {"old"}, 20);
  const auto answer = f.handler->finish().body;
  CHECK(contains(answer, R"(policy \"first\")"));
  CHECK_FALSE(contains(answer, "later"));
}

TEST_CASE("rules that change while a write asks are those of the next") {
  Fixture f(one_and_sizes("first"));
  f.list({"old"});
  f.meanwhile = [&] { f.webhook.publish(one_and_sizes("later")); };
  REQUIRE(f.put(review("second")));
  CHECK_FALSE(f.meanwhile);
  f.handler->when_ready([] {});
  f.confirm(f.effects<ListScope>().at(0), {"old"}, 20);
  const auto answer = f.handler->finish().body;
  CHECK(contains(answer, R"(policy \"first\")"));
  CHECK_FALSE(contains(answer, "later"));
}

TEST_CASE("what is not decided before the API server stops waiting is answered as not known") {
  struct Case {
    const char* target;
    std::chrono::milliseconds within;  // less a tenth, at most 500 ms, and the runner's margin of 250 ms
  };
  const Case c = GENERATE(Case{"/validate?timeout=2s", 1'550ms}, Case{"/validate?timeout=30s", 29'250ms},
                          Case{"/validate", 9'750ms});
  Fixture f(limit_of(1));
  f.list({"first"});
  const auto before = SharedEngineFixture::Clock::now();
  REQUIRE(f.put(review("second"), c.target));
  const auto after = SharedEngineFixture::Clock::now();
  bool ready = false;
  f.handler->when_ready([&] { ready = true; });
  f.engine.expire(before + c.within - 1ms);
  CHECK_FALSE(ready);
  f.engine.expire(after + c.within);
  REQUIRE(ready);
  const auto answer = f.handler->finish().body;
  CHECK(contains(answer, R"("allowed":true)"));
  CHECK(contains(answer, "the API server did not answer in time"));
  CHECK(f.exposes(R"(counts_unknown_total{reason="too_late"} 1)"));
}

TEST_CASE(
    "only what is judged is asked: not by mutate, not for a DELETE, a broken review or other policies") {
  Fixture f(limit_of(1));
  CHECK_FALSE(contains(f.send(review("a"), "/mutate"), "not known"));
  CHECK_FALSE(contains(f.send(review("a", false, "DELETE")), "not known"));
  CHECK_FALSE(contains(f.send(review("a").substr(0, 400)), "not known"));
  Fixture other(load(policy_document("labels", "{labels: {team: blue}}")));
  CHECK_FALSE(contains(other.send(review("a")), "not known"));
  CHECK(f.engine.usage(0).entries == 0);
}

TEST_CASE("a request that is abandoned while it waits is forgotten, and the handler serves the next") {
  Fixture f(limit_of(1));
  f.list({"first"});
  REQUIRE(f.put(review("second")));
  bool ready = false;
  f.handler->when_ready([&] { ready = true; });
  f.handler->abandon();
  f.removed("first", 20);
  CHECK_FALSE(ready);
  CHECK(f.engine.usage(0).entries == 0);
  CHECK(contains(f.send(review("third")), R"("uid":"review-of-third","allowed":true)"));
}

TEST_CASE("a connection that is cut while its write waits leaves nothing behind") {
  Fixture f(limit_of(1));
  f.list({"first"});
  Ignoring observer;
  server::Options options;
  options.address = "127.0.0.1";
  auto server = server::Server::listen(options, net::plain_stream, f.webhook, observer);
  REQUIRE(server);
  (*server)->start();
  {
    test::TestClient client((*server)->port());
    REQUIRE(client.send(test::post("/validate?timeout=30s", review("second"))));
    // It waits once its confirmation is wanted.
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (f.effects<ListScope>().empty() && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
  }
  (*server)->drain(0ms);
  observer.closed.get_future().get();
  f.removed("first", 20);
  CHECK(f.engine.usage(0).entries == 0);
  CHECK(f.decision(f.ask("third")).answer == counting::Answer::allowed);
}
