#include "runtime/serving/webhook.hpp"

#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>

#include "policy/loader.hpp"
#include "support/json_oracle.hpp"

using namespace hygiene;
using runtime::Webhook;

namespace {

constexpr const char* kPolicies = R"(apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: team-limits}
spec:
  mode: Enforce
  labels: {secret-hygiene.io/ignore: "true"}
  limits: {keysPerSecret: 3}
)";

std::shared_ptr<const policy::PolicySet> load(const char* text) {
  return policy::load_policies({{"p.yaml", text}}).policies;
}

struct Fixture {
  std::ostringstream log_text;
  telemetry::Metrics metrics;
  telemetry::Log log{telemetry::Level::debug, telemetry::LogFormat::json, log_text};
  Webhook webhook;
  std::unique_ptr<server::RequestHandler> handler;
  std::vector<std::string> rejected;
  std::chrono::system_clock::time_point now;

  explicit Fixture(std::string token = "") : webhook(options(std::move(token)), metrics, log) {
    webhook.publish(load(kPolicies));
    handler = webhook.new_handler(0);
  }

  runtime::WebhookOptions options(std::string token) {
    runtime::WebhookOptions made;
    made.endpoint_token = std::move(token);
    made.accept = [](const policy::PolicySet&) { return Result<void>(); };
    made.now = [this] { return now; };
    made.on_rejection = [this](const runtime::Rejection& each) {
      rejected.push_back(each.policy->name + ' ' + std::string(each.namespace_name) + '/' +
                         std::string(each.name) + ' ' + std::to_string(each.measured) + '>' +
                         std::to_string(each.allowed) + (each.dry_run ? " dry run" : ""));
    };
    return made;
  }

  server::Answer send(std::string_view target, std::string_view body, std::string_view method = "POST",
                      std::string_view content_type = "application/json") {
    const server::Opening opening = handler->open({method, target, content_type, body.size()});
    if (opening.answer) return *opening.answer;
    handler->feed(body.substr(0, body.size() / 2));
    handler->feed(body.substr(body.size() / 2));
    return handler->finish();
  }
};

std::string config_map_review(const std::string& key, const std::string& text,
                              const char* operation = "CREATE") {
  return std::string(
             R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u1",)") +
         R"("kind":{"group":"","version":"v1","kind":"ConfigMap"},"operation":")" + operation +
         R"(","object":{"kind":"ConfigMap","data":{")" + key + R"(":")" + text + R"("}}}})";
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a recorded review is denied by validate and labelled by mutate, and both are counted and logged") {
  Fixture f;
  const std::string review = test::read_source_file("tests/samples/create-opaque.json");
  const auto denied = f.send("/validate?timeout=10s", review);
  CHECK(denied.status == 200);
  CHECK(contains(denied.body, R"("allowed":false)"));
  CHECK(contains(denied.body, R"(policy \"team-limits\": 4 keys exceed keysPerSecret 3)"));
  const auto labelled = f.send("/mutate?timeout=10s", review);
  CHECK(labelled.status == 200);
  CHECK(contains(labelled.body, R"("patchType":"JSONPatch")"));

  const std::string scrape = f.metrics.expose();
  for (
      const char* line :
      {R"(secret_hygiene_admission_requests_total{endpoint="validate",operation="CREATE",verdict="denied"} 1)",
       R"(secret_hygiene_admission_requests_total{endpoint="mutate",operation="CREATE",verdict="labelled"} 1)",
       R"(secret_hygiene_violations_total{limit="keysPerSecret",mode="Enforce",policy="team-limits"} 1)",
       R"(secret_hygiene_labels_applied_total{action="add",policy="team-limits"} 1)"}) {
    INFO(scrape);
    CHECK(contains(scrape, line));
  }
  CHECK(contains(scrape, "secret_hygiene_rejections_total{"));
  CHECK(contains(f.log_text.str(), R"("message":"denied")"));
  CHECK(contains(f.log_text.str(), R"("limit":"keysPerSecret")"));
}

TEST_CASE("each limit that denies is told of, and nothing that does not") {
  Fixture f;
  std::string review = test::read_source_file("tests/samples/create-opaque.json");
  f.send("/mutate", review);
  CHECK(f.rejected.empty());
  f.send("/validate", review);
  CHECK(f.rejected == std::vector<std::string>{"team-limits t/opaque 4>3"});
  const std::string mode = "  mode: Enforce";
  std::string warns = kPolicies;
  warns.replace(warns.find(mode), mode.size(), "  mode: Warn");
  f.webhook.publish(load(warns.c_str()));
  f.send("/validate", review);
  CHECK(f.rejected.size() == 1);
}

