#include "yaml/reader.hpp"

#include <algorithm>
#include <exception>
#include <istream>
#include <string>
#include <string_view>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/utf8.hpp"
#include "yaml/structure.hpp"

namespace hygiene::yaml {
namespace {

// yaml-cpp counts from 0, and says -1 where it does not know.
base::Position place_of(const YAML::Mark& mark, std::size_t first_line) {
  return {0, first_line + static_cast<std::size_t>(std::max(mark.line, 0)),
          static_cast<std::size_t>(std::max(mark.column, 0)) + 1};
}

// yaml-cpp's events as a Structure's: resolves tags, refuses what JSON cannot hold.
class Translator final : public YAML::EventHandler {
 public:
  Translator(Structure& structure, Reader::Token& token)
      : structure_(structure), token_(token), first_line_(token.where.line) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    at(mark);
    if (++documents_ > 1) {
      structure_.stop(Errc::syntax, "text follows the document; separate documents with a line `---`");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    at(mark, anchor);
    structure_.null();
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    at(mark);
    structure_.alias(anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    at(mark, anchor);
    if (!base::is_utf8(value)) structure_.stop(Errc::encoding, "not UTF-8");
    // yaml-cpp's tags: "?" for a plain scalar, "!" for a quoted one, else as written.
    const bool plain = tag == "?" || tag.empty();
    token_.text = value;
    if (structure_.expects_key()) return structure_.scalar(value, plain);
    if (tag.starts_with(kCoreTags) && tag != kStringTag) {
      structure_.judge(Oddity::scalar_tag, Errc::unsupported,
                       "only the tag !!str is supported on a scalar; remove this tag, and quote strings");
      return structure_.null();
    }
    check_tag(tag, kStringTag);
    structure_.scalar(value, plain);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    at(mark, anchor);
    check_tag(tag, "tag:yaml.org,2002:seq");
    structure_.open(false);
  }
  void OnSequenceEnd() override { structure_.close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    at(mark, anchor);
    check_tag(tag, "tag:yaml.org,2002:map");
    structure_.open(true);
  }
  void OnMapEnd() override { structure_.close(); }

 private:
  static constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";
  static constexpr std::string_view kStringTag = "tag:yaml.org,2002:str";

  void at(const YAML::Mark& mark, YAML::anchor_t anchor = YAML::NullAnchor) {
    token_ = {place_of(mark, first_line_), {}};
    if (anchor != YAML::NullAnchor) structure_.anchor(anchor);
  }
  void check_tag(std::string_view tag, std::string_view of_kind) const {
    if (tag.empty() || tag == "?" || tag == "!" || tag == of_kind) return;
    structure_.judge(Oddity::other_tag, Errc::unsupported, "this tag is not allowed: remove it");
  }

  Structure& structure_;
  Reader::Token& token_;
  std::size_t first_line_;
  std::size_t documents_ = 0;
};

// yaml-cpp's sentence without what it may quote of the text, which follows a colon.
std::string not_yaml(const YAML::Exception& e) {
  if (e.msg == YAML::ErrorMsg::END_OF_MAP) return "not YAML (expected a key and a colon here)";
  return "not YAML (" + e.msg.substr(0, e.msg.find(':')) + ")";
}

}  // namespace

Reader::Reader(json::ByteSource& source, json::Events& events, Judge judge, json::ReaderLimits limits,
               Aliases aliases)
    : source_(source), events_(events), judge_(std::move(judge)), limits_(limits), aliases_(aliases) {}

Result<bool> Reader::next() {
  if (source_.ahead().empty()) return false;
  token_ = {{0, source_.where().line, source_.where().column}, {}};
  const std::size_t first_line = token_.where.line;
  Document& document = document_.emplace(source_);
  std::istream in(&document);
  Result<bool> outcome = true;
  Structure structure(events_, judge_, limits_, aliases_, token_);
  Translator translator(structure, token_);
  try {
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(translator)) {
    }
  } catch (const Stop& stopped) {
    outcome = stopped.error;
  } catch (const YAML::Exception& e) {
    document.skip_rest();
    if (!e.mark.is_null()) token_.where = place_of(e.mark, first_line);
    // What Document adds at the end has lines of its own.
    token_.where.line = std::min(token_.where.line, source_.where().line);
    outcome = Error(Errc::syntax, not_yaml(e), token_.where);
  } catch (const std::exception&) {
    outcome = Error(Errc::syntax, "not YAML that can be read", token_.where);
  }
  if (document.forbidden_byte()) {
    outcome = Error(Errc::encoding, "a byte that is not allowed in YAML", *document.forbidden_byte());
  }
  document.skip_rest();
  return outcome;
}

}  // namespace hygiene::yaml
