#include "server/request_parser.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "net/host_port.hpp"

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
  Place host;  // of the target if that names one, else of the Host header
  Expectation expectation = Expectation::none;
  bool http11 = false;
  std::string_view part;

 private:
  Place place_of(std::string_view text) const {
    Place place;
    place.at = static_cast<std::size_t>(text.data() - input.data());
    place.size = text.size();
    return place;
  }
  void keep(std::string_view value, Place& place, error_code& ec) const {
    if (value.empty()) return;
    // A folded value (obsolete, RFC 9112 section 5.2) lies in the parser and would not outlive this call.
    const bool in_input = std::less_equal<>()(input.data(), value.data()) &&
                          std::less_equal<>()(value.data() + value.size(), input.data() + input.size());
    if (in_input) {
      place = place_of(value);
    } else {
      ec = http::error::bad_value;
    }
  }

  // A path, `*` to OPTIONS, or a whole URL, whose authority counts in the place of the Host header (RFC 9112,
  // section 3.2). Of a URL without a path nothing is kept, which is the path `/`.
  bool take_target(std::string_view text, std::string_view method_text) {
    std::size_t scheme = 0;
    for (const std::string_view each : {"http://", "https://"}) {
      if (boost::istarts_with(text, each)) scheme = each.size();
    }
    absolute_ = scheme > 0;
    const std::size_t path = absolute_ ? std::min(text.find_first_of("/?", scheme), text.size()) : 0;
    target = place_of(text.substr(path));
    if (!absolute_) return text.starts_with('/') || (text == "*" && method_text == "OPTIONS");
    host = place_of(text.substr(scheme, path - scheme));
    return host.size > 0 && net::is_authority(text.substr(scheme, path - scheme));
  }

  void on_request_impl(http::verb, beast::string_view method_text, beast::string_view target_text,
                       int version, error_code& ec) override {
    method = place_of(plain(method_text));
    http11 = version == 11;
    if (!take_target(plain(target_text), plain(method_text))) ec = http::error::bad_target;
  }
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_field_impl(http::field name, beast::string_view, beast::string_view value,
                     error_code& ec) override {
    if (is_header_done()) return;  // a trailer
    if (name == http::field::host) {
      if (++hosts_ > 1 || !net::is_authority(plain(value))) ec = http::error::bad_value;
      if (!absolute_) keep(plain(value), host, ec);
    } else if (name == http::field::content_type) {
      keep(plain(value), content_type, ec);
    } else if (name == http::field::expect) {
      expectation = beast::iequals(value, "100-continue") ? Expectation::proceed : Expectation::other;
    } else if (name == http::field::transfer_encoding) {
      // Nothing else is decoded here; Beast takes any list that ends with it.
      if (++codings_ > 1 || !beast::iequals(value, "chunked")) ec = http::error::bad_transfer_encoding;
    }
  }
  void on_header_impl(error_code& ec) override {
    if (http11 && hosts_ == 0) ec = http::error::bad_value;
    if (!http11 && codings_ > 0) ec = http::error::bad_transfer_encoding;
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

  bool absolute_ = false;  // the target was a whole URL
  unsigned hosts_ = 0;
  unsigned codings_ = 0;
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
    parser_->head.target = message.target.size > 0 ? message.target.in(input) : "/";
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
