// Every Secret that an API server stores, page by page, without a value of any. Thread-safety: one thread at
// a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/stored/interrupt.hpp"
#include "secret/facts.hpp"

namespace hygiene::housekeeping {

struct StoredSecret {
  secret::Facts facts;  // with the time of creation
  // True if the sizes are of the Secret itself. Else its data was not sent: key sizes are unknown, data_bytes
  // is what the annotation secret-hygiene.io/bytes says, or 0, and object_bytes covers the metadata and
  // data_bytes.
  bool measured = false;

  // True if data_bytes is known: measured, or from an annotation that a Secret can have.
  bool sized() const;
};

// How much of each Secret is sent.
enum class Reading {
  metadata,  // a Table: metadata and type. Sizes are those of the annotation
  whole,     // measured as it passes, and forgotten
};

// What a user asks for.
enum class ReadChoice {
  automatic,  // metadata where that suffices, else whole
  metadata,   // never a value: a Secret without the annotation has size 0
  whole,
};

struct WalkOptions {
  std::string namespace_name;  // empty: all
  std::string label_selector;
  std::string field_selector;
  Reading reading = Reading::whole;
  std::size_t page = 0;                  // Secrets of a page; 0: 500 of metadata, 100 whole
  const Interrupt* interrupt = nullptr;  // null: nothing but ApiOptions::given_up ends it early
};

struct WalkEnd {
  std::uint64_t secrets = 0;  // handed out
  bool interrupted = false;   // what comes after them was not read
  bool consistent = true;     // all are of one version of the cluster; see ListRequest::go_on_if_expired
};

class PageSink {
 public:
  virtual ~PageSink() = default;
  // A whole page, in the order of namespace and name. An error ends the walk and is its outcome.
  virtual Result<void> page(std::vector<StoredSecret> secrets) = 0;
  // Called before page(): so many Secrets come after it. Not where the API server does not say so, as with a
  // selector.
  virtual void remaining(std::uint64_t) {}
};

// Errors: those of ApiClient::list(), but not interrupted, and of `sink`. Secrets that are written or deleted
// meanwhile are seen as they were or as they are, each at most once. `sink` must not use `api`: the list is
// still under way.
Result<WalkEnd> walk_stored(cluster::BlockingApi& api, const WalkOptions& options, PageSink& sink);

}  // namespace hygiene::housekeeping
