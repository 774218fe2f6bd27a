#include <catch2/catch.hpp>

#include "cluster/api_error.hpp"
#include "cluster/resource.hpp"
#include "cluster/retry.hpp"

using namespace hygiene;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("a write is sent again after 429 only, a read also after what a second time cannot make worse") {
  for (unsigned status = 100; status < 600; ++status) {
    INFO(status);
    CHECK(cluster::may_retry(status, false) == (status == 429));
    const bool read = status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
    CHECK(cluster::may_retry(status, true) == read);
  }
}

TEST_CASE("pauses double up to a bound, are spread over their upper half, and end with the attempts") {
  cluster::RetryRules rules;
  rules.attempts_max = 4;
  rules.first_pause = milliseconds(100);
  rules.pause_max = milliseconds(350);
  const auto pause = [&](unsigned attempt, double spread) {
    return cluster::pause_after(rules, attempt, std::nullopt, spread);
  };
  CHECK(pause(1, 1) == milliseconds(100));
  CHECK(pause(1, 0) == milliseconds(50));
  CHECK(pause(2, 1) == milliseconds(200));
  CHECK(pause(3, 1) == milliseconds(350));
  CHECK(pause(3, 0) == milliseconds(175));
  CHECK_FALSE(pause(4, 0).has_value());
  CHECK_FALSE(pause(5, 0).has_value());
  rules.attempts_max = 1000;
  CHECK(pause(900, 1) == milliseconds(350));
}

TEST_CASE(
    "a Retry-After is waited for in full, none and zero as if it were absent, and one too long not at all") {
  const cluster::RetryRules rules;
  const auto pause = [&](std::optional<seconds> asked, double spread) {
    return cluster::pause_after(rules, 1, asked, spread);
  };
  CHECK(pause(seconds(2), 0) == seconds(2));
  CHECK(pause(seconds(2), 1) == milliseconds(2500));
  CHECK(pause(seconds(0), 1) == rules.first_pause);
  CHECK(pause(std::nullopt, 1) == rules.first_pause);
  CHECK(pause(seconds(60), 0) == seconds(60));
  CHECK_FALSE(pause(seconds(61), 0).has_value());
  CHECK_FALSE(cluster::pause_after(rules, rules.attempts_max, seconds(1), 0).has_value());
}

TEST_CASE("a resource has one path, one name for people and one for RBAC") {
  cluster::Resource resource;
  resource.plural = "secrets";
  CHECK(resource.path() == "/api/v1/secrets");
  CHECK(resource.description() == "secrets in all namespaces");
  resource.namespace_name = "a b";
  resource.name = "../x?y#z%";
  CHECK(resource.path() == "/api/v1/namespaces/a%20b/secrets/..%2Fx%3Fy%23z%25");
  CHECK(resource.rbac_name() == "secrets");
  resource = cluster::Resource();
  resource.group = "admissionregistration.k8s.io";
  resource.plural = "mutatingwebhookconfigurations";
  resource.name = "hook";
  CHECK(resource.path() == "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/hook");
  CHECK(resource.description() == "mutatingwebhookconfigurations.admissionregistration.k8s.io \"hook\"");
}

TEST_CASE("a Status is read where there is one, without control characters and no longer than 1 KiB") {
  const auto said = cluster::read_status(
      R"({"kind":"Status","reason":"Forbidden","message":"a\nb\u001b[31m\u007fc","code":403})");
  CHECK(said.reason == "Forbidden");
  CHECK(said.message == "a b [31m c");
  const std::string open = R"({"kind":"Status","message":")";
  CHECK(cluster::read_status(open + std::string(1024, 'x') + "\"}").message.size() == 1024);
  CHECK(cluster::read_status(open + std::string(1025, 'x') + "\"}").message.size() == 1024);
  for (const char* other : {"", "null", "[]", "<html>", R"({"kind":"Secret","message":"m","reason":"r"})",
                            R"({"kind":"Status","message":7,"reason":null,"code":"x"})"}) {
    INFO(other);
    const auto none = cluster::read_status(other);
    CHECK((none.message.empty() && none.reason.empty()));
  }
}
