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

// `bytes` as a string of base64. Nothing in it needs an escape, so it goes to `buffer` past the writer, which
// is told of an empty value in its place.
void write_base64(Writer& writer, rapidjson::StringBuffer& buffer, std::string_view bytes) {
  writer.RawValue("", 0, rapidjson::kStringType);
  buffer.Put('"');
  const std::size_t size = (bytes.size() + 2) / 3 * 4;
  // EVP_EncodeBlock ends with a NUL.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(buffer.Push(size + 1)),
                  reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  buffer.Pop(1);
  buffer.Put('"');
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
    write_base64(writer, buffer, verdict.patch);
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
