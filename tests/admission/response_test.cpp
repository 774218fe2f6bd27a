#include "admission/response.hpp"

#include <catch2/catch.hpp>

using namespace hygiene::admission;

TEST_CASE("a response holds what its verdict holds, and nothing else") {
  Verdict verdict;
  CHECK(
      render_response("u1", verdict) ==
      R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u1","allowed":true}})");

  verdict.warnings = {"a \"b\"", "c"};
  verdict.audit_annotations = {{"warned", "p/bytesPerSecret"}};
  CHECK(
      render_response("u1", verdict) ==
      R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u1","allowed":true,)"
      R"("warnings":["a \"b\"","c"],"auditAnnotations":{"warned":"p/bytesPerSecret"}}})");

  Verdict patched;
  patched.patch = "[]";
  CHECK(
      render_response("u1", patched) ==
      R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u1","allowed":true,)"
      R"("patchType":"JSONPatch","patch":"W10="}})");

  Verdict denied;
  denied.allowed = false;
  denied.code = 403;
  denied.reason = "Forbidden";
  denied.message = "no\nno";
  CHECK(
      render_response("u1", denied) ==
      R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u1","allowed":false,)"
      R"("status":{"code":403,"reason":"Forbidden","message":"no\nno"}}})");
}
