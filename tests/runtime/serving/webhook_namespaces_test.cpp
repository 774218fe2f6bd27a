// Policies that select by the labels of namespaces: what the API server is answered where they are known, on
// their way, or not known.
#include <sstream>

#include <catch2/catch.hpp>

#include "policy/loader.hpp"
#include "runtime/namespaces/namespace_book.hpp"
#include "runtime/serving/webhook.hpp"

using namespace hygiene;
using namespace std::chrono_literals;
using Catch::Contains;
using runtime::NamespaceBook;

namespace {

constexpr const char* kPolicies = R"(apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: gold}
spec:
  mode: Enforce
  match: {namespaceSelector: {matchLabels: {tier: gold}}}
  labels: {secret-hygiene.io/gold: "true"}
  limits: {bytesPerSecret: 3}
---
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: quota}
spec:
  mode: Enforce
  match: {namespaceSelector: {matchLabels: {tier: gold}}, types: [t]}
  limits: {secretsPerNamespace: 3}
---
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: every}
spec:
  mode: Enforce
  limits: {bytesPerSecret: 9}
)";

const std::string kSmall = "AAAA";                 // 3 bytes
const std::string kLarge = "AAAAAAAA";             // 6
const std::string kTooLarge = "AAAAAAAAAAAAAAAA";  // 12

std::string review(const std::string& data, const std::string& type = "Opaque",
                   const std::string& operation = "CREATE", const std::string& stored = "null") {
  return R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":)"
         R"({"group":"","version":"v1","kind":"Secret"},"name":"s","namespace":"team","operation":")" +
         operation +
         R"(","userInfo":{"username":"alice"},"object":{"metadata":{"name":"s","namespace":"team","uid":"o"},)"
         R"("type":")" +
         type + R"(","data":{"k":")" + data + R"("}},"oldObject":)" + stored + R"(,"dryRun":false}})";
}

struct Fixture {
  explicit Fixture(bool deny_unknown = false) : webhook(options(deny_unknown), metrics, log) {
    webhook.publish(policy::load_policies({{"p.yaml", kPolicies}}).policies);
    handler = webhook.new_handler(0);
  }
  runtime::WebhookOptions options(bool deny_unknown) {
    runtime::WebhookOptions made;
    made.accept = [](const policy::PolicySet&) { return Result<void>(); };
    made.namespaces = &book;
    made.deny_unknown = deny_unknown;
    return made;
  }
  void show(const std::string& tier) {
    secret::Labels labels;
    labels.add("tier").value = tier;
    book.replace({"tier"}, {{"team", std::make_shared<const secret::Labels>(std::move(labels))}});
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
  bool unknown(int times) {
    return metrics.expose().find("\nsecret_hygiene_counts_unknown_total{reason=\"namespace\"} " +
                                 std::to_string(times) + '\n') != std::string::npos;
  }

  NamespaceBook book;
  std::ostringstream log_text;
  telemetry::Metrics metrics;
  telemetry::Log log{telemetry::Level::debug, telemetry::LogFormat::json, log_text};
  runtime::Webhook webhook;
  std::unique_ptr<server::RequestHandler> handler;
};

const auto kAllowed = Contains(R"("allowed":true)");
const auto kDenied = Contains(R"("allowed":false)");

}  // namespace

TEST_CASE("a policy applies by the labels of the namespace that are known") {
  Fixture test;
  test.show("gold");
  CHECK_THAT(test.send(review(kSmall)), kAllowed && !Contains("warnings"));
  CHECK_THAT(test.send(review(kLarge)), kDenied && Contains("policy \\\"gold\\\""));
  CHECK_THAT(test.send(review(kLarge), "/mutate?timeout=10s"), kAllowed && Contains("\"patch\""));
  test.show("iron");
  CHECK_THAT(test.send(review(kLarge)), kAllowed && !Contains("warnings"));
  CHECK_THAT(test.send(review(kLarge), "/mutate?timeout=10s"), kAllowed && !Contains("\"patch\""));
  CHECK_FALSE(test.unknown(1));
}

