#include "admission/response.hpp"

#include <openssl/evp.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace hygiene::admission {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void text(Writer& writer, std::string_view value) {
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

// `bytes` in base64, in quotes: nothing in it needs an escape, so the writer need not look for one.
void write_base64(Writer& writer, std::string_view bytes) {
  std::string quoted(1 + (bytes.size() + 2) / 3 * 4 + 1,
                     '"');  // EVP_EncodeBlock ends with a NUL, where a quote goes
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(quoted.data() + 1),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  quoted[static_cast<std::size_t>(length) + 1] = '"';
  writer.RawValue(quoted.data(), quoted.size(), rapidjson::kStringType);
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
  // Every answer begins alike; the writer need not look at each of its bytes.
  constexpr std::string_view kHead =
      R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":)";
  rapidjson::StringBuffer buffer;
  kHead.copy(buffer.Push(kHead.size()), kHead.size());
  Writer writer(buffer);
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
    write_base64(writer, verdict.patch);
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
  buffer.Put('}');
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace hygiene::admission
