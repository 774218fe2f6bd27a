#include "proxy/awaited_responses.hpp"

#include <algorithm>
#include <optional>

#include <boost/algorithm/string/predicate.hpp>

#include "proxy/header_lines.hpp"

namespace hygiene::proxy {
namespace {

struct ResponseHead {
  unsigned status = 0;
  Framing framing{Framing::Kind::until_close, 0};
};

// Nothing if it is no head of HTTP/1.
std::optional<ResponseHead> read_response_head(std::string_view text) {
  ResponseHead head;
  const auto status_line = take_line(text);
  if (!status_line || !status_line->starts_with("HTTP/1.") || status_line->size() < 12) return std::nullopt;
  const auto status = decimal(status_line->substr(9, 3));
  if (!status) return std::nullopt;
  head.status = static_cast<unsigned>(*status);
  bool chunked = false;
  while (text != "\r\n") {
    const auto line = take_line(text);
    const auto field = line ? field_of(*line) : std::nullopt;
    if (!field) return std::nullopt;
    if (boost::iequals(field->name, "Transfer-Encoding")) {
      chunked = lists_token(field->value, "chunked");
    } else if (boost::iequals(field->name, "Content-Length")) {
      const auto length = decimal(field->value);
      if (!length) return std::nullopt;
      head.framing = {Framing::Kind::length, *length};
    }
  }
  if (chunked) head.framing = {Framing::Kind::chunked, 0};
  return head;
}

bool has_no_body(unsigned status) {
  return status == 204 || status == 304;  // RFC 9110, sections 15.3.5 and 15.4.5
}

}  // namespace

void AwaitedResponses::await(Awaited awaited) {
  queue_.push_back(awaited);
  if (awaited.watch) ++watches_;
  upgrade_pending_ = upgrade_pending_ || awaited.upgrade;
}

void AwaitedResponses::follow(std::string_view bytes) {
  while (!bytes.empty() && (state_ == State::head || state_ == State::body)) {
    if (state_ == State::head) {
      bytes.remove_prefix(take_head(bytes));
    } else {
      bytes.remove_prefix(body_.take(bytes));
      if (body_.malformed()) state_ = State::lost;
      if (body_.done()) end_answer();
    }
  }
  if (state_ == State::lost || state_ == State::tunnel) upgrade_pending_ = false;
}

std::size_t AwaitedResponses::take_head(std::string_view bytes) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t before = head_.size();
  head_.append(bytes.substr(0, kHeadBytesMax - before));
  const std::size_t end = head_.find(kEnd, before < kEnd.size() ? 0 : before - kEnd.size());
  if (end == std::string::npos) {
    if (head_.size() == kHeadBytesMax) state_ = State::lost;
    return head_.size() - before;
  }
  head_.resize(end + kEnd.size());
  const std::size_t taken = head_.size() - before;
  read_head();
  head_ = std::string();  // an idle connection keeps none
  return taken;
}

void AwaitedResponses::read_head() {
  const auto head = read_response_head(head_);
  if (!head || queue_.empty()) {
    state_ = State::lost;
    return;
  }
  const Awaited awaited = queue_.front();
  if (head->status == 101) {
    state_ = awaited.upgrade ? State::tunnel : State::lost;
    return;
  }
  if (head->status < 200) return;  // the final one follows
  if (awaited.upgrade) upgrade_pending_ = false;
  injected_refused_ = injected_refused_ || (awaited.injected && head->status == 401);
  body_ = awaited.to_head || has_no_body(head->status) ? BodyFraming() : BodyFraming(head->framing);
  state_ = State::body;
  if (body_.done()) end_answer();
}

void AwaitedResponses::end_answer() {
  if (queue_.front().watch) --watches_;
  queue_.pop_front();
  state_ = State::head;
}

}  // namespace hygiene::proxy
