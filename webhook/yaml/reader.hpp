// Reads YAML of any number of documents as a stream and hands out the tokens that kubectl would send as JSON.
// Documents part at lines that begin with `---` or `...`, as YAML says; a document that is not well-formed
// ends at the next such line, and reading goes on there. Holds one scalar at a time, the hashes of the keys
// of open mappings, and where aliases are replaced the values that have anchors. Built on yaml-cpp's events;
// none of its exceptions leaves here. No other code of the program parses YAML. Thread-safety: one thread at
// a time.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "json/byte_source.hpp"
#include "json/events.hpp"
#include "json/push_reader.hpp"
#include "yaml/document.hpp"

namespace hygiene::yaml {

// What lets a small text mean something large or something else, and how its reading can go on all the same.
enum class Oddity {
  anchor,         // as if it were not there
  alias,          // a null in its place: a few hundred bytes of them stand for gigabytes
  merge_key,      // as a key `<<`
  scalar_tag,     // one that changes a scalar's type: a null in the scalar's place
  other_tag,      // as if it were not there; a plain scalar is a string
  duplicate_key,  // the key comes again
};

enum class Aliases {
  refused,  // each anchor, alias and merge key is an Oddity
  // By what they stand for, as kubectl does. Oddity::merge_key is one that changes a key before it: the key
  // stays.
  replaced,
};

class Reader {
 public:
  // True: reading goes on. False: the document ends with this error.
  using Judge = std::function<bool(Oddity, const Error&)>;

  struct Token {
    base::Position where;   // line and column only; of a copy, those of the alias or merge key
    std::string_view text;  // of a key or scalar, as written but for quotes and escapes
  };

  // `source` and `events` must outlive the reader.
  Reader(json::ByteSource& source, json::Events& events, Judge judge, json::ReaderLimits limits = {},
         Aliases aliases = Aliases::refused);

  // Reads the next document. One that is empty or holds comments only is null. False: the input has ended.
  // Errors: syntax, encoding, limit, what `judge` or json::Events refused, each with line and column; the
  // call after reads the next document.
  Result<bool> next();
  // The one that is being handed out.
  const Token& token() const { return token_; }
  // True if `{{`, the mark of a template of Helm and others, stands in what was read of the document.
  bool has_template_mark() const { return document_ && document_->has_template_mark(); }

 private:
  json::ByteSource& source_;
  json::Events& events_;
  Judge judge_;
  json::ReaderLimits limits_;
  Aliases aliases_;
  Token token_;
  std::optional<Document> document_;  // the one that is read, or was read last
};

}  // namespace hygiene::yaml
