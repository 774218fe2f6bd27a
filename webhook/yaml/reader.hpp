// Reads YAML of any number of documents as a stream and hands out the tokens that kubectl would send as JSON.
// Documents part at lines that begin with `---` or `...`, as YAML says; a document that is not well-formed
// ends at the next such line, and reading goes on there. Holds one scalar at a time and the hashes of the
// keys of open mappings. Built on yaml-cpp's events; none of its exceptions leaves here. No other code of the
// program parses YAML. Thread-safety: one thread at a time.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.hpp"
#include "json/byte_source.hpp"
#include "json/events.hpp"
#include "json/push_reader.hpp"

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

class Reader {
 public:
  // True: reading goes on. False: the document ends with this error.
  using Judge = std::function<bool(Oddity, const base::Error&)>;

  struct Token {
    base::Position where;    // line and column only
    std::string_view text;   // of a key or scalar, as written but for quotes and escapes
    std::size_t anchor = 0;  // of a value with an anchor, and of an alias of it; 0: none
  };

  // `source` and `events` must outlive the reader.
  Reader(json::ByteSource& source, json::Events& events, Judge judge, json::ReaderLimits limits = {});

  // Reads the next document. One that is empty or holds comments only is null. False: the input has ended.
  // Errors: syntax, encoding, limit, what `judge` or json::Events refused, each with line and column; the
  // call after reads the next document.
  base::Result<bool> next();
  // The one that is being handed out.
  const Token& token() const { return token_; }

 private:
  json::ByteSource& source_;
  json::Events& events_;
  Judge judge_;
  json::ReaderLimits limits_;
  Token token_;
};

}  // namespace hygiene::yaml
