#include "yaml/structure.hpp"

#include <functional>

#include "base/invariant.hpp"
#include "base/utf8.hpp"
#include "yaml/scalar.hpp"

namespace hygiene::yaml {
namespace {

// A key's name in a message; longer ones help nobody.
constexpr std::size_t kNameInMessageMax = 64;

constexpr const char* kNullKey = "a key is null; it must be a string";

// What kubectl makes of a key.
std::string_view name_of(std::string_view text, bool plain) {
  const PlainKind kind = plain ? classify_plain(text) : PlainKind::string;
  if (kind == PlainKind::true_value) return "true";
  if (kind == PlainKind::false_value) return "false";
  return text;
}

bool is_merge_key(std::string_view text, bool plain) {
  return plain && text == "<<";
}

std::size_t hash_of(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

std::string shown(std::string_view name) {
  return base::truncate_utf8(name, kNameInMessageMax);
}

}  // namespace

void Structure::stop(Errc code, std::string message) const {
  throw Stop{Error(code, std::move(message), token_.where)};
}

void Structure::judge(Oddity oddity, Errc code, std::string message) const {
  Error error(code, std::move(message), token_.where);
  if (!judge_(oddity, error)) throw Stop{std::move(error)};
}

void Structure::check() const {
  if (events_.refused()) stop(events_.refusal().code(), events_.refusal().message());
}

void Structure::anchor(std::size_t anchor) {
  if (aliases_ == Aliases::replaced) {
    anchor_ = anchor;
    return;
  }
  judge(Oddity::anchor, Errc::unsupported,
        "anchors (&name) are not allowed: repeat the value where it is used");
}

void Structure::alias(std::size_t anchor) {
  if (aliases_ == Aliases::refused) {
    if (expects_key())
      stop(Errc::unsupported, "a key is an alias; aliases are not supported: write the key itself");
    judge(Oddity::alias, Errc::unsupported, "aliases are not supported: write the value itself");
    return null();
  }
  const auto found = anchored_.find(anchor);
  if (found == anchored_.end()) stop(Errc::syntax, "an alias is inside the value that it refers to");
  replay(found->second);
}

void Structure::scalar(const std::string& text, bool plain) {
  if (expects_key()) return key(text, plain);
  begin_value();
  record(Item::Kind::scalar, plain, text);
  if (!withheld()) hand_out_scalar(text, plain);
  end_value();
}

void Structure::null() {
  if (expects_key()) stop(Errc::invalid, kNullKey);
  begin_value();
  record(Item::Kind::null);
  if (!withheld()) events_.null();
  end_value();
}

void Structure::open(bool mapping) {
  if (expects_key()) stop(Errc::invalid, "a key is a mapping or a sequence; it must be a string");
  if (frames_.size() == limits_.depth_max)
    stop(Errc::limit, "nested deeper than " + std::to_string(limits_.depth_max));
  begin_value();
  record(mapping ? Item::Kind::mapping : Item::Kind::sequence);
  frames_.push_back({.mapping = mapping, .key_next = mapping});
  if (withheld()) return;
  mapping ? events_.begin_object() : events_.begin_array();
  check();
}

void Structure::close() {
  merge();
  const bool mapping = frames_.back().mapping;
  frames_.pop_back();
  record(Item::Kind::close);
  if (!withheld()) mapping ? events_.end_object() : events_.end_array();
  end_value();
}

void Structure::key(const std::string& text, bool plain) {
  if (const std::size_t anchor = std::exchange(anchor_, 0); anchor != 0) {
    anchored_[anchor] = {tape_.size(), tape_.size() + 1};
    keep({Item::Kind::scalar, plain, text});
  } else {
    record(Item::Kind::scalar, plain, text);
  }
  Frame& frame = frames_.back();
  frame.key_next = false;
  if (is_merge_key(text, plain)) {
    if (aliases_ == Aliases::replaced) {
      frame.merge_next = token_.where;
      return;
    }
    judge(Oddity::merge_key, Errc::unsupported,
          "merge keys (<<) are not supported: write the fields themselves");
  }
  if (plain && classify_plain(text) == PlainKind::null) stop(Errc::invalid, kNullKey);
  const std::string_view name = name_of(text, plain);
  if (name.size() > limits_.key_bytes_max) {
    stop(Errc::limit, "a key is longer than " + std::to_string(limits_.key_bytes_max) + " bytes");
  }
  const auto [earlier, is_new] =
      frame.keys.try_emplace(hash_of(name), Key{token_.where.line, frame.keys.size()});
  if (!is_new) {
    judge(
        Oddity::duplicate_key, Errc::duplicate,
        "the key " + shown(name) + " is given twice; first on line " + std::to_string(earlier->second.line));
  }
  if (withheld()) return;
  events_.key(name);
  check();
}

void Structure::hand_out_scalar(const std::string& text, bool plain) {
  switch (plain ? classify_plain(text) : PlainKind::string) {
    case PlainKind::string:
      return events_.string(text, true);
    case PlainKind::number:
      return events_.number();
    case PlainKind::true_value:
      return events_.boolean(true);
    case PlainKind::false_value:
      return events_.boolean(false);
    case PlainKind::null:
      return events_.null();
  }
}

void Structure::begin_value() {
  if (!frames_.empty() && frames_.back().merge_next) {
    recordings_.push_back({0, frames_.size(), tape_.size()});
    ++merging_;
  }
  if (const std::size_t anchor = std::exchange(anchor_, 0); anchor != 0) {
    recordings_.push_back({anchor, frames_.size(), tape_.size()});
  }
}

void Structure::end_value() {
  while (!recordings_.empty() && recordings_.back().depth == frames_.size()) {
    const Recording ended = recordings_.back();
    recordings_.pop_back();
    if (ended.anchor != 0) {
      anchored_[ended.anchor] = {ended.begin, tape_.size()};
    } else {
      end_merge_value({ended.begin, tape_.size()});
    }
  }
  if (!frames_.empty() && frames_.back().mapping) frames_.back().key_next = true;
  check();
}

void Structure::end_merge_value(Range value) {
  Frame& frame = frames_.back();
  base::invariant(merging_ > 0 && frame.merge_next, "a merge key's value ends once");
  --merging_;
  const base::Position where = *std::exchange(frame.merge_next, std::nullopt);
  using enum Item::Kind;
  bool good = tape_[value.begin].kind == mapping;
  if (tape_[value.begin].kind == sequence) {
    good = true;
    for (std::size_t i = value.begin + 1; tape_[i].kind != close; i = end_of_value(i))
      good = good && tape_[i].kind == mapping;
  }
  if (!good) {
    token_.where = where;
    stop(Errc::invalid, "a merge key (<<) takes a mapping, or a sequence of mappings");
  }
  frame.merges.push_back({value, frame.keys.size(), where});
}

void Structure::record(Item::Kind kind, bool plain, std::string_view text) {
  if (!recordings_.empty()) keep({kind, plain, std::string(text)});
}

void Structure::keep(Item item) {
  spend(item);
  tape_.push_back(std::move(item));
}

void Structure::spend(const Item& item) {
  spent_ += sizeof(Item) + item.text.size();
  if (spent_ > kExpandedBytesMax) {
    stop(Errc::limit, "anchors and aliases expand to more than " +
                          std::to_string(kExpandedBytesMax / (1024 * 1024)) + "Mi");
  }
}

std::size_t Structure::end_of_value(std::size_t begin) const {
  std::size_t depth = 0;
  std::size_t at = begin;
  do {
    const Item::Kind kind = tape_[at++].kind;
    if (kind == Item::Kind::mapping || kind == Item::Kind::sequence) ++depth;
    if (kind == Item::Kind::close) --depth;
  } while (depth > 0);
  return at;
}

void Structure::replay(Range items) {
  std::size_t at = items.begin;
  while (at < items.end) {
    const Item& item = tape_[at++];
    spend(item);
    token_.text = item.text;
    switch (item.kind) {
      case Item::Kind::scalar:
        // What it added stands at the end of its mapping.
        if (expects_key() && is_merge_key(item.text, item.plain)) {
          at = end_of_value(at);
        } else {
          scalar(item.text, item.plain);
        }
        break;
      case Item::Kind::null:
        null();
        break;
      case Item::Kind::mapping:
      case Item::Kind::sequence:
        open(item.kind == Item::Kind::mapping);
        break;
      case Item::Kind::close:
        close();
        break;
    }
  }
}

// As kubectl does: a key that stands behind wins, of several merge keys the last, in a sequence the first.
void Structure::merge() {
  const std::vector<Merge> merges = std::exchange(frames_.back().merges, {});
  for (auto from = merges.rbegin(); from != merges.rend(); ++from) {
    token_.where = from->where;
    const std::size_t begin = from->value.begin;
    if (tape_[begin].kind == Item::Kind::mapping) {
      merge_mapping(begin, *from);
      continue;
    }
    for (std::size_t i = begin + 1; tape_[i].kind != Item::Kind::close; i = end_of_value(i))
      merge_mapping(i, *from);
  }
}

void Structure::merge_mapping(std::size_t begin, const Merge& from) {
  for (std::size_t at = begin + 1; tape_[at].kind != Item::Kind::close;) {
    const Item& key = tape_[at];
    const std::size_t end = end_of_value(at + 1);
    const std::string_view name = name_of(key.text, key.plain);
    const auto& keys = frames_.back().keys;
    const auto given = keys.find(hash_of(name));
    if (given == keys.end()) {
      replay({at, end});
    } else if (given->second.number < from.keys_before) {
      judge(Oddity::merge_key, Errc::invalid,
            "this merge key (<<) changes the key " + shown(name) + " of line " +
                std::to_string(given->second.line) + " in kubectl but not in other tools; write << first");
    }
    at = end;
  }
}

}  // namespace hygiene::yaml
