#include "cluster/api_link.hpp"

#include <utility>

#include <string.h>

namespace hygiene::cluster {

namespace asio = boost::asio;
using base::Errc;
using base::Error;
using base::Result;

Result<void> ApiLink::use(const CredentialPtr& credential) {
  const ClientConfig& access = context_.access;
  const bool same = http_ != nullptr && credential_->certificate_pem == credential->certificate_pem &&
                    credential_->key_pem == credential->key_pem;
  credential_ = credential;
  if (same) return {};
  net::Destination to;
  to.host = access.host;
  to.port = access.port;
  to.server_name = access.server_name;
  if (access.tls) {
    net::ClientTlsMaterial material{access.ca_pem, credential->certificate_pem, credential->key_pem,
                                    access.verify};
    auto context = net::TlsClientContext::make(material);
    explicit_bzero(material.key_pem.data(), material.key_pem.size());
    if (!context) return Error(context.error().code(), access.origin + ": " + context.error().message());
    to.tls = std::move(*context);
  }
  http_ = std::make_unique<net::HttpClient>(context_.executor, std::move(to));
  return {};
}

Result<net::HttpRequest> ApiLink::request_of(const Call& call) {
  const ClientConfig& access = context_.access;
  const Result<CredentialPtr> credential = access.credentials->get();
  if (!credential) {
    // `missing` is an object that the API server does not have; callers go on then.
    const Errc code = credential.error().code() == Errc::missing ? Errc::denied : credential.error().code();
    return Error(code, access.origin + ": " + credential.error().message());
  }
  if (const Result<void> usable = use(*credential); !usable) return usable.error();
  net::HttpRequest request;
  request.method = call.method;
  request.target = access.base_path + call.resource.path();
  if (!call.query.empty()) request.target += '?' + call.query;
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
  return request;
}

Error ApiLink::named(const Error& error) const {
  const bool of_connection =
      error.code() == Errc::io || error.code() == Errc::denied || error.code() == Errc::interrupted;
  if (!of_connection) return error;
  return Error(error.code(), context_.access.origin + ": " + error.message());
}

asio::awaitable<Result<net::HttpResponse>> ApiLink::send(const Call& call) {
  Result<net::HttpRequest> request = request_of(call);
  if (!request) co_return request.error();
  Result<net::HttpResponse> answer = co_await http_->send(std::move(*request));
  if (!answer) co_return named(answer.error());
  co_return answer;
}

asio::awaitable<Result<void>> ApiLink::ask(const Call& call) {
  Result<net::HttpRequest> request = request_of(call);
  if (!request) co_return request.error();
  const Result<void> asked = co_await http_->ask(std::move(*request));
  if (!asked) co_return named(asked.error());
  co_return Result<void>();
}

asio::awaitable<Result<std::optional<net::HttpResponse>>> ApiLink::receive() {
  Result<std::optional<net::HttpResponse>> answer = co_await http_->receive();
  if (!answer) co_return named(answer.error());
  co_return answer;
}

}  // namespace hygiene::cluster
