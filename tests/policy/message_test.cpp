#include "policy/message.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "support.hpp"

using namespace hygiene;
using namespace hygiene::policy;

namespace {

Policy policy_with(const std::string& message) {
  Policy policy;
  policy.name = "team-limits";
  policy.message = message;
  return policy;
}

std::string describe_one(const Policy& policy, LimitKind limit, std::uint64_t measured, std::uint64_t allowed,
                         const secret::Facts& facts) {
  const Violation violation{&policy, limit, measured, allowed, Outcome::denied, Spared::no};
  return with_advice(describe({&violation}, {Operation::create, nullptr, &facts, nullptr}), policy);
}

}  // namespace

TEST_CASE(
    "A message gives the policy, what was measured, the limit, the Secret, its largest keys and the policy's "
    "words") {
  auto facts = test::secret_of(921'603);
  facts.largest_keys = {{"blob", 921'600}, {"x", 3}, {"y", 1}, {"z", 0}};
  facts.key_count = 4;
  CHECK(describe_one(policy_with("Set helm --history-max."), LimitKind::bytes_per_secret, 921'603, 786'432,
                     facts) ==
        "policy \"team-limits\": 900Ki of data exceeds bytesPerSecret 768Ki: Secret team-a/big (largest "
        "keys: blob 900Ki, "
        "x 3 bytes, y 1 byte). Set helm --history-max.");
  CHECK(describe_one(policy_with(""), LimitKind::bytes_per_key, 921'600, 786'432, facts) ==
        "policy \"team-limits\": 900Ki of data in one key exceeds bytesPerKey 768Ki: Secret team-a/big "
        "(largest keys: blob "
        "900Ki, x 3 bytes, y 1 byte)");
}

TEST_CASE("Counts are shown as counts, and keys only where the limit is about data") {
  const auto facts = test::secret_of(5);
  CHECK(describe_one(policy_with(""), LimitKind::keys_per_secret, 65, 64, facts) ==
        "policy \"team-limits\": 65 keys exceed keysPerSecret 64: Secret team-a/big (largest keys: blob 5 "
        "bytes)");
  CHECK(describe_one(policy_with(""), LimitKind::annotation_bytes, 70'000, 65'536, facts) ==
        "policy \"team-limits\": 68.4Ki of annotations exceeds annotationBytes 64Ki: Secret team-a/big");
  CHECK(
      describe_one(policy_with(""), LimitKind::secrets_per_namespace, 1, 0, facts) ==
      "policy \"team-limits\": 1 Secrets in the namespace exceeds secretsPerNamespace 0: Secret team-a/big");
}

TEST_CASE(
    "Several limits of one policy stand in one sentence, with the largest keys where one is about data") {
  const auto facts = test::secret_of(921'600);
  const Policy policy = policy_with("Do this.");
  const Violation data{&policy, LimitKind::bytes_per_secret, 921'600, 786'432, Outcome::denied, Spared::no};
  const Violation annotations{&policy,   LimitKind::annotation_bytes, 70'000, 65'536, Outcome::denied,
                              Spared::no};
  const Request request{Operation::create, nullptr, &facts, nullptr};
  CHECK(describe({&annotations, &data}, request) ==
        "policy \"team-limits\": 68.4Ki of annotations exceeds annotationBytes 64Ki, 900Ki of data exceeds "
        "bytesPerSecret 768Ki: Secret team-a/big (largest keys: blob 900Ki)");
  CHECK(describe({&annotations}, request) ==
        "policy \"team-limits\": 68.4Ki of annotations exceeds annotationBytes 64Ki: Secret team-a/big");
}

TEST_CASE("One byte too many is shown in bytes") {
  const auto facts = test::secret_of(786'433);
  CHECK_THAT(describe_one(policy_with(""), LimitKind::bytes_per_secret, 786'433, 786'432, facts),
             Catch::Contains("786433 bytes of data exceeds bytesPerSecret 786432 bytes"));
}

TEST_CASE("A Secret without a name is called by what its name will begin with") {
  auto facts = test::secret_of(5);
  facts.name.clear();
  facts.generate_name = "job-";
  facts.largest_keys.clear();
  CHECK_THAT(describe_one(policy_with(""), LimitKind::bytes_per_secret, 5, 4, facts),
             Catch::EndsWith("Secret team-a/job-…"));
  facts.namespace_name.clear();
  CHECK_THAT(describe_one(policy_with(""), LimitKind::bytes_per_secret, 5, 4, facts),
             Catch::EndsWith("Secret job-…"));
}

TEST_CASE("Names of any length and with any characters stay on one line of bounded length") {
  auto facts = test::secret_of(5);
  facts.name = "a\nb\x7f" + std::string(1'500'000, 'n');
  facts.namespace_name = "\xC2\x85\xE2\x80\xA8" + std::string(1'500'000, 's');
  facts.largest_keys = {{"k\r\t" + std::string(1'500'000, 'k'), 5}};
  const auto text =
      describe_one(policy_with("Line one\nline two\x01"), LimitKind::bytes_per_secret, 5, 4, facts);
  CHECK(text.size() < 1024);
  CHECK_THAT(text, Catch::Contains("Secret ??sss") && Catch::Contains("/a?b?nnn") &&
                       Catch::Contains("keys: k??kkk"));
  CHECK_THAT(text, Catch::EndsWith(". Line one line two "));
  // A name of a legal length is whole.
  facts.name = std::string(253, 'n');
  CHECK_THAT(describe_one(policy_with(""), LimitKind::bytes_per_secret, 5, 4, facts),
             Catch::Contains(facts.name + " ("));
}

TEST_CASE("A warning has at most 256 bytes, no control characters, and ends between characters") {
  CHECK(as_warning("a\nb\tc") == "a b c");
  CHECK(as_warning(std::string(256, 'a')) == std::string(256, 'a'));
  CHECK(as_warning(std::string(257, 'a')) == std::string(253, 'a') + "…");
  std::string text(252, 'a');
  CHECK(as_warning(text + "ééé") == text + "…");
}
