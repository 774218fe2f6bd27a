#include "json/push_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

#include "base/clear_and_shrink.hpp"

namespace hygiene::json {
namespace {

using boost::system::error_code;

// An object of fewer keys is checked by comparing each pair: cheaper than to sort.
constexpr std::size_t kFewKeys = 12;

// Finds a key given twice in one object. Keeps a hash of each key of the objects that are open: two different
// keys of one object collide once in 2^64 pairs, and then a document is refused that need not be.
class KeyGuard {
 public:
  void open() { frames_.push_back(hashes_.size()); }
  void add(std::string_view key) { hashes_.push_back(std::hash<std::string_view>{}(key)); }
  // False if the object that ends held a key twice.
  bool close() {
    const auto first = hashes_.begin() + static_cast<std::ptrdiff_t>(frames_.back());
    const bool unique = all_different(first, hashes_.end());
    hashes_.erase(first, hashes_.end());
    if (hashes_.capacity() * sizeof(std::size_t) > base::kKeptCapacityBytesMax &&
        hashes_.size() < hashes_.capacity() / 4) {
      hashes_.shrink_to_fit();
    }
    frames_.pop_back();
    return unique;
  }
  void clear() {
    base::clear_and_shrink(hashes_);
    base::clear_and_shrink(frames_);
  }
  std::size_t size() const { return hashes_.size(); }
  std::size_t bytes() const { return hashes_.size() * sizeof(std::size_t); }

 private:
  using Iterator = std::vector<std::size_t>::iterator;
  static bool all_different(Iterator first, Iterator last) {
    if (static_cast<std::size_t>(last - first) <= kFewKeys) {
      for (; first != last; ++first) {
        if (std::find(first + 1, last, *first) != last) return false;
      }
      return true;
    }
    std::sort(first, last);
    return std::adjacent_find(first, last) == last;
  }

  std::vector<std::size_t> hashes_;
  std::vector<std::size_t> frames_;
};

// What basic_parser calls. A false return with an error code stops it.
struct Handler {
  // Boost.JSON asks for these; the true bounds are ReaderLimits and the server's body limit.
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  Events& events;
  const ReaderLimits limits;
  KeyGuard guard;
  std::string key;             // parts of a key that a chunk's end cut
  std::optional<Error> fault;  // of ours; without a place

  Handler(Events& e, const ReaderLimits& l) : events(e), limits(l) {}

  static bool stop(error_code& ec) {
    ec = boost::json::error::incomplete;  // any: the cause is in the fault or in the refusal
    return false;
  }
  bool stop(error_code& ec, Errc code, std::string message) {
    fault.emplace(code, std::move(message));
    return stop(ec);
  }
  bool go_on(error_code& ec) const { return events.refused() ? stop(ec) : true; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) {
    if (limits.unique_keys) guard.open();
    events.begin_object();
    return go_on(ec);
  }
  bool on_object_end(std::size_t, error_code& ec) {
    if (limits.unique_keys && !guard.close()) {
      return stop(ec, Errc::duplicate, "an object gives a key twice");
    }
    events.end_object();
    return go_on(ec);
  }
  bool on_array_begin(error_code& ec) {
    events.begin_array();
    return go_on(ec);
  }
  bool on_array_end(std::size_t, error_code& ec) {
    events.end_array();
    return go_on(ec);
  }
  bool on_key_part(std::string_view part, std::size_t total, error_code& ec) {
    if (total > limits.key_bytes_max) {
      return stop(ec, Errc::limit, "a key is longer than " + std::to_string(limits.key_bytes_max) + " bytes");
    }
    key.append(part);
    return true;
  }
  bool on_key(std::string_view part, std::size_t total, error_code& ec) {
    std::string_view whole = part;
    if (!key.empty() || total > limits.key_bytes_max) {
      if (!on_key_part(part, total, ec)) return false;
      whole = key;
    }
    if (limits.unique_keys) {
      if (guard.size() == limits.open_keys_max) {
        return stop(ec, Errc::limit, "more than " + std::to_string(limits.open_keys_max) + " keys");
      }
      guard.add(whole);
    }
    events.key(whole);
    base::clear_and_shrink(key);
    return go_on(ec);
  }
  bool on_string_part(std::string_view part, std::size_t, error_code& ec) {
    events.string(part, false);
    return go_on(ec);
  }
  bool on_string(std::string_view part, std::size_t, error_code& ec) {
    events.string(part, true);
    return go_on(ec);
  }
  bool on_number_part(std::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, std::string_view, error_code& ec) { return on_number(ec); }
  bool on_uint64(std::uint64_t, std::string_view, error_code& ec) { return on_number(ec); }
  bool on_double(double, std::string_view, error_code& ec) { return on_number(ec); }
  bool on_number(error_code& ec) {
    events.number();
    return go_on(ec);
  }
  bool on_bool(bool value, error_code& ec) {
    events.boolean(value);
    return go_on(ec);
  }
  bool on_null(error_code& ec) {
    events.null();
    return go_on(ec);
  }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }
};

boost::json::parse_options options(const ReaderLimits& limits) {
  boost::json::parse_options options;
  options.max_depth = limits.depth_max;
  return options;
}

}  // namespace

