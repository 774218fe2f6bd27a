#include "admission/response.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/base64.hpp"

namespace hygiene::admission {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void text(Writer& writer, std::string_view value) {
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void write_status(Writer& writer, const Verdict& verdict) {
  writer.Key("status");
  writer.StartObject();
  writer.Key("code");
  writer.Int(verdict.code);
  writer.Key("reason");
  text(writer, verdict.reason);
  writer.Key("message");
  text(writer, verdict.message);
  writer.EndObject();
}

}  // namespace

std::string render_response(std::string_view uid, const Verdict& verdict) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("kind");
  writer.String("AdmissionReview");
  writer.Key("apiVersion");
  writer.String("admission.k8s.io/v1");
  writer.Key("response");
  writer.StartObject();
  writer.Key("uid");
  text(writer, uid);
  writer.Key("allowed");
  writer.Bool(verdict.allowed);
  if (!verdict.allowed) write_status(writer, verdict);
  if (!verdict.patch.empty()) {
    writer.Key("patchType");
    writer.String("JSONPatch");
    writer.Key("patch");
    text(writer, base::encode_base64(verdict.patch));
  }
  if (!verdict.warnings.empty()) {
    writer.Key("warnings");
    writer.StartArray();
    for (const std::string& warning : verdict.warnings) text(writer, warning);
    writer.EndArray();
  }
  if (!verdict.audit_annotations.empty()) {
    writer.Key("auditAnnotations");
    writer.StartObject();
    for (const auto& [key, value] : verdict.audit_annotations) {
      text(writer, key);
      text(writer, value);
    }
    writer.EndObject();
  }
  writer.EndObject();
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace hygiene::admission
