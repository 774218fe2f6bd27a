#include "cluster/api_connection.hpp"

#include <utility>

#include "base/rfc3339.hpp"
#include "base/wiping_text.hpp"
#include "net/host_port.hpp"

namespace hygiene::cluster {
namespace {

namespace asio = boost::asio;

// Each request that is not trusted would have the file read.
constexpr std::chrono::seconds kCaReadAgainAfter{1};

}  // namespace

std::string ApiContext::url(const Resource& resource) const {
  return net::origin_of(access.tls, {access.host, access.port}) + access.base_path + resource.path();
}

Result<void> ApiConnection::use(const CredentialPtr& credential) {
  ClientConfig& access = context_.access;
  access.renew_ca(kFileGoodFor);
  const bool same = http_ != nullptr && ca_pem_ == access.ca_pem &&
                    credential_->certificate_pem == credential->certificate_pem &&
                    credential_->key_pem == credential->key_pem;
  credential_ = credential;
  if (same) return {};
  ca_pem_ = access.ca_pem;
  net::Destination to;
  to.host = access.host;
  to.port = access.port;
  to.server_name = access.server_name;
  to.proxy = access.proxy;
  if (access.tls) {
    net::ClientTlsMaterial material{access.ca_pem, credential->certificate_pem, credential->key_pem,
                                    access.verify};
    auto context = net::TlsClientContext::make(material);
    base::wipe(material.key_pem);
    if (!context) return Error(context.error().code(), access.origin + ": " + context.error().message());
    to.tls = std::move(*context);
  }
  http_ = std::make_unique<net::HttpClient>(context_.executor, std::move(to));
  return {};
}

asio::awaitable<Result<net::HttpRequest>> ApiConnection::request_of(const Call& call) {
  const ClientConfig& access = context_.access;
  const Result<CredentialPtr> credential = co_await access.credentials->get(context_.options.given_up);
  if (!credential) {
    // `missing` is an object that the API server does not have; callers go on then.
    const Errc code = credential.error().code() == Errc::missing ? Errc::denied : credential.error().code();
    co_return Error(code, access.origin + ": " + credential.error().message());
  }
  if (const Result<void> usable = use(*credential); !usable) co_return usable.error();
  net::HttpRequest request;
  request.method = call.method;
  request.target = access.base_path + call.resource.path();
  if (!call.query.empty()) request.target += '?' + call.query;
  request.headers = access.impersonation;
  request.headers.emplace_back("Accept", call.accept);
  if (!call.content_type.empty()) request.headers.emplace_back("Content-Type", call.content_type);
  // As client-go: a token is never sent in the clear.
  if (access.tls) request.bearer_token = credential_->token;
  request.body = call.body;
  request.sink = call.sink;
  request.sink_idle = call.sink_idle;
  request.sink_total = call.sink_total;
  request.timeout = context_.options.request_timeout;
  if (call.method == "GET") request.given_up = context_.options.given_up;
  co_return request;
}

bool ApiConnection::may_trust(const Error& error) {
  if (error.code() != Errc::denied) return false;
  context_.access.renew_ca(kCaReadAgainAfter);
  return ca_pem_ != context_.access.ca_pem;
}

Error ApiConnection::named(const Error& error) const {
  const bool of_connection =
      error.code() == Errc::io || error.code() == Errc::denied || error.code() == Errc::interrupted;
  if (!of_connection) return error;
  return Error(error.code(), context_.access.origin + ": " + error.message());
}

void ApiConnection::begins(const Call& call) {
  if (!context_.options.attempted) return;
  verb_ = call.verb;
  method_ = call.method;
  url_ = context_.url(call.resource);
  if (!call.query.empty()) url_ += '?' + call.query;
  began_ = std::chrono::steady_clock::now();
}

void ApiConnection::ended(unsigned status) const {
  if (!context_.options.attempted) return;
  const auto took = std::chrono::steady_clock::now() - began_;
  context_.options.attempted(
      {verb_, method_, url_, status, std::chrono::duration_cast<std::chrono::milliseconds>(took)});
}

asio::awaitable<Result<net::HttpResponse>> ApiConnection::send(const Call& call) {
  for (;;) {
    Result<net::HttpRequest> request = co_await request_of(call);
    if (!request) co_return request.error();
    begins(call);
    Result<net::HttpResponse> answer = co_await http_->send(std::move(*request));
    ended(answer ? answer->status : 0);
    if (answer && answer->date) {
      context_.clock_ahead = *answer->date - base::now_in_seconds();
    }
    if (answer) co_return answer;
    if (!may_trust(answer.error())) co_return named(answer.error());
  }
}

asio::awaitable<Result<void>> ApiConnection::ask(const Call& call) {
  for (;;) {
    Result<net::HttpRequest> request = co_await request_of(call);
    if (!request) co_return request.error();
    begins(call);
    const Result<void> asked = co_await http_->ask(std::move(*request));
    if (asked) co_return Result<void>();
    ended(0);
    if (!may_trust(asked.error())) co_return named(asked.error());
  }
}

asio::awaitable<Result<std::optional<net::HttpResponse>>> ApiConnection::receive() {
  Result<std::optional<net::HttpResponse>> answer = co_await http_->receive();
  if (!answer || *answer) ended(answer ? (*answer)->status : 0);
  if (!answer) co_return named(answer.error());
  co_return answer;
}

}  // namespace hygiene::cluster