TEST_CASE("a write in a namespace that is not shown yet waits, and is judged by the labels that come") {
  for (const char* target : {"/validate?timeout=10s", "/mutate?timeout=10s"}) {
    INFO(target);
    Fixture test;
    test.book.replace({"tier"}, {});
    REQUIRE(test.put(review(kLarge), target));
    bool ready = false;
    test.handler->when_ready([&ready] { ready = true; });
    CHECK_FALSE(ready);
    test.show("gold");
    CHECK(ready);
    CHECK_FALSE(test.handler->must_wait());
    CHECK_THAT(test.handler->finish().body, Contains(target[1] == 'v' ? "policy \\\"gold\\\"" : "\"patch\""));
  }
}

TEST_CASE(
    "past the deadline, or while namespaces cannot be listed, a policy that may apply allows with a "
    "warning") {
  Fixture test;
  // No time is left.
  CHECK_THAT(test.send(review(kLarge), "/validate?timeout=1ms"),
             kAllowed && Contains("policy \\\"gold\\\" cannot be matched with Secret team/s now (the labels "
                                  "of its namespace are not known): allowed without its limits"));
  CHECK(test.unknown(1));
  test.book.set_failing(true);
  CHECK_THAT(test.send(review(kLarge)), kAllowed && Contains("cannot be matched with Secret"));
  CHECK_THAT(test.send(review(kSmall, "t")),
             kAllowed && Contains("policy \\\"quota\\\" cannot count namespace team now"));
  CHECK(test.unknown(3));
  // What no such policy could deny, and what another denies all the same.
  CHECK_THAT(test.send(review(kSmall)), kAllowed && !Contains("warnings"));
  CHECK_THAT(test.send(review(kTooLarge)), kDenied && Contains("policy \\\"every\\\""));
  CHECK_THAT(
      test.send(review(kSmall, "t", "UPDATE", R"({"metadata":{"name":"s"},"type":"t","data":{"k":"AAAA"}})")),
      kAllowed && !Contains("warnings"));
}

TEST_CASE("with --when-counts-unknown=deny it is denied") {
  Fixture test(true);
  test.book.set_failing(true);
  CHECK_THAT(test.send(review(kLarge)), kDenied && Contains("try again in a moment"));
  CHECK_THAT(test.send(review(kSmall, "t")), kDenied && Contains("try again in a moment"));
  CHECK_THAT(test.send(review(kSmall)), kAllowed);
  CHECK(test.metrics.expose().find(
            "rejections_total{limit=\"bytesPerSecret\",namespace=\"team\",policy=\"gold\"} 1") !=
        std::string::npos);
}

TEST_CASE("labels stay as they are while those of the namespace are not known") {
  Fixture test;
  test.book.set_failing(true);
  const std::string object =
      R"({"metadata":{"name":"s","namespace":"team","labels":{"secret-hygiene.io/gold":"true"},"annotations":)"
      R"({"secret-hygiene.io/owned-labels":"secret-hygiene.io/gold=true"}},"type":"Opaque"})";
  const std::string labelled =
      R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":)"
      R"({"group":"","version":"v1","kind":"Secret"},"name":"s","namespace":"team","operation":"UPDATE",)"
      R"("object":)" +
      object + R"(,"oldObject":)" + object + R"(,"dryRun":false}})";
  CHECK_THAT(test.send(labelled, "/mutate?timeout=10s"),
             kAllowed && !Contains("\"patch\"") && Contains("does not change the labels of this Secret"));
  CHECK(test.unknown(1));
  test.show("iron");
  CHECK_THAT(test.send(labelled, "/mutate?timeout=10s"), Contains("\"patch\""));
}

TEST_CASE("where no policy selects by labels nobody looks for a namespace") {
  Fixture test;
  test.webhook.publish(
      policy::load_policies({{"p.yaml",
                              "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: "
                              "every}\nspec: {mode: Enforce, limits: {bytesPerSecret: 3}}\n"}})
          .policies);
  CHECK_THAT(test.send(review(kSmall)), kAllowed);
  CHECK_THAT(test.send(review(kLarge)), kDenied);
}
