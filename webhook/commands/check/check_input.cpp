#include "commands/check/check_input.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "commands/check/utf16_input.hpp"
#include "json/byte_source.hpp"
#include "json/push_reader.hpp"
#include "yaml/reader.hpp"

namespace hygiene::commands {
namespace {

using base::Position;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::string_view kTemplate = "; this looks like a template; render it first: helm template";

constexpr std::string_view kBlanks = " \t\r\n";

// How far a JSON document is looked into for its first key.
constexpr std::size_t kLookAhead = 1024;

// False at the end of the input. Passes over blank lines, but not over an indentation, which means something
// in YAML.
bool skip_blank_lines(json::ByteSource& source) {
  for (std::string_view view = source.ahead(); !view.empty(); view = source.ahead()) {
    const std::size_t first = view.find_first_not_of(kBlanks);
    if (first != std::string_view::npos) {
      source.consume(view.substr(0, first).rfind('\n') + 1);
      return true;
    }
    source.consume(view.size());
  }
  return false;
}

// Reads the input, and adds to a fault what the input tells of it.
class Input final : ManifestHandler {
 public:
  Input(std::istream& in, ManifestHandler& handler) : source_(in), handler_(handler), events_(*this) {}

  void read() {
    if (source_.ahead(kByteOrderMark.size()).starts_with(kByteOrderMark))
      source_.consume(kByteOrderMark.size());
    if (!skip_blank_lines(source_)) {
      handler_.no_object({Errc::missing, "it is empty: there is nothing to judge", source_.where()});
    } else if (!at_json() || read_json()) {
      read_yaml();
    }
    if (source_.failed()) handler_.fault({Errc::io, "it cannot be read to its end", source_.where()});
  }

  void secret(const secret::Facts& facts, const Position& where) override { handler_.secret(facts, where); }
  void review(const admission::Review& review, const Position& where) override {
    handler_.review(review, where);
  }
  void unfinished(Unfinished why, const Position& where) override { handler_.unfinished(why, where); }
  void name_space(const secret::Facts& facts) override { handler_.name_space(facts); }
  void other() override { handler_.other(); }
  void no_object(const Error& error) override { handler_.no_object(error); }
  void fault(const Error& error) override {
    if (!reader_ || !reader_->has_template_mark()) return handler_.fault(error);
    handler_.fault({error.code(), error.message() + std::string(kTemplate), error.where()});
  }

 private:
  // `{`, and what follows it in JSON. Else it is YAML of the other style, or a template.
  bool at_json() {
    std::string_view ahead = source_.ahead(kLookAhead);
    ahead.remove_prefix(std::min(ahead.find_first_not_of(kBlanks), ahead.size()));
    if (!ahead.starts_with('{')) return false;
    const std::size_t next = ahead.find_first_not_of(kBlanks, 1);
    return next == std::string_view::npos || ahead[next] == '"' || ahead[next] == '}';
  }

  // False after a fault that leaves nothing to go on from.
  bool read_json() {
    json::PushReader reader(events_);
    while (skip_blank_lines(source_) && at_json()) {
      source_.consume(source_.ahead().find('{'));
      reader.reset();
      // Which line a Secret begins on is known, for chunks end at newlines; which column is not.
      where_ = {0, source_.where().line, 0};
      events_.begin_document(where_);
      if (const auto fault = read_json_document(reader)) {
        handler_.fault(*fault);
        return false;
      }
    }
    return true;
  }

  std::optional<Error> read_json_document(json::PushReader& reader) {
    std::size_t fed = 0;
    while (!reader.done()) {
      std::string_view piece = source_.ahead();
      if (piece.empty()) {
        const auto ended = reader.finish();
        return Error(Errc::syntax, ended ? "not JSON" : ended.error().message(), source_.where());
      }
      piece = piece.substr(0, piece.find('\n') + 1);
      if (piece.empty()) piece = source_.ahead();
      where_.line = source_.where().line;
      const auto read = reader.feed(piece);
      if (!read) {
        Position where = source_.where();
        const std::size_t offset = read.error().where().offset;
        if (offset > fed) where.column += offset - fed;
        return Error(read.error().code(), read.error().message() + "; the rest of this input was not judged",
                     where);
      }
      fed += *read;
      source_.consume(*read);
    }
    return std::nullopt;
  }

  void read_yaml() {
    yaml::Reader& reader = reader_.emplace(
        source_, events_, [this](yaml::Oddity oddity, const Error& error) { return judge(oddity, error); },
        json::ReaderLimits{}, yaml::Aliases::replaced);
    for (;;) {
      events_.begin_document(reader.token().where);
      const auto more = reader.next();
      if (!more) {
        events_.is_no_object() ? no_object(more.error()) : fault(more.error());
      } else if (!*more) {
        return;
      }
    }
  }

  // kubectl sends nothing else for a tag of one's own. True: reading goes on.
  bool judge(yaml::Oddity oddity, const Error& error) {
    using enum yaml::Oddity;
    if (oddity == duplicate_key) return false;
    if (oddity != other_tag) events_.unread(error);
    return true;
  }

  json::ByteSource source_;
  ManifestHandler& handler_;
  ManifestEvents events_;
  Position where_;
  std::optional<yaml::Reader> reader_;
};

}  // namespace

void read_manifests(std::istream& in, ManifestHandler& handler) {
  const auto order = take_utf16_mark(in);
  if (!order) return Input(in, handler).read();
  Utf16Input utf16(in, *order);
  std::istream text(&utf16);
  Input(text, handler).read();
}

}  // namespace hygiene::commands
