// A client of one API server: objects, lists by pages, watches. Sends again what was put off (429, and for
// reads 500 and 502 to 504), within bounds; renews credentials that were refused; every step has a deadline.
// Objects are texts of JSON, for whoever asked to parse. Thread-safety: the thread of its io_context; one
// request at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "base/wiping_text.hpp"
#include "cluster/access.hpp"
#include "cluster/resource.hpp"
#include "cluster/retry.hpp"
#include "json/events.hpp"
#include "net/http_client.hpp"

namespace hygiene::cluster {

struct ApiOptions {
  RetryRules retry;
  std::chrono::milliseconds request_timeout{30'000};  // of one attempt; of a list or a watch, to its head
  std::chrono::milliseconds idle_timeout{30'000};     // of a page of a list: between two parts
  // Of a page once it began: an API server ends all but watches after 60 s (its --request-timeout).
  std::chrono::milliseconds page_timeout{120'000};
};

enum class PatchKind {
  json,   // RFC 6902
  merge,  // RFC 7386
  apply,  // server-side apply, as field manager secret-hygiene, forced
};

// How much of each object is sent. Source: docs of the Kubernetes API, "Alternate representations".
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
};

// Where a list ended: a watch goes on from here.
struct ListEnd {
  std::string resource_version;
  std::size_t pages = 0;
};

// Takes the parts of a list's pages, or of a watch's events, as they arrive. An error stops the request and
// is its outcome; after any error the parts since the last end belong to nothing.
class ListSink {
 public:
  virtual ~ListSink() = default;
  // Gets the tokens of each part before part() is called, so that a sink which reads JSON need not parse what
  // the client has to parse anyway. Null: nobody wants them. A refusal is the outcome of the request.
  virtual json::Events* events() { return nullptr; }
  virtual base::Result<void> part(std::string_view text) = 0;
  virtual base::Result<void> end_of_page() = 0;
};
class WatchSink {
 public:
  virtual ~WatchSink() = default;
  // A watch begins: the parts since the last end belong to nothing. An error: it shall not.
  virtual base::Result<void> begin() = 0;
  virtual base::Result<void> part(std::string_view text) = 0;
  // The event before is whole. `type` is ADDED, MODIFIED, DELETED or BOOKMARK.
  virtual base::Result<void> end_of_event(std::string_view type, std::string_view resource_version) = 0;
};

struct WatchRequest {
  Resource resource;  // a collection
  std::string label_selector;
  std::string field_selector;
  Form form = Form::whole;
  std::string resource_version;              // from a list, or where an earlier watch ended
  std::chrono::seconds server_timeout{300};  // the API server ends the watch by then
};

class ApiClient {
 public:
  // Errors: those of the TLS material.
  static base::Result<std::unique_ptr<ApiClient>> make(const boost::asio::any_io_executor& executor,
                                                       Access access, ApiOptions options = ApiOptions());

  // Errors of every request: those of api_error(), of the credentials (but denied for missing, which is an
  // object's) and of net::HttpClient; io with the origin of the access where the API server cannot be
  // reached. A `body` is kept until the answer came. Where a connection is lost within a write, nobody can
  // say whether it was done: it is not sent again.
  boost::asio::awaitable<base::Result<base::WipingText>> get(Resource resource);
  // As parts to `sink`: for what is not to be held whole. An error of the sink ends it.
  boost::asio::awaitable<base::Result<void>> read(Resource resource, Form form, net::BodySink sink);
  boost::asio::awaitable<base::Result<base::WipingText>> create(Resource collection, std::string_view body);
  boost::asio::awaitable<base::Result<base::WipingText>> patch(Resource resource, PatchKind kind,
                                                               std::string_view body);
  // PUT: the object takes the place of the one whose resourceVersion it names.
  boost::asio::awaitable<base::Result<base::WipingText>> replace(Resource resource, std::string_view body);
  // `body`: DeleteOptions, such as preconditions; may be empty.
  boost::asio::awaitable<base::Result<base::WipingText>> remove(Resource resource, std::string_view body);

  // Page by page to the end. Error `expired`: the server no longer knows where the list was; begin anew.
  boost::asio::awaitable<base::Result<ListEnd>> list(ListRequest request, ListSink& sink);
  // One watch, until the server ends it in order: the version to go on from. Errors: expired (that version is
  // too old; list anew), also io (it ended within an event).
  boost::asio::awaitable<base::Result<std::string>> watch(WatchRequest request, WatchSink& sink);
  // Watches again and again from where the last one ended, until an error other than io and limit, or the
  // sink's own. Pauses after a failure, and after a watch that ended at once and brought nothing.
  boost::asio::awaitable<base::Error> follow(WatchRequest request, WatchSink& sink);

  const std::string& origin() const { return access_.origin; }
  const std::string& namespace_default() const { return access_.namespace_default; }

 private:
  struct Call {
    std::string_view verb;  // as RBAC names it
    std::string_view method;
    Resource resource;
    std::string query;  // without the question mark
    std::string accept = "application/json";
    std::string content_type;
    std::string_view body;
    net::BodySink sink;
    std::chrono::milliseconds sink_idle{0};
    std::chrono::milliseconds sink_total{0};
  };

  ApiClient(const boost::asio::any_io_executor& executor, Access access, ApiOptions options);
  boost::asio::awaitable<base::Result<base::WipingText>> send(Call call);
  boost::asio::awaitable<base::Result<base::WipingText>> put(std::string_view verb, std::string_view method,
                                                             Resource resource, std::string_view object);
  boost::asio::awaitable<base::Result<net::HttpResponse>> attempt(const Call* call);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds length);
  base::Result<void> connect_as(const CredentialPtr& credential);
  double spread();

  boost::asio::any_io_executor executor_;
  Access access_;
  ApiOptions options_;
  CredentialPtr credential_;  // that http_ was made for
  std::unique_ptr<net::HttpClient> http_;
  std::minstd_rand random_;
};

}  // namespace hygiene::cluster
