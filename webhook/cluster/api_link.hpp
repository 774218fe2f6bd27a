// One kept connection to an API server, as whoever the credentials in force say. Thread-safety: the thread of
// its io_context; one request at a time.
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

struct ApiOptions {
  RetryRules retry;
  std::chrono::milliseconds request_timeout{30'000};  // of one attempt; of a list or a watch, to its head
  std::chrono::milliseconds idle_timeout{30'000};     // of a page of a list: between two parts
  // Of a page once it began: an API server ends all but watches after 60 s (its --request-timeout).
  std::chrono::milliseconds page_timeout{120'000};
  // Ends pauses between attempts, and reads under way; of a write that was sent the outcome must be known.
  net::GivenUp given_up;
  // Told of each retry, and of each attempt that has ended, with RBAC's word for it and the status (0: there
  // was no answer). Null: nobody wants to know.
  Retrying retrying;
  std::function<void(std::string_view verb, unsigned status)> attempted;
};

// What the connections of one client share.
struct ApiContext {
  boost::asio::any_io_executor executor;
  ClientConfig access;
  ApiOptions options;
  std::minstd_rand random{std::random_device{}()};

  void attempted(std::string_view verb, unsigned status) const {
    if (options.attempted) options.attempted(verb, status);
  }
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

class ApiLink {
 public:
  // `context` must outlive it.
  explicit ApiLink(ApiContext& context) : context_(context) {}

  // Of the requests from now on, with the CA that is in force; a connection made with other ones is left.
  // Errors: those of the TLS material.
  base::Result<void> use(const CredentialPtr& credential);
  // Sends `call` once. Any status is a success. Errors: those of the credentials (but denied for missing,
  // which is an object's) and of net::HttpClient; io, denied and interrupted with the origin of the access.
  boost::asio::awaitable<base::Result<net::HttpResponse>> send(const Call& call);

  // The same in steps, as of net::HttpClient.
  boost::asio::awaitable<base::Result<void>> ask(const Call& call);
  boost::asio::awaitable<base::Result<std::optional<net::HttpResponse>>> receive();
  void drop() { http_->drop(); }

 private:
  boost::asio::awaitable<base::Result<net::HttpRequest>> request_of(const Call& call);
  // The API server's certificate was not trusted, and there is another CA by now.
  bool may_trust(const base::Error& error);
  base::Error named(const base::Error& error) const;

  ApiContext& context_;
  // What http_ was made with.
  CredentialPtr credential_;
  std::string ca_pem_;
  std::unique_ptr<net::HttpClient> http_;
};

}  // namespace hygiene::cluster
