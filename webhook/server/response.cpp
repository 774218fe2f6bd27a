#include "server/response.hpp"

#include <array>
#include <cstdio>
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
  put({"\r\nDate: ", http_date(options.now)});
  if (!answer.content_type.empty()) put({"\r\nContent-Type: ", answer.content_type});
  put({"\r\nContent-Length: ", std::to_string(answer.body.size())});
  if (!answer.allow.empty()) put({"\r\nAllow: ", answer.allow});
  if (options.close) put({"\r\nConnection: close"});
  put({"\r\n", answer.headers, "\r\n"});
  if (!options.head_only) out += answer.body;
}

// By the calendar of <chrono>: gmtime_r takes a lock that all threads share.
std::string http_date(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time - day));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                kDays.at(weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
                kMonths.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

Answer plain_answer(unsigned status, std::string_view sentence) {
  return {
      .status = status, .content_type = "text/plain; charset=utf-8", .body = std::string(sentence) + '\n'};
}

}  // namespace hygiene::server
