#include "yaml/reader.hpp"

#include <algorithm>
#include <exception>
#include <istream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/utf8.hpp"
#include "yaml/document.hpp"
#include "yaml/scalar.hpp"

namespace hygiene::yaml {
namespace {

using base::Errc;
using base::Error;

// Ends a document from within yaml-cpp's parser; caught in Reader::next().
struct Stop {
  Error error;
};

// A key's name in a message; longer ones help nobody.
constexpr std::size_t kNameInMessageMax = 64;

// yaml-cpp counts from 0, and says -1 where it does not know.
base::Position place_of(const YAML::Mark& mark, std::size_t first_line) {
  return {0, first_line + static_cast<std::size_t>(std::max(mark.line, 0)),
          static_cast<std::size_t>(std::max(mark.column, 0)) + 1};
}

// yaml-cpp's events as ours: tells keys from values, resolves plain scalars, refuses what JSON cannot hold.
class Translator final : public YAML::EventHandler {
 public:
  Translator(json::Events& events, const Reader::Judge& judge, const json::ReaderLimits& limits,
             Reader::Token& token)
      : events_(events), judge_(judge), limits_(limits), token_(token), first_line_(token.where.line) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    at(mark);
    if (++documents_ > 1) stop(Errc::syntax, "text follows the document; documents part at a line `---`");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    at(mark, anchor);
    if (expects_key()) stop(Errc::invalid, "a key is null; it must be a string");
    null();
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    at(mark);
    token_.anchor = anchor;
    if (expects_key()) stop(Errc::unsupported, "a key is an alias; aliases are not read, write the key out");
    judge(Oddity::alias, Errc::unsupported, "aliases are not read; write the value out");
    null();
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    at(mark, anchor);
    if (!base::is_utf8(value)) stop(Errc::encoding, "not UTF-8");
    // yaml-cpp's tags: "?" for a plain scalar, "!" for a quoted one, else as written.
    const bool plain = tag == "?" || tag.empty();
    token_.text = value;
    if (expects_key()) return key(value, plain);
    if (tag.starts_with(kCoreTags) && tag != kStringTag) {
      judge(Oddity::scalar_tag, Errc::unsupported,
            "a tag other than !!str on a scalar is not read; leave it out, and quote what is a string");
      return null();
    }
    check_tag(tag, kStringTag);
    scalar(value, plain ? classify_plain(value) : PlainKind::string);
    end_value();
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    at(mark, anchor);
    check_tag(tag, "tag:yaml.org,2002:seq");
    open(false);
    events_.begin_array();
    check();
  }
  void OnSequenceEnd() override {
    frames_.pop_back();
    events_.end_array();
    end_value();
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    at(mark, anchor);
    check_tag(tag, "tag:yaml.org,2002:map");
    open(true);
    events_.begin_object();
    check();
  }
  void OnMapEnd() override {
    frames_.pop_back();
    events_.end_object();
    end_value();
  }

 private:
  static constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";
  static constexpr std::string_view kStringTag = "tag:yaml.org,2002:str";

  struct Frame {
    bool mapping = false;
    bool key_next = false;
    // The lines of its keys, by their hashes: as the JSON reader guards its objects.
    std::unordered_map<std::size_t, std::size_t> keys;
  };

