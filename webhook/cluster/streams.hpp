// Lists and watches: requests, and the sinks that take what comes. Thread-safety: the client's thread calls a
// sink, one call at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cluster/resource.hpp"
#include "json/events.hpp"

namespace hygiene::cluster {

// How much of each object to send. Source: docs of the Kubernetes API, "Alternate representations".
enum class Form {
  whole,
  metadata,  // PartialObjectMetadata: no data, though annotations may repeat it
  table,     // metadata, and what kubectl prints of it: of a Secret its type
};

struct ListRequest {
  Resource resource;
  std::string label_selector;
  std::string field_selector;
  Form form = Form::whole;
  std::size_t page = 500;  // API priority and fairness charges a list by its objects
  // True: if the API server no longer knows the list's version, go on behind the last page with the newest.
  // What has changed since the list began may then be in it twice, as it was, or not at all. False: the list
  // ends with `expired`.
  bool go_on_if_expired = false;
};

struct ListEnd {
  std::string resource_version;  // of the last page; of a consistent list, where a watch goes on from
  std::size_t pages = 0;
  bool consistent = true;  // all pages show one version
};

// Takes the parts of a list's pages as they arrive. An error stops the list and is its outcome; after any
// error, discard the parts since the last end.
class ListSink {
 public:
  virtual ~ListSink() = default;
  // A page begins, or begins again with the same objects after a lost connection: discard the parts since the
  // last end. An error stops the list.
  virtual Result<void> begin_page() = 0;
  // Takes the tokens of each part before part() is called, so that a sink which reads JSON need not parse it
  // again. Null: not wanted. An error is the outcome of the request.
  virtual json::Events* events() { return nullptr; }
  virtual Result<void> part(std::string_view) { return {}; }
  virtual Result<void> end_of_page() { return {}; }
};

struct WatchRequest {
  Resource resource;  // a collection
  std::string label_selector;
  std::string field_selector;
  Form form = Form::whole;
  std::string resource_version;              // from a list, or where an earlier watch ended
  std::chrono::seconds server_timeout{300};  // the API server ends the watch by then
};

// Takes the parts of a watch's events; errors as in ListSink.
class WatchSink {
 public:
  virtual ~WatchSink() = default;
  // A watch begins: discard the parts since the last end. An error stops the watch.
  virtual Result<void> begin() = 0;
  virtual Result<void> part(std::string_view text) = 0;
  // The last event is whole. `type` is ADDED, MODIFIED, DELETED or BOOKMARK.
  virtual Result<void> end_of_event(std::string_view type, std::string_view resource_version) = 0;
  // follow() only: the watch broke off, and begins again after a pause.
  virtual void failed(const Error&) {}
};

// The query and the media type of a request, in the words of the API. `list`: for a collection; else for one
// object, or a watch.
std::string selectors_query(const std::string& labels, const std::string& fields);
std::string media_type(Form form, bool list);

}  // namespace hygiene::cluster
