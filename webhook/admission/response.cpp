#include "admission/response.hpp"

#include "json/writer.hpp"

namespace hygiene::admission {

std::string render_response(std::string_view uid, const Verdict& verdict) {
  json::Writer json;
  json.object([&] {
    json.field("kind", "AdmissionReview");
    json.field("apiVersion", "admission.k8s.io/v1");
    json.object("response", [&] {
      json.field("uid", uid);
      json.field("allowed", verdict.allowed);
      if (!verdict.allowed) {
        json.object("status", [&] {
          json.field("code", verdict.code);
          json.field("reason", verdict.reason);
          json.field("message", verdict.message);
        });
      }
      if (!verdict.patch.empty()) {
        json.field("patchType", "JSONPatch");
        json.base64("patch", verdict.patch);
      }
      if (!verdict.warnings.empty()) json.array("warnings", verdict.warnings);
      if (!verdict.audit_annotations.empty()) {
        json.object("auditAnnotations", [&] {
          for (const auto& [key, value] : verdict.audit_annotations) json.field(key, value);
        });
      }
    });
  });
  return json.take();
}

}  // namespace hygiene::admission
