#include "server/response.hpp"

#include <boost/beast/http/status.hpp>

namespace hygiene::server {

namespace http = boost::beast::http;

void render(const Answer& answer, ResponseOptions options, std::string& out) {
  const auto reason = http::obsolete_reason(http::int_to_status(answer.status));
  out.clear();
  out += "HTTP/1.1 ";
  out += std::to_string(answer.status);
  out += ' ';
  out.append(reason.data(), reason.size());
  if (!answer.content_type.empty()) {
    out += "\r\nContent-Type: ";
    out += answer.content_type;
  }
  out += "\r\nContent-Length: ";
  out += std::to_string(answer.body.size());
  if (!answer.allow.empty()) {
    out += "\r\nAllow: ";
    out += answer.allow;
  }
  if (options.close) out += "\r\nConnection: close";
  out += "\r\n";
  out += answer.headers;
  out += "\r\n";
  if (!options.head_only) out += answer.body;
}

Answer plain_answer(unsigned status, std::string_view sentence) {
  Answer answer;
  answer.status = status;
  answer.content_type = "text/plain";
  answer.body = sentence;
  answer.body += '\n';
  return answer;
}

}  // namespace hygiene::server
