#include "server/response.hpp"

#include <initializer_list>

#include <boost/beast/http/status.hpp>

namespace hygiene::server {

namespace http = boost::beast::http;

void render(const Answer& answer, ResponseOptions options, std::string& out) {
  const auto reason = http::obsolete_reason(http::int_to_status(answer.status));
  const auto put = [&out](std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts) out += part;
  };
  out.clear();
  put({"HTTP/1.1 ", std::to_string(answer.status), " ", {reason.data(), reason.size()}});
  if (!answer.content_type.empty()) put({"\r\nContent-Type: ", answer.content_type});
  put({"\r\nContent-Length: ", std::to_string(answer.body.size())});
  if (!answer.allow.empty()) put({"\r\nAllow: ", answer.allow});
  if (options.close) put({"\r\nConnection: close"});
  put({"\r\n", answer.headers, "\r\n"});
  if (!options.head_only) out += answer.body;
}

Answer plain_answer(unsigned status, std::string_view sentence) {
  return {
      .status = status, .content_type = "text/plain; charset=utf-8", .body = std::string(sentence) + '\n'};
}

}  // namespace hygiene::server
