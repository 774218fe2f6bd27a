// A client of one API server: objects, lists by pages, watches. It repeats requests that were put off (429,
// and for reads 500 and 502 to 504), within bounds, and renews refused credentials; every step has a
// deadline. Objects are texts of JSON, which the caller parses. Thread-safety: the thread of its io_context;
// one request at a time.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "base/wiping_text.hpp"
#include "cluster/api_connection.hpp"
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

// Whether the API server stores what it is sent, or only judges and answers as if it did.
enum class Persistence { stored, dry_run };

class ApiClient {
 public:
  // Errors: those of the TLS material.
  static Result<std::unique_ptr<ApiClient>> make(const boost::asio::any_io_executor& executor,
                                                 ClientConfig access, ApiOptions options = ApiOptions());
  // The same, of what find_client_config() finds. Errors: also its own.
  static Result<std::unique_ptr<ApiClient>> open(const boost::asio::any_io_executor& executor,
                                                 const ClientConfigOptions& access, ApiOptions options);

  // Errors of every request: those of api_error() and of wrong_answer(), of the credentials (with denied for
  // missing, which means an object) and of net::HttpClient; io with the origin of the access: the API server
  // cannot be reached; interrupted: ApiOptions::given_up returned true. A `body` is kept until the answer
  // came. A write whose connection is lost is not sent again, since nobody can say whether it was done.
  boost::asio::awaitable<Result<base::WipingText>> get(Resource resource);
  // The text of what is no object, such as an answer of a pod through `pods/proxy`.
  boost::asio::awaitable<Result<base::WipingText>> get_text(Resource resource);
  // Hands the object to `sink` in parts, so that nobody holds it whole. An error of the sink ends it.
  boost::asio::awaitable<Result<void>> read(Resource resource, Form form, net::BodySink sink);
  boost::asio::awaitable<Result<base::WipingText>> create(Resource collection, std::string_view body,
                                                          Persistence persistence = Persistence::stored);
  // `answer`: how much of the object to send back; not Form::table.
  boost::asio::awaitable<Result<base::WipingText>> patch(Resource resource, PatchKind kind,
                                                         std::string_view body, Form answer = Form::whole);
  // PUT: replaces the object of the resourceVersion that the body names.
  boost::asio::awaitable<Result<base::WipingText>> replace(Resource resource, std::string_view body);
  // `body`: DeleteOptions, such as preconditions; may be empty.
  boost::asio::awaitable<Result<base::WipingText>> remove(Resource resource, std::string_view body);

  // Reads a list page by page. A lost page but the first is asked for again, within RetryRules. Error
  // `expired`: the server no longer knows the list's version; begin anew, or see
  // ListRequest::go_on_if_expired.
  boost::asio::awaitable<Result<ListEnd>> list(ListRequest request, ListSink& sink);
  // Runs one watch until the server ends it in order. Returns the version to go on from. Errors: expired
  // (that version is too old; list anew), also io (it ended within an event).
  boost::asio::awaitable<Result<std::string>> watch(WatchRequest request, WatchSink& sink);
  // Repeats watches, each from where the last one ended, until an error other than io and limit, or the
  // sink's own. Pauses after a failure, and after a watch that ended at once and brought nothing.
  boost::asio::awaitable<Error> follow(WatchRequest request, WatchSink& sink);

  const std::string& origin() const { return context_.access.origin; }
  const std::string& namespace_default() const { return context_.access.namespace_default; }
  // How far the API server's clock was ahead of ours at its last answer, to a second or so and the time of
  // the request; negative: behind. Nothing: no answer told the time.
  std::optional<std::chrono::seconds> clock_ahead() const { return context_.clock_ahead; }

 private:
  class EventSplitter;

  explicit ApiClient(ApiContext context);
  boost::asio::awaitable<Result<base::WipingText>> send(Call call);
  // Checks that an answer 2xx is an object at all. Errors: wrong_answer()'s.
  Result<void> check_object(std::string_view body, const Call& call) const;
  Result<void> check_kind(const AnswerKind& is, const Call& call) const;
  boost::asio::awaitable<Result<base::WipingText>> put(std::string_view verb, std::string_view method,
                                                       Resource resource, std::string_view object,
                                                       std::string query = {});
  // One watch, up to where `events` has followed it.
  boost::asio::awaitable<Result<void>> watch_once(const WatchRequest& request, EventSplitter& events);

  ApiContext context_;
  ApiConnection link_{context_};
};

// The body to delete one version of one object. The API server answers 409 for another object of that name,
// or another version. Source: metav1.DeleteOptions.
std::string delete_options(std::string_view uid, std::string_view resource_version);

}  // namespace hygiene::cluster
