// The review reader over arbitrary bytes: the same Review however the input is cut; what it takes, RapidJSON
// takes; every answer is JSON. The first byte of the input says where to cut.
#include <string_view>

#include <rapidjson/document.h>

#include "admission/response.hpp"
#include "admission/review_reader.hpp"
#include "admission/verdict.hpp"
#include "fuzz/harness.hpp"
#include "policy/evaluator.hpp"
#include "policy/loader.hpp"

using namespace hygiene;
using test::require;

namespace {

const policy::PolicySet& policies() {
  static const auto loaded = policy::load_policies({{"p.yaml", R"(apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: p}
spec:
  mode: Enforce
  match: {sizeOver: 4}
  labels: {secret-hygiene.io/ignore: "true"}
  limits: {bytesPerSecret: 8, bytesPerObject: 64, annotationBytes: 16, bytesPerKey: 4, keysPerSecret: 1}
)"}});
  return *loaded.policies;
}

bool is_json(std::string_view text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(),
                                                                                         text.size());
  return !document.HasParseError();
}

void check_answers(const admission::Review& review) {
  if (!review.is_secret_write()) return;
  const auto violations = policy::find_violations(policies(), review.request());
  require(is_json(admission::render_response(review.uid, admission::conclude(review.request(), violations))));
  const auto mutation = admission::conclude(review, policy::plan_labels(policies(), review.object));
  require(mutation.allowed);
  require(mutation.patch.empty() || is_json(mutation.patch));
  require(is_json(admission::render_response(review.uid, mutation)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const test::CutText body = test::cut_text(data, size);
  admission::ReviewReader whole;
  whole.feed(body.whole);
  const bool good = whole.finish().has_value();
  admission::ReviewReader parts;
  for (const std::string_view part : body.parts) parts.feed(part);
  require(parts.finish().has_value() == good);
  if (!good) return 0;

  require(is_json(body.whole));
  const admission::Review& a = whole.partial();
  const admission::Review& b = parts.partial();
  require(a.uid == b.uid && a.operation == b.operation && a.object.name == b.object.name);
  require(a.object.data_bytes == b.object.data_bytes && a.object.object_bytes == b.object.object_bytes);
  require(a.object.largest_keys == b.object.largest_keys && a.stored.object_bytes == b.stored.object_bytes);
  check_answers(a);
  return 0;
}
