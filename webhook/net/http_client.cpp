#include "net/http_client.hpp"

#include <algorithm>
#include <charconv>

#include <boost/asio/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/http_date.hpp"
#include "base/version.hpp"

namespace hygiene::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

// Four TLS records: a page of a list comes in few reads.
constexpr std::size_t kReadBufferBytes = 64 * 1024;
// An API server sends about 500 bytes of head, a proxy before it a few kilobytes more.
constexpr std::size_t kHeadBytesMax = 64 * 1024;
// Servers close what is idle, and may do so just when a request leaves: an API server after 90 s or more,
// some load balancers after 60 s.
constexpr std::chrono::seconds kIdleMax{30};

constexpr const char* kHeadTooLong = " sent a header or a line that is too long";
constexpr const char* kTooSlow = " did not answer in time";

std::optional<std::chrono::seconds> seconds_in(std::string_view text) {
  std::uint32_t count = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(count);
}

}  // namespace

class HttpClient::Parser final : public http::basic_parser<false> {
 public:
  explicit Parser(const HttpRequest& request) : request_(request) {
    eager(true);
    header_limit(kHeadBytesMax);
    body_limit(boost::none);
    skip(request.method == "HEAD");
  }

  HttpResponse response;
  std::optional<Error> refusal;

 private:
  std::size_t take(beast::string_view part, error_code& ec) {
    const std::string_view bytes(part.data(), part.size());
    if (request_.sink && response.status / 100 == 2) {
      const Result<void> taken = request_.sink(bytes);
      if (taken.has_error()) refusal = taken.error();
    } else if (response.body.size() + bytes.size() > request_.body_bytes_max) {
      refusal = Error(Errc::limit,
                      "the answer is larger than " + std::to_string(request_.body_bytes_max) + " bytes");
    } else {
      response.body.append(bytes);
    }
    if (refusal) ec = http::error::body_limit;
    return part.size();
  }

  void on_request_impl(http::verb, beast::string_view, beast::string_view, int, error_code&) override {}
  void on_response_impl(int status, beast::string_view, int, error_code&) override {
    response.status = static_cast<unsigned>(status);
  }
  void on_field_impl(http::field name, beast::string_view text, beast::string_view value,
                     error_code& ec) override {
    // header_limit() bounds what one call parses; lines that were consumed are not among it any more.
    head_bytes_ += text.size() + value.size() + 4;
    if (head_bytes_ > kHeadBytesMax) ec = http::error::header_limit;
    if (name == http::field::date) response.date = base::parse_http_date({value.data(), value.size()});
    if (name == http::field::retry_after) response.retry_after = seconds_in({value.data(), value.size()});
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view part, error_code& ec) override { return take(part, ec); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view part, error_code& ec) override {
    return take(part, ec);
  }
  void on_finish_impl(error_code&) override {}

  const HttpRequest& request_;
  std::size_t head_bytes_ = 0;
};

HttpClient::HttpClient(const asio::any_io_executor& executor, Destination to)
    : to_(std::move(to)), dialler_(executor), buffer_(kReadBufferBytes), deadline_(executor, [this] {
        dialler_.cancel();
        if (stream_) stream_->cancel();
      }) {}

HttpClient::~HttpClient() = default;

asio::awaitable<Result<HttpResponse>> HttpClient::send(HttpRequest request) {
  const Result<void> begun = co_await begin(std::move(request));
  if (!begun) co_return begun.error();
  for (;;) {
    Result<std::optional<HttpResponse>> answer = co_await receive();
    if (!answer) co_return answer.error();
    if (*answer) co_return std::move(**answer);
  }
}

asio::awaitable<Result<void>> HttpClient::ask(HttpRequest request) {
  const Result<void> begun = co_await begin(std::move(request));
  if (!begun) co_return begun.error();
  deadline_.disarm();
  asked_ = true;
  co_return Result<void>();
}

asio::awaitable<Result<void>> HttpClient::begin(HttpRequest request) {
  request_ = std::move(request);
  deadline_.arm(request_.timeout, request_.given_up);
  if (stream_ && std::chrono::steady_clock::now() - idle_since_ > kIdleMax) drop_connection();
  kept_ = stream_ != nullptr;
  asked_ = false;
  Result<void> done = co_await put();
  if (!done && may_ask_anew()) {
    kept_ = false;
    done = co_await put();
  }
  if (!done) co_return give_up(done.error());
  co_return Result<void>();
}

asio::awaitable<Result<std::optional<HttpResponse>>> HttpClient::receive() {
  if (std::exchange(asked_, false)) deadline_.arm(request_.timeout, request_.given_up);
  Result<bool> whole = co_await read_once();
  if (!whole && may_ask_anew()) {
    kept_ = false;
    drop_connection();
    const Result<void> done = co_await put();
    whole = done ? Result<bool>(false) : Result<bool>(done.error());
  }
  if (!whole) co_return give_up(whole.error());
  if (!*whole) co_return std::optional<HttpResponse>();
  co_return std::optional(finish());
}

bool HttpClient::may_ask_anew() const {
  return kept_ && !answered_ && !deadline_.expired() && request_.method == "GET";
}

