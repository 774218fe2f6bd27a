// A kept connection to an API server, with the credentials in force. Thread-safety: the thread of its
// io_context; one request at a time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "cluster/client_config.hpp"
#include "cluster/resource.hpp"
#include "cluster/retry.hpp"
#include "net/http_client.hpp"

namespace hygiene::cluster {

// What became of one sending of a request.
struct Attempt {
  std::string_view verb;    // as RBAC names it
  std::string_view method;  // GET
  const std::string& url;   // with its query
  unsigned status = 0;      // 0: no answer
  // From before it was sent to the end of its answer. A page that was asked for ahead of its turn waited.
  std::chrono::milliseconds took{0};
};

struct ApiOptions {
  RetryRules retry;
  std::chrono::milliseconds request_timeout{30'000};  // of one attempt; of a list or a watch: to its head
  std::chrono::milliseconds idle_timeout{30'000};     // between two parts of a list's page
  // Of a page after its head: an API server ends all but watches after 60 s (its --request-timeout).
  std::chrono::milliseconds page_timeout{120'000};
  // True ends pauses between attempts, and reads under way; the outcome of a sent write must be known.
  net::GivenUp given_up;
  // Called for each retry, and for each ended attempt. Null: nobody wants to know.
  Retrying retrying;
  std::function<void(const Attempt&)> attempted;
};

// What the connections of one client share.
struct ApiContext {
  boost::asio::any_io_executor executor;
  ClientConfig access;
  ApiOptions options;
  std::minstd_rand random{std::random_device{}()};
  std::optional<std::chrono::seconds> clock_ahead = {};  // the API server's, at its last answer

  // For people: https://host:port/path.
  std::string url(const Resource& resource) const;
  RetryState attempts() {
    return {executor, options.retry, *access.credentials, random, options.given_up, options.retrying};
  }
};

// A request to an API server.
struct Call {
  std::string_view verb;  // as RBAC names it
  std::string_view method;
  Resource resource;
  std::string query = {};  // without the question mark
  std::string accept = "application/json";
  std::string content_type = {};
  std::string_view body = {};  // kept until the answer came
  net::BodySink sink = {};
  std::chrono::milliseconds sink_idle{0};
  std::chrono::milliseconds sink_total{0};
};

class ApiConnection {
 public:
  // `context` must outlive it.
  explicit ApiConnection(ApiContext& context) : context_(context) {}

  // Sets the credential of later requests, and the CA in force; a connection that was made with others is
  // closed. Errors: those of the TLS material.
  Result<void> use(const CredentialPtr& credential);
  // Sends `call` once. Any status is a success. Errors: those of the credentials (with denied for missing,
  // which means an object) and of net::HttpClient; io, denied and interrupted with the origin of the access.
  boost::asio::awaitable<Result<net::HttpResponse>> send(const Call& call);

  // The same in steps, as in net::HttpClient.
  boost::asio::awaitable<Result<void>> ask(const Call& call);
  boost::asio::awaitable<Result<std::optional<net::HttpResponse>>> receive();
  void drop() { http_->drop(); }

 private:
  boost::asio::awaitable<Result<net::HttpRequest>> request_of(const Call& call);
  // True: the API server's certificate was not trusted, and there is a new CA.
  bool may_trust(const Error& error);
  // The request of `call` is sent now; it ended, with `status` or 0.
  void begins(const Call& call);
  void ended(unsigned status) const;
  Error named(const Error& error) const;

  ApiContext& context_;
  // What http_ was made with.
  CredentialPtr credential_;
  std::string ca_pem_;
  std::unique_ptr<net::HttpClient> http_;
  // The request that is under way.
  std::string_view verb_;
  std::string_view method_;
  std::string url_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace hygiene::cluster