  [[noreturn]] void stop(Errc code, std::string message) const {
    throw Stop{Error(code, std::move(message), token_.where)};
  }
  void judge(Oddity oddity, Errc code, std::string message) const {
    Error error(code, std::move(message), token_.where);
    if (!judge_(oddity, error)) throw Stop{std::move(error)};
  }
  void check() const {
    if (events_.refused()) stop(events_.refusal().code(), events_.refusal().message());
  }
  void at(const YAML::Mark& mark, YAML::anchor_t anchor = YAML::NullAnchor) {
    token_ = {place_of(mark, first_line_), {}, anchor};
    if (anchor == YAML::NullAnchor) return;
    judge(Oddity::anchor, Errc::unsupported,
          "anchors (&name) are not allowed: write the value out where it is used");
  }
  void check_tag(std::string_view tag, std::string_view of_kind) const {
    if (tag.empty() || tag == "?" || tag == "!" || tag == of_kind) return;
    judge(Oddity::other_tag, Errc::unsupported, "this tag is not allowed: leave it out");
  }
  bool expects_key() const { return !frames_.empty() && frames_.back().key_next; }
  void end_value() {
    if (!frames_.empty() && frames_.back().mapping) frames_.back().key_next = true;
    check();
  }
  void open(bool mapping) {
    if (expects_key()) stop(Errc::invalid, "a key is a mapping or a sequence; it must be a string");
    if (frames_.size() == limits_.depth_max)
      stop(Errc::limit, "nested deeper than " + std::to_string(limits_.depth_max));
    frames_.push_back({mapping, mapping, {}});
  }
  void null() {
    events_.null();
    end_value();
  }

  void key(const std::string& text, bool plain) {
    std::string_view name = text;
    if (plain) {
      if (text == "<<") {
        judge(Oddity::merge_key, Errc::unsupported, "merge keys (<<) are not read; write the fields out");
      }
      const PlainKind kind = classify_plain(text);
      if (kind == PlainKind::null) stop(Errc::invalid, "a key is null; it must be a string");
      if (kind == PlainKind::true_value) name = "true";
      if (kind == PlainKind::false_value) name = "false";
    }
    if (name.size() > limits_.key_bytes_max) {
      stop(Errc::limit, "a key is longer than " + std::to_string(limits_.key_bytes_max) + " bytes");
    }
    Frame& frame = frames_.back();
    const auto [earlier, is_new] =
        frame.keys.try_emplace(std::hash<std::string_view>{}(name), token_.where.line);
    if (!is_new) {
      judge(Oddity::duplicate_key, Errc::duplicate,
            "the key " + base::truncate_utf8(name, kNameInMessageMax) + " is given twice; first on line " +
                std::to_string(earlier->second));
    }
    frame.key_next = false;
    events_.key(name);
    check();
  }

  void scalar(const std::string& text, PlainKind kind) {
    switch (kind) {
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

  json::Events& events_;
  const Reader::Judge& judge_;
  const json::ReaderLimits& limits_;
  Reader::Token& token_;
  std::size_t first_line_;
  std::vector<Frame> frames_;
  std::size_t documents_ = 0;
};

// yaml-cpp's sentence without what it may quote of the text, which follows a colon.
std::string not_yaml(const YAML::Exception& e) {
  return "not YAML (" + e.msg.substr(0, e.msg.find(':')) + ")";
}

}  // namespace

Reader::Reader(json::ByteSource& source, json::Events& events, Judge judge, json::ReaderLimits limits)
    : source_(source), events_(events), judge_(std::move(judge)), limits_(limits) {}

base::Result<bool> Reader::next() {
  if (source_.ahead().empty()) return false;
  token_ = {{0, source_.where().line, source_.where().column}, {}};
  const std::size_t first_line = token_.where.line;
  Document document(source_);
  std::istream in(&document);
  base::Result<bool> outcome = true;
  Translator translator(events_, judge_, limits_, token_);
  try {
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(translator)) {
    }
  } catch (const Stop& stopped) {
    outcome = stopped.error;
  } catch (const YAML::Exception& e) {
    if (!e.mark.is_null()) token_.where = place_of(e.mark, first_line);
    outcome = Error(Errc::syntax, not_yaml(e), token_.where);
  } catch (const std::exception&) {
    outcome = Error(Errc::syntax, "not YAML that can be read", token_.where);
  }
  if (document.forbidden_byte()) {
    outcome = Error(Errc::encoding, "a byte that no YAML text may hold", *document.forbidden_byte());
  }
  document.skip_rest();
  return outcome;
}

}  // namespace hygiene::yaml
