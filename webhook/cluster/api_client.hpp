// A client of one API server: objects, lists by pages, watches. Sends again what was put off (429, and for
// reads 500 and 502 to 504), within bounds; renews credentials that were refused; every step has a deadline.
// Objects are texts of JSON, for whoever asked to parse. Thread-safety: the thread of its io_context; one
// request at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "base/wiping_text.hpp"
#include "cluster/api_link.hpp"
#include "cluster/client_config.hpp"
#include "cluster/resource.hpp"
#include "cluster/stream_readers.hpp"
#include "cluster/streams.hpp"
#include "net/http_client.hpp"

namespace hygiene::cluster {

enum class PatchKind {
  json,   // RFC 6902
  merge,  // RFC 7386
  apply,  // server-side apply, as field manager secret-hygiene, forced
};

class ApiClient {
 public:
  // Errors: those of the TLS material.
  static base::Result<std::unique_ptr<ApiClient>> make(const boost::asio::any_io_executor& executor,
                                                       ClientConfig access,
                                                       ApiOptions options = ApiOptions());
  // The same of what find_client_config() finds. Errors: also its own.
  static base::Result<std::unique_ptr<ApiClient>> open(const boost::asio::any_io_executor& executor,
                                                       const ClientConfigOptions& access, ApiOptions options);

  // Errors of every request: those of api_error() and of wrong_answer(), of the credentials (but denied for
  // missing, which is an object's) and of net::HttpClient; io with the origin of the access where the API
  // server cannot be reached; interrupted, once ApiOptions::given_up says so. A `body` is kept until the
  // answer came. Where a connection is lost within a write, nobody can say whether it was done: it is not
  // sent again.
  boost::asio::awaitable<base::Result<base::WipingText>> get(Resource resource);
  // As parts to `sink`: for what is not to be held whole. An error of the sink ends it.
  boost::asio::awaitable<base::Result<void>> read(Resource resource, Form form, net::BodySink sink);
  boost::asio::awaitable<base::Result<base::WipingText>> create(Resource collection, std::string_view body);
  // `answer`: how much of the object is sent back; not Form::table.
  boost::asio::awaitable<base::Result<base::WipingText>> patch(Resource resource, PatchKind kind,
                                                               std::string_view body,
                                                               Form answer = Form::whole);
  // PUT: the object takes the place of the one whose resourceVersion it names.
  boost::asio::awaitable<base::Result<base::WipingText>> replace(Resource resource, std::string_view body);
  // `body`: DeleteOptions, such as preconditions; may be empty.
  boost::asio::awaitable<base::Result<base::WipingText>> remove(Resource resource, std::string_view body);

  // Page by page to the end. A page but the first whose connection is lost is asked for again, within
  // RetryRules. Error `expired`: the server no longer knows where the list was; begin anew, or see
  // ListRequest::go_on_if_expired.
  boost::asio::awaitable<base::Result<ListEnd>> list(ListRequest request, ListSink& sink);
  // One watch, until the server ends it in order: the version to go on from. Errors: expired (that version is
  // too old; list anew), also io (it ended within an event).
  boost::asio::awaitable<base::Result<std::string>> watch(WatchRequest request, WatchSink& sink);
  // Watches again and again from where the last one ended, until an error other than io and limit, or the
  // sink's own. Pauses after a failure, and after a watch that ended at once and brought nothing.
  boost::asio::awaitable<base::Error> follow(WatchRequest request, WatchSink& sink);

  const std::string& origin() const { return context_.access.origin; }
  const std::string& namespace_default() const { return context_.access.namespace_default; }

 private:
  class EventSplitter;

  explicit ApiClient(ApiContext context);
  boost::asio::awaitable<base::Result<base::WipingText>> send(Call call);
  // Whether an answer 2xx is an object at all. Errors: wrong_answer()'s.
  base::Result<void> check_object(std::string_view body, const Call& call) const;
  base::Result<void> check_kind(const AnswerKind& is, const Call& call) const;
  boost::asio::awaitable<base::Result<base::WipingText>> put(std::string_view verb, std::string_view method,
                                                             Resource resource, std::string_view object);
  // One watch, as far as `events` has followed it.
  boost::asio::awaitable<base::Result<void>> watch_once(const WatchRequest& request, EventSplitter& events);

  ApiContext context_;
  ApiLink link_{context_};
};

// The body of a delete of one version of one object. Another object of that name, or another version, is
// answered with 409. Source: metav1.DeleteOptions.
std::string delete_options(std::string_view uid, std::string_view resource_version);

}  // namespace hygiene::cluster