HttpResponse HttpClient::finish() {
  deadline_.disarm();
  buffer_.wipe();
  HttpResponse response = std::move(parser_->response);
  if (!parser_->keep_alive() || !buffer_.data().empty()) drop_connection();
  parser_.reset();
  request_ = HttpRequest();
  idle_since_ = std::chrono::steady_clock::now();
  return response;
}

Error HttpClient::give_up(Error why) {
  drop();
  return why;
}

asio::awaitable<Result<void>> HttpClient::connect() {
  Result<std::unique_ptr<Stream>> opened = co_await dialler_.open(to_);
  if (deadline_.expired()) co_return failed("connect", asio::error::timed_out);
  if (!opened) co_return opened.error();
  stream_ = std::move(*opened);
  co_return Result<void>();
}

asio::awaitable<Result<void>> HttpClient::put() {
  answered_ = false;
  body_until_.reset();
  parser_ = std::make_unique<Parser>(request_);
  if (!stream_) {
    const Result<void> connected = co_await connect();
    if (!connected) co_return connected.error();
  }
  write_request();
  const asio::const_buffer from(out_.view().data(), out_.size());
  const Transfer sent = co_await stream_->write_all(from);
  out_.clear();
  if (!sent.ec) co_return Result<void>();
  const Error why = failed("send", sent.ec);
  drop_connection();
  co_return why;
}

asio::awaitable<Result<bool>> HttpClient::read_once() {
  const auto room = buffer_.prepare();
  if (room.empty()) co_return Error(Errc::limit, to_.url() + kHeadTooLong);
  if (request_.sink && parser_->is_header_done()) {
    const Result<void> in_time = arm_for_body();
    if (!in_time) co_return in_time.error();
  }
  const asio::mutable_buffer into(room.data(), room.size());
  const Transfer got = co_await stream_->read_some(into);
  if (got.ec && answered_ && got.ec == asio::error::eof) {
    // The end of a body without a length; within any other it is an error.
    error_code ec;
    parser_->put_eof(ec);
    if (!ec) co_return true;
  }
  if (got.ec) co_return failed("receive", got.ec);
  answered_ = true;
  buffer_.commit(got.bytes);
  const Result<void> parsed = parse();
  if (!parsed) co_return parsed.error();
  co_return parser_->is_done();
}

Result<void> HttpClient::arm_for_body() {
  const auto now = std::chrono::steady_clock::now();
  if (!body_until_) body_until_ = now + request_.sink_total;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*body_until_ - now);
  if (left.count() <= 0) return Error(Errc::io, to_.url() + kTooSlow);
  deadline_.arm(std::min(request_.sink_idle, left), request_.given_up);
  return {};
}

// As much of what was received as makes whole elements.
Result<void> HttpClient::parse() {
  while (!buffer_.data().empty() && !parser_->is_done()) {
    error_code ec;
    const std::string_view bytes = buffer_.data();
    const std::size_t used = parser_->put(asio::buffer(bytes.data(), bytes.size()), ec);
    buffer_.consume(used);
    if (parser_->refusal) return *parser_->refusal;
    if (ec == http::error::need_more) break;
    if (ec == http::error::header_limit) return Error(Errc::limit, to_.url() + kHeadTooLong);
    if (ec) return Error(Errc::syntax, to_.url() + " does not answer in HTTP/1.1: " + ec.message());
    // The final answer follows: RFC 9110, section 15.2.
    const unsigned status = parser_->response.status;
    const bool interim = status / 100 == 1 && status != 101;
    if (parser_->is_done() && interim) parser_ = std::make_unique<Parser>(request_);
    if (used == 0) break;
  }
  return {};
}

void HttpClient::write_request() {
  const HttpRequest& request = request_;
  const auto put = [this](std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts) out_ += part;
  };
  const std::string url = to_.url();
  const std::string_view host = std::string_view(url).substr(url.find("//") + 2);
  out_.clear();
  put({request.method, " ", request.target, " HTTP/1.1\r\nHost: ", host});
  put({"\r\nUser-Agent: secret-hygiene/", base::version(), "\r\n"});
  for (const auto& [name, value] : request.headers) put({name, ": ", value, "\r\n"});
  if (!request.bearer_token.empty()) put({"Authorization: Bearer ", request.bearer_token, "\r\n"});
  if (!request.body.empty() || request.method == "POST" || request.method == "PATCH") {
    put({"Content-Length: ", std::to_string(request.body.size()), "\r\n"});
  }
  put({"\r\n", request.body});
}

Error HttpClient::failed(std::string_view what, const error_code& ec) const {
  if (deadline_.given_up()) return Error(Errc::interrupted, to_.url() + ": the wait was cancelled");
  if (deadline_.expired()) return Error(Errc::io, to_.url() + kTooSlow);
  return Error(Errc::io, "cannot " + std::string(what) +
                             (what == "connect" ? " to " : " on the connection to ") + to_.url() + ": " +
                             (ec == asio::error::eof ? "it ended" : ec.message()));
}

void HttpClient::drop() {
  drop_connection();
  deadline_.disarm();
  parser_.reset();
  request_ = HttpRequest();
}

void HttpClient::drop_connection() {
  if (stream_) stream_->cancel();
  stream_.reset();
  buffer_.consume(buffer_.data().size());
  buffer_.wipe();
}

}  // namespace hygiene::net
