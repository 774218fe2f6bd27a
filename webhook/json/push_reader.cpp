#include "json/push_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

#include "base/clear_and_shrink.hpp"

namespace hygiene::json {
namespace {

using base::Errc;
using base::Error;
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
  std::string key;  // parts of a key that a chunk's end cut
  bool duplicate = false;
  bool key_too_long = false;
  bool too_many_keys = false;

  Handler(Events& e, const ReaderLimits& l) : events(e), limits(l) {}

  static bool stop(error_code& ec) {
    ec = boost::json::error::incomplete;  // any: the cause is in the flags or in the refusal
    return false;
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
      duplicate = true;
      return stop(ec);
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
      key_too_long = true;
      return stop(ec);
    }
    key.append(part);
    return true;
  }
  bool on_key(std::string_view part, std::size_t total, error_code& ec) {
    if (total > limits.key_bytes_max) {
      key_too_long = true;
      return stop(ec);
    }
    std::string_view whole = part;
    if (!key.empty()) whole = key.append(part);
    if (limits.unique_keys) {
      if (guard.size() == limits.open_keys_max) {
        too_many_keys = true;
        return stop(ec);
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

class PushReader::Impl {
 public:
  Impl(Events& events, ReaderLimits limits) : limits_(limits), parser_(options(limits), events, limits) {}

  base::Result<std::size_t> feed(std::string_view chunk) {
    if (failed_) return Error(Errc::syntax, "the text is not JSON", {offset_});
    if (complete_) return std::size_t{0};
    error_code ec;
    const std::size_t read = parser_.write_some(true, chunk.data(), chunk.size(), ec);
    offset_ += read;
    if (ec) {
      failed_ = true;
      return cause(ec, stands_at_non_ascii(chunk, read));
    }
    complete_ = read < chunk.size();
    return read;
  }

  base::Result<void> finish() {
    if (failed_) return Error(Errc::syntax, "the text is not JSON", {offset_});
    if (complete_) return {};
    error_code ec;
    parser_.write_some(false, "", 0, ec);
    if (ec) {
      failed_ = true;
      if (parser_.handler().events.refused()) return cause(ec, false);
      return Error(Errc::syntax, "the text ends before its JSON document is complete", {offset_});
    }
    return {};
  }

  bool done() const { return complete_ || parser_.done(); }

  void reset() {
    parser_.reset();
    Handler& handler = parser_.handler();
    handler.guard.clear();
    base::clear_and_shrink(handler.key);
    handler.duplicate = handler.key_too_long = handler.too_many_keys = false;
    offset_ = 0;
    failed_ = complete_ = false;
  }

  std::size_t kept_bytes() const { return parser_.handler().guard.bytes() + parser_.handler().key.size(); }

 private:
  // Boost.JSON reports bad UTF-8 as a syntax error, at the byte or right behind it.
  static bool stands_at_non_ascii(std::string_view chunk, std::size_t at) {
    const auto high = [&](std::size_t i) { return i < chunk.size() && (chunk[i] & 0x80) != 0; };
    return high(at) || (at > 0 && high(at - 1));
  }

  Error cause(const error_code& ec, bool non_ascii) const {
    const Handler& handler = parser_.handler();
    const base::Position where{offset_};
    if (handler.events.refused()) {
      return Error(handler.events.refusal().code(), handler.events.refusal().message(), where);
    }
    if (handler.duplicate) return Error(Errc::duplicate, "an object gives a key twice", where);
    if (handler.key_too_long) {
      return Error(Errc::limit, "a key is longer than " + std::to_string(limits_.key_bytes_max) + " bytes",
                   where);
    }
    if (handler.too_many_keys) {
      return Error(Errc::limit, "more than " + std::to_string(limits_.open_keys_max) + " keys", where);
    }
    if (ec == boost::json::error::too_deep) {
      return Error(Errc::limit, "nested deeper than " + std::to_string(limits_.depth_max), where);
    }
    if (non_ascii) return Error(Errc::encoding, "not JSON: its text is not UTF-8", where);
    return Error(Errc::syntax, "not JSON: " + ec.message(), where);
  }

  ReaderLimits limits_;
  boost::json::basic_parser<Handler> parser_;
  std::size_t offset_ = 0;
  bool failed_ = false;
  bool complete_ = false;  // and another text follows
};

PushReader::PushReader(Events& events, ReaderLimits limits) : impl_(std::make_unique<Impl>(events, limits)) {}
PushReader::~PushReader() = default;
base::Result<std::size_t> PushReader::feed(std::string_view chunk) {
  return impl_->feed(chunk);
}
base::Result<void> PushReader::finish() {
  return impl_->finish();
}
bool PushReader::done() const {
  return impl_->done();
}
void PushReader::reset() {
  impl_->reset();
}
std::size_t PushReader::kept_bytes() const {
  return impl_->kept_bytes();
}

}  // namespace hygiene::json
