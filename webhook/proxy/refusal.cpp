#include "proxy/refusal.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace hygiene::proxy {
namespace {

struct Reasons {
  std::string_view phrase;  // of HTTP
  std::string_view reason;  // metav1.StatusReason
};

Reasons reasons_of(unsigned status) {
  switch (status) {
    case 400:
      return {"Bad Request", "BadRequest"};
    case 421:
      return {"Misdirected Request", "Forbidden"};
    case 431:
      return {"Request Header Fields Too Large", "BadRequest"};
    default:
      return {"Bad Gateway", "ServiceUnavailable"};
  }
}

}  // namespace

std::string render_refusal(unsigned status, std::string_view sentence) {
  const Reasons reasons = reasons_of(status);
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out(buffer);
  const auto text = [&out](std::string_view key, std::string_view value) {
    out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  out.StartObject();
  text("kind", "Status");
  text("apiVersion", "v1");
  out.Key("metadata");
  out.StartObject();
  out.EndObject();
  text("status", "Failure");
  text("message", sentence);
  text("reason", reasons.reason);
  out.Key("code");
  out.Uint(status);
  out.EndObject();

  std::string answer = "HTTP/1.1 " + std::to_string(status) + ' ';
  answer += reasons.phrase;
  answer += "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(buffer.GetSize());
  answer += "\r\nConnection: close\r\n\r\n";
  answer.append(buffer.GetString(), buffer.GetSize());
  return answer;
}

}  // namespace hygiene::proxy
