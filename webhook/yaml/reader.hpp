// Reads YAML of any number of documents as a stream and hands out the tokens that kubectl would send as JSON.
// Documents part at lines that begin with `---` or `...`, as YAML says; a document that is not well-formed
// ends at the next such line, and reading goes on there. Holds one scalar at a time and the hashes of the
// keys of open mappings. Built on yaml-cpp's events; none of its exceptions leaves here. Thread-safety: one
// thread at a time.
#pragma once

#include <functional>

#include "base/result.hpp"
#include "json/byte_source.hpp"
#include "json/events.hpp"
#include "json/push_reader.hpp"

namespace hygiene::yaml {

class Reader {
 public:
  // Told of what is legal YAML and not read here: aliases (a few hundred bytes of them stand for gigabytes),
  // merge keys, and tags that change a scalar's type. The tokens go on with a null in its place; it is for
  // the receiver to say whether that matters.
  using Unread = std::function<void(const base::Error&)>;

  // `source` and `events` must outlive the reader.
  Reader(json::ByteSource& source, json::Events& events, Unread unread, json::ReaderLimits limits = {});

  // Reads the next document. One that is empty or holds comments only is null. False: the input has ended.
  // Errors: syntax, encoding, limit, duplicate, or what json::Events refused, each with line and column; the
  // call after reads the next document.
  base::Result<bool> next();
  // Of the token that is being handed out; line and column only.
  const base::Position& where() const { return where_; }

 private:
  json::ByteSource& source_;
  json::Events& events_;
  Unread unread_;
  json::ReaderLimits limits_;
  base::Position where_;
};

}  // namespace hygiene::yaml
