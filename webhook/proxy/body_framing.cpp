#include "proxy/body_framing.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace hygiene::proxy {
namespace {

constexpr unsigned kDigitsMax = 15;  // no overflow in 64 bits
// Nobody who means well sends as much between two chunks.
constexpr std::size_t kLineBytesMax = 16 * 1024;

// May stand in an extension or a trailer.
bool is_text(char c) {
  return !base::is_control(c) || c == '\t';
}

}  // namespace

BodyFraming::BodyFraming(Framing framing) {
  switch (framing.kind) {
    case Framing::Kind::none:
      break;
    case Framing::Kind::length:
      left_ = framing.length;
      state_ = left_ == 0 ? State::done : State::data;
      break;
    case Framing::Kind::chunked:
      chunked_ = true;
      state_ = State::size;
      break;
    case Framing::Kind::until_close:
      state_ = State::until_close;
  }
}

std::size_t BodyFraming::take(std::string_view input) {
  if (state_ == State::until_close) return input.size();
  std::size_t at = 0;
  while (at < input.size() && !done() && !malformed()) {
    if (state_ == State::data) {
      const auto part = std::min<std::uint64_t>(left_, input.size() - at);
      at += static_cast<std::size_t>(part);
      left_ -= part;
      if (left_ == 0) state_ = chunked_ ? State::data_end : State::done;
    } else {
      state_ = after(input[at]);
      if (!malformed()) ++at;
    }
  }
  return at;
}

BodyFraming::State BodyFraming::after(char c) {
  switch (state_) {
    case State::data_end:
      return c == '\r' ? State::data_end_lf : State::malformed;
    case State::data_end_lf:
      digits_ = 0;
      line_bytes_ = 0;
      return c == '\n' ? State::size : State::malformed;
    case State::size:
      return after_size(c);
    case State::size_lf:
      if (c != '\n') return State::malformed;
      return left_ == 0 ? State::line_start : State::data;
    case State::line_start:
      if (c == '\r') return State::last_lf;
      return after_line(c);
    case State::trailer_lf:
      return c == '\n' ? State::line_start : State::malformed;
    case State::last_lf:
      return c == '\n' ? State::done : State::malformed;
    default:
      return after_line(c);
  }
}

BodyFraming::State BodyFraming::after_size(char c) {
  const int digit = base::hex_value(c);
  if (digit >= 0) {
    left_ = left_ * 16 + static_cast<unsigned>(digit);
    return ++digits_ > kDigitsMax ? State::malformed : State::size;
  }
  if (digits_ == 0) return State::malformed;
  if (c == '\r') return State::size_lf;
  return c == ';' ? State::extension : State::malformed;
}

// Within an extension or a trailer.
BodyFraming::State BodyFraming::after_line(char c) {
  const bool extension = state_ == State::extension;
  if (c == '\r') return extension ? State::size_lf : State::trailer_lf;
  if (!is_text(c) || ++line_bytes_ > kLineBytesMax) return State::malformed;
  return extension ? State::extension : State::trailer;
}

}  // namespace hygiene::proxy
