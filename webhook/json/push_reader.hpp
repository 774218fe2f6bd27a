// Reads JSON that arrives in chunks and hands its tokens to Events. Validates UTF-8, bounds depth and key
// length, refuses an object that gives a key twice. Keeps no value: only the key being read, if a chunk ends
// inside it, and eight bytes for each key of the objects that are open. Built on Boost.JSON's basic_parser.
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "json/events.hpp"

namespace hygiene::json {

struct ReaderLimits {
  // managedFields of a Secret nest about ten deep; an attacker's document as deep as it is long.
  std::size_t depth_max = 64;
  // A Secret's own keys have at most 253 bytes, but the keys of fieldsV1 repeat uids of owners, which no one
  // bounds: as much as etcd stores of an object, and some.
  std::size_t key_bytes_max = 2 * 1024 * 1024;
  // Of the objects that are open at once. etcd stores at most 1.5 MiB of an object, in which a key of data
  // without a value takes four bytes and its name: 225,317 keys, if none is longer than three characters. A
  // forged body could have millions. Source: the protocol buffers of k8s.io/api/core/v1.
  std::size_t open_keys_max = 256 * 1024;
  // Refuse an object that gives a key twice. False for what a trusted encoder wrote: it takes a tenth of the
  // time. Then open_keys_max holds for nothing.
  bool unique_keys = true;
};

class PushReader {
 public:
  // `events` must outlive the reader.
  explicit PushReader(Events& events, ReaderLimits limits = {});
  ~PushReader();
  PushReader(const PushReader&) = delete;
  PushReader& operator=(const PushReader&) = delete;

  // Reads `chunk` up to the end of the document and of the white space after it; the number of bytes read.
  // Fewer than given: another text follows the document. Errors: syntax, encoding, limit, duplicate, or what
  // Events refused, each with the offset since the start or the last reset().
  Result<std::size_t> feed(std::string_view chunk);
  // The input ended. Errors: the document is incomplete.
  Result<void> finish();
  // True once a whole document was read.
  bool done() const;
  // Ready for another document.
  void reset();

  // Bytes held now for keys.
  std::size_t kept_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hygiene::json