struct PushReader::Impl {
  ReaderLimits limits;
  boost::json::basic_parser<Handler> parser;
  std::size_t offset = 0;
  bool failed = false;
  bool complete = false;  // and another text follows

  Impl(Events& events, ReaderLimits l) : limits(l), parser(options(l), events, l) {}

  // Boost.JSON reports bad UTF-8 as a syntax error, at the byte or right behind it.
  static bool stands_at_non_ascii(std::string_view chunk, std::size_t at) {
    const auto high = [&](std::size_t i) { return i < chunk.size() && (chunk[i] & 0x80) != 0; };
    return high(at) || (at > 0 && high(at - 1));
  }

  Error cause(const error_code& ec, bool non_ascii) const {
    const Handler& handler = parser.handler();
    const base::Position where{offset};
    if (handler.events.refused()) {
      return Error(handler.events.refusal().code(), handler.events.refusal().message(), where);
    }
    if (handler.fault) return Error(handler.fault->code(), handler.fault->message(), where);
    if (ec == boost::json::error::too_deep) {
      return Error(Errc::limit, "nested deeper than " + std::to_string(limits.depth_max), where);
    }
    if (non_ascii) return Error(Errc::encoding, "not JSON: its text is not UTF-8", where);
    return Error(Errc::syntax, "not JSON: " + ec.message(), where);
  }
};

PushReader::PushReader(Events& events, ReaderLimits limits) : impl_(std::make_unique<Impl>(events, limits)) {}

PushReader::~PushReader() = default;

Result<std::size_t> PushReader::feed(std::string_view chunk) {
  if (impl_->failed) return Error(Errc::syntax, "the text is not JSON", {impl_->offset});
  if (impl_->complete) return std::size_t{0};
  error_code ec;
  const std::size_t read = impl_->parser.write_some(true, chunk.data(), chunk.size(), ec);
  impl_->offset += read;
  if (ec) {
    impl_->failed = true;
    return impl_->cause(ec, Impl::stands_at_non_ascii(chunk, read));
  }
  impl_->complete = read < chunk.size();
  return read;
}

Result<void> PushReader::finish() {
  if (impl_->failed) return Error(Errc::syntax, "the text is not JSON", {impl_->offset});
  if (impl_->complete) return {};
  error_code ec;
  impl_->parser.write_some(false, "", 0, ec);
  if (!ec) return {};
  impl_->failed = true;
  if (impl_->parser.handler().events.refused()) return impl_->cause(ec, false);
  return Error(Errc::syntax, "the text ends before its JSON document is complete", {impl_->offset});
}

bool PushReader::done() const {
  return impl_->complete || impl_->parser.done();
}

void PushReader::reset() {
  impl_->parser.reset();
  Handler& handler = impl_->parser.handler();
  handler.guard.clear();
  base::clear_and_shrink(handler.key);
  handler.fault.reset();
  impl_->offset = 0;
  impl_->failed = impl_->complete = false;
}

std::size_t PushReader::kept_bytes() const {
  const Handler& handler = impl_->parser.handler();
  return handler.guard.bytes() + handler.key.size();
}

}  // namespace hygiene::json