TEST_CASE("a line tells the whole of a decision, and a storm of one kind does not fill the log") {
  Fixture f;
  std::string review = test::read_source_file("tests/samples/create-opaque.json");
  f.send("/mutate", review);
  const std::string labelled = f.log_text.str();
  CHECK(contains(labelled, R"("level":"info","message":"labelled","uid":")"));
  CHECK(contains(labelled, R"("operation":"CREATE","namespace":")"));
  CHECK(contains(labelled, R"("policy":"team-limits","labels":"secret-hygiene.io/ignore=true","user":")"));
  CHECK(contains(labelled, R"("dry_run":false,"duration_us":)"));

  for (int i = 0; i < 300; ++i) f.send("/validate", review);
  const std::string all = f.log_text.str();
  const auto lines = static_cast<std::uint64_t>(std::count(all.begin(), all.end(), '\n'));
  CHECK(lines >= runtime::LineBudget::kLinesAtOnce);
  CHECK(lines < 300);
  f.webhook.report_left_out();
  CHECK(contains(f.log_text.str(),
                 R"("message":"log lines were left out: too many of one policy","policy":"team-limits")"));
}

TEST_CASE("what mode Audit only reports is logged as that") {
  Fixture f;
  f.webhook.publish(
      load("apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: a}\n"
           "spec: {mode: Audit, labels: {example.com/large: \"true\"}}\n"));
  f.send("/mutate", test::read_source_file("tests/samples/create-opaque.json"));
  CHECK(contains(f.log_text.str(), R"("message":"labels reported")"));
  CHECK(contains(f.log_text.str(), R"json("policy":"a","labels":"(example.com/large=true)")json"));
}

TEST_CASE("requests that are none of ours get a status and a sentence") {
  Fixture f;
  const std::string review = test::read_source_file("tests/samples/create-opaque.json");
  CHECK(f.send("/", review).status == 404);
  CHECK(f.send("/validate/", review).status == 404);
  CHECK(f.send("/validat", review).status == 404);
  CHECK(f.send("/validatex", review).status == 404);
  const auto get = f.send("/validate", "", "GET");
  CHECK(get.status == 405);
  CHECK(get.allow == "POST");
  for (const auto* type :
       {"text/plain", "application/jsonx", "application/json x", "application/json,text/plain",
        "application/jso", "application/json/x", ";application/json"}) {
    INFO(type);
    CHECK(f.send("/validate", review, "POST", type).status == 415);
  }
  for (const auto* type : {"application/json", "Application/JSON", "application/json;charset=utf-8",
                           "APPLICATION/JSON \t; Charset=UTF-8", "application/json;"}) {
    INFO(type);
    CHECK(f.send("/validate", review, "POST", type).status == 200);
  }
  CHECK(f.send("/validate", review, "POST", "").status == 200);
  CHECK(f.send("/validate", review, "POST", "application/json; charset=utf-8").status == 200);
}

TEST_CASE("with an endpoint token only the paths that end in it exist") {
  Fixture f("0123456789abcdef0123456789abcdef");
  const std::string review = test::read_source_file("tests/samples/create-opaque.json");
  CHECK(f.send("/validate/0123456789abcdef0123456789abcdef?timeout=1s", review).status == 200);
  CHECK(f.send("/mutate/0123456789abcdef0123456789abcdef", review).status == 200);
  CHECK(f.send("/validate", review).status == 404);
  CHECK(f.send("/validate/", review).status == 404);
  CHECK(f.send("/validate/0123456789abcdef0123456789abcdee", review).status == 404);
  CHECK(f.send("/validate/0123456789abcdef0123456789abcdef0", review).status == 404);
}

TEST_CASE("an unreadable body gets HTTP 400 without a uid, and an answer with one") {
  Fixture f;
  const auto nothing = f.send("/validate", "planted");
  CHECK(nothing.status == 400);
  CHECK(nothing.body == "not an AdmissionReview: not JSON: syntax error\n");
  const std::string broken =
      R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u1",)"
      R"("kind":{"version":"v1","kind":"Secret"},"operation":"CREATE","object":{"data":{"a":"planted!"}}}})";
  const auto denied = f.send("/validate", broken);
  CHECK(denied.status == 200);
  CHECK(contains(denied.body, R"("uid":"u1","allowed":false,"status":{"code":400)"));
  CHECK(contains(denied.body, "request.object.data.a: not base64"));
  const auto passed = f.send("/mutate", broken);
  CHECK(contains(passed.body, R"("uid":"u1","allowed":true,"warnings":)"));
  CHECK_FALSE(contains(f.log_text.str(), "planted"));
  CHECK_FALSE(contains(denied.body + passed.body, "planted"));
  CHECK(contains(f.metrics.expose(), R"({endpoint="mutate",operation="CREATE",verdict="malformed"} 1)"));
}

TEST_CASE("a new policy set is in force from the next request on, also on an open connection") {
  Fixture f;
  const std::string review = test::read_source_file("tests/samples/create-opaque.json");
  CHECK(contains(f.send("/validate", review).body, R"("allowed":false)"));
  std::string wider = kPolicies;
  wider.replace(wider.find("keysPerSecret: 3"), 16, "keysPerSecret: 4");
  f.webhook.publish(load(wider.c_str()));
  CHECK(contains(f.send("/validate", review).body, R"("allowed":true)"));
}

TEST_CASE("an abandoned request leaves nothing behind") {
  Fixture f;
  f.handler->open({"POST", "/validate", "application/json", 100});
  f.handler->feed(R"({"kind":"AdmissionReview","request":{"uid":"half)");
  CHECK(f.handler->kept_bytes() > 0);
  f.handler->abandon();
  CHECK(f.handler->kept_bytes() == 0);
  CHECK(f.send("/validate", test::read_source_file("tests/samples/create-empty.json")).status == 200);
}

TEST_CASE("what requests in flight hold is shown while they are in flight") {
  Fixture f;
  f.handler->open({"POST", "/validate", "application/json", 100'000});
  f.handler->feed(R"({"kind":"AdmissionReview","request":{"uid":"u","userInfo":{"groups":[")" +
                  std::string(50'000, 'g'));
  CHECK_FALSE(contains(f.metrics.expose(), "secret_hygiene_inflight_body_bytes 0"));
  f.handler->abandon();
  CHECK(contains(f.metrics.expose(), "secret_hygiene_inflight_body_bytes 0"));
}

TEST_CASE("an exception ends while the webhook runs, at the moment of a review and not of a reload") {
  Fixture f;
  const std::string policies =
      std::string(kPolicies) +
      "  exceptions: [{names: [\"*\"], namespaces: [\"*\"], until: 2027-01-31, reason: It moves.}]\n";
  f.webhook.publish(load(policies.c_str()));
  const std::string review = test::read_source_file("tests/samples/create-opaque.json");
  const std::chrono::system_clock::time_point end = std::chrono::sys_days(std::chrono::year(2027) / 2 / 1);
  f.now = end - std::chrono::nanoseconds(1);
  CHECK(contains(f.send("/validate", review).body, R"("allowed":true)"));
  CHECK(f.rejected.empty());
  // A body that comes slowly is judged once it is whole.
  f.handler->open({"POST", "/validate", "application/json", review.size()});
  f.handler->feed(review);
  f.now = end;
  CHECK(contains(f.handler->finish().body, "ended on 2027-01-31: It moves."));
  CHECK(f.rejected.size() == 1);
  CHECK(contains(f.send("/mutate", review).body, R"("allowed":true)"));
}

TEST_CASE("whoever writes policies is warned of exceptions that have ended, and may write them") {
  Fixture f;
  f.now = std::chrono::sys_days(std::chrono::year(2027) / 2 / 1);
  const std::string text =
      R"(apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: a}\nspec: {mode: )"
      R"(Enforce, limits: {keysPerSecret: 3}, exceptions: [{names: [b], namespaces: [c], until: 2027-01-31, )"
      R"(reason: d}]}\n)";
  const auto answer = f.send("/validate-policies", config_map_review("a.yaml", text));
  CHECK(contains(answer.body, R"("allowed":true)"));
  CHECK(contains(answer.body, "ended on 2027-01-31: remove it"));
}

TEST_CASE("a ConfigMap of policies is judged when it is written") {
  Fixture f;
  const auto judge = [&](const std::string& review) { return f.send("/validate-policies", review); };
  const std::string good =
      R"(apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: a}\n)"
      R"(spec: {labels: {team: blue}}\n)";
  CHECK(contains(judge(config_map_review("a.yaml", good)).body, R"("uid":"u1","allowed":true)"));
  const auto bad =
      judge(config_map_review("a.yml", R"(apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\n)"));
  CHECK(bad.status == 200);
  CHECK(contains(bad.body, R"("allowed":false)"));
  CHECK(contains(bad.body, "a.yml:1:1"));
  CHECK(contains(
      judge(config_map_review("a.yaml\":\"" + good + "\",\"kustomization.yaml", "kind: Kustomization")).body,
      R"("allowed":true)"));
  CHECK(contains(judge(config_map_review("kustomization.yaml", "kind: Kustomization")).body,
                 R"("allowed":false)"));
  CHECK(contains(judge(config_map_review("README.md", "x")).body, R"("allowed":false)"));
  CHECK(contains(judge(config_map_review("a.yaml", "x", "DELETE")).body, R"("allowed":true)"));
  CHECK(
      contains(judge(test::read_source_file("tests/samples/create-opaque.json")).body, R"("allowed":true)"));
  CHECK(judge("{}").status == 400);
  CHECK(judge("not json").status == 400);
  CHECK(judge(std::string(100'000, '[')).status == 400);
  CHECK(judge(config_map_review("a.yaml", std::string(5'000'000, 'x'))).status == 400);
}
