// Requests one after the other, as the server reads them: the same however the bytes are cut. Where the proxy
// would pass the first one on, the server's parser and the proxy's see the same request end at the same byte.
#include <span>
#include <string>
#include <vector>

#include "fuzz/harness.hpp"
#include "proxy/body_framing.hpp"
#include "proxy/request_head.hpp"
#include "server/request_parser.hpp"

using namespace hygiene;
using server::Parsed;
using test::require;

namespace {

constexpr std::size_t kHeaderBytesMax = 1024;
constexpr std::size_t kBodyBytesMax = 1024;

struct Request {
  std::string method;
  std::string target;
  std::string host;
  std::optional<std::size_t> length;
  std::string body;
  std::size_t ends_at = 0;
  bool operator==(const Request&) const = default;
};

struct Reading {
  std::vector<Request> requests;
  bool refused = false;
};

// As server::HttpConnection reads.
class Reader {
 public:
  void take(std::string_view piece) {
    buffer_ += piece;
    while (!buffer_.empty() && !reading_.refused && step()) {
    }
  }
  const Reading& reading() const { return reading_; }

 private:
  bool step() {
    const server::ParseStep step = parser_.put(buffer_);
    switch (step.parsed) {
      case Parsed::need_more:
      case Parsed::part:
        break;
      case Parsed::header:
        note_head();
        break;
      case Parsed::done:
        break;
      default:
        reading_.refused = true;
        return false;
    }
    request_.body += step.part;
    require(request_.body.size() <= kBodyBytesMax);
    used_ += step.used;
    buffer_.erase(0, step.used);
    const bool whole = step.parsed == Parsed::done || (step.parsed == Parsed::header && !parser_.has_body());
    if (whole) end_request();
    return whole || step.used > 0;
  }
  void note_head() {
    const server::RequestHead& head = parser_.head();
    request_.method = head.method;
    request_.target = head.target;
    request_.host = head.host;
    request_.length = head.content_length;
  }
  void end_request() {
    request_.ends_at = used_;
    reading_.requests.push_back(std::move(request_));
    request_ = {};
    parser_.reset();
  }

  server::RequestParser parser_{kHeaderBytesMax, kBodyBytesMax};
  std::string buffer_;
  std::size_t used_ = 0;
  Request request_;
  Reading reading_;
};

Reading read(std::span<const std::string_view> pieces) {
  Reader reader;
  for (const std::string_view piece : pieces) reader.take(piece);
  return reader.reading();
}

void compare_with_proxy(std::string_view text, const Request& request) {
  const proxy::HeadReading reading = proxy::read_request_head(text);
  if (!reading.head) return;
  const proxy::RequestHead& head = *reading.head;
  require(head.method == request.method && head.target == request.target && head.host == request.host);
  if (request.length) require(head.framing.length == *request.length);
  proxy::BodyFraming body(head.framing);
  const std::size_t taken = body.take(text.substr(head.size));
  require(body.malformed() || (body.done() && head.size + taken == request.ends_at));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const test::CutText text = test::cut_text(data, size);
  const Reading whole = read({&text.whole, 1});
  const Reading parts = read(text.parts);
  require(whole.requests == parts.requests);
  // What came in two parts may be refused later: Beast waits for the end of a head that it has begun.
  if (parts.refused) require(whole.refused);
  if (!whole.requests.empty()) compare_with_proxy(text.whole, whole.requests.front());
  return 0;
}
