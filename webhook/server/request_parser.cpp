#include "server/request_parser.hpp"

#include <functional>
#include <optional>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace hygiene::server {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view plain(beast::string_view text) {
  return {text.data(), text.size()};
}

// Keeps the few fields that this server acts on, as places in the head (which may move while it is not yet
// whole), and points at the part of the body last met.
class Message final : public http::basic_parser<true> {
 public:
  struct Place {
    std::size_t at = 0;
    std::size_t size = 0;
    std::string_view in(std::string_view head) const { return head.substr(at, size); }
  };

  std::string_view input;       // of the put() at hand
  std::size_t header_used = 0;  // bytes of the head that were parsed
  Place method;
  Place target;
  Place content_type;
  Place host;
  Expectation expectation = Expectation::none;
  bool http11 = false;
  bool coded = false;  // Transfer-Encoding was given
  std::string_view part;

 private:
  Place place_of(beast::string_view text) const {
    Place place;
    place.at = static_cast<std::size_t>(text.data() - input.data());
    place.size = text.size();
    return place;
  }
  bool in_input(beast::string_view text) const {
    return std::less_equal<>()(input.data(), text.data()) &&
           std::less_equal<>()(text.data() + text.size(), input.data() + input.size());
  }

  void on_request_impl(http::verb, beast::string_view method_text, beast::string_view target_text,
                       int version, error_code&) override {
    method = place_of(method_text);
    target = place_of(target_text);
    http11 = version == 11;
  }
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_field_impl(http::field name, beast::string_view, beast::string_view value,
                     error_code& ec) override {
    if (is_header_done()) return;  // a trailer
    if (name == http::field::content_type || name == http::field::host) {
      if (value.empty()) return;
      // A folded value (obsolete, RFC 9112 section 5.2) lies in the parser and would not outlive this call.
      if (!in_input(value)) {
        ec = http::error::bad_value;
        return;
      }
      (name == http::field::host ? host : content_type) = place_of(value);
    } else if (name == http::field::expect) {
      expectation = beast::iequals(value, "100-continue") ? Expectation::proceed : Expectation::other;
    } else if (name == http::field::transfer_encoding) {
      coded = true;
    }
  }
  void on_header_impl(error_code& ec) override {
    if (coded && !chunked()) ec = http::error::bad_transfer_encoding;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, error_code&) override {
    part = plain(body);
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code&) override {
    part = plain(body);
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
};

Parsed failure_of(error_code ec) {
  if (ec == http::error::need_more) return Parsed::need_more;
  if (ec == http::error::header_limit) return Parsed::header_too_large;
  if (ec == http::error::body_limit) return Parsed::body_too_large;
  return Parsed::bad;
}

}  // namespace

class RequestParser::Parser {
 public:
  std::optional<Message> message;
  RequestHead head;
};

RequestParser::RequestParser(std::size_t header_bytes_max, std::size_t body_bytes_max)
    : header_bytes_max_(header_bytes_max),
      body_bytes_max_(body_bytes_max),
      parser_(std::make_unique<Parser>()) {
  reset();
}

RequestParser::~RequestParser() = default;

void RequestParser::reset() {
  Message& message = parser_->message.emplace();
  message.header_limit(static_cast<std::uint32_t>(header_bytes_max_));
  message.body_limit(body_bytes_max_);
  parser_->head = {};
}

ParseStep RequestParser::put(std::string_view input) {
  return parser_->message->is_header_done() ? put_body(input) : put_header(input);
}

ParseStep RequestParser::put_header(std::string_view input) {
  Message& message = *parser_->message;
  message.input = input;
  error_code ec;
  const std::string_view rest = input.substr(message.header_used);
  message.header_used += message.put(boost::asio::buffer(rest.data(), rest.size()), ec);
  ParseStep step;
  if (ec && ec != http::error::need_more) {
    step.parsed = failure_of(ec);
  } else if (!message.is_header_done()) {
    // Beast holds each call to its limit, not their sum.
    if (input.size() >= header_bytes_max_) step.parsed = Parsed::header_too_large;
  } else if (message.header_used > header_bytes_max_) {
    step.parsed = Parsed::header_too_large;
  } else {
    step.parsed = Parsed::header;
    step.used = message.header_used;
    parser_->head.method = message.method.in(input);
    parser_->head.target = message.target.in(input);
    parser_->head.content_type = message.content_type.in(input);
    parser_->head.host = message.host.in(input);
    if (const auto length = message.content_length()) {
      parser_->head.content_length = static_cast<std::size_t>(*length);
    }
  }
  return step;
}

ParseStep RequestParser::put_body(std::string_view input) {
  Message& message = *parser_->message;
  message.part = {};
  error_code ec;
  ParseStep step;
  step.used = message.put(boost::asio::buffer(input.data(), input.size()), ec);
  step.part = message.part;
  if (ec) {
    step.parsed = failure_of(ec);
  } else {
    step.parsed = message.is_done() ? Parsed::done : Parsed::part;
  }
  return step;
}

const RequestHead& RequestParser::head() const {
  return parser_->head;
}

bool RequestParser::has_body() const {
  return !parser_->message->is_done();
}

bool RequestParser::keep_alive() const {
  return parser_->message->http11 && parser_->message->keep_alive();
}

Expectation RequestParser::expectation() const {
  return parser_->message->expectation;
}

bool RequestParser::is_head_request() const {
  return parser_->head.method == "HEAD";
}

}  // namespace hygiene::server
