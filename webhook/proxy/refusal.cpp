#include "proxy/refusal.hpp"

#include "json/writer.hpp"
#include "server/response.hpp"

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
  json::Writer json;
  json.object([&] {
    json.field("kind", "Status");
    json.field("apiVersion", "v1");
    json.object("metadata", [] {});
    json.field("status", "Failure");
    json.field("message", sentence);
    json.field("reason", reasons.reason);
    json.field("code", status);
  });
  std::string answer = "HTTP/1.1 " + std::to_string(status) + ' ';
  answer += reasons.phrase;
  answer += "\r\nDate: " + server::http_date(std::chrono::system_clock::now());
  answer += "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(json.view().size());
  answer += "\r\nConnection: close\r\n\r\n";
  answer += json.view();
  return answer;
}

}  // namespace hygiene::proxy
