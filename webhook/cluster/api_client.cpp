#include "cluster/api_client.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string.h>

#include "cluster/api_error.hpp"
#include "cluster/stream_readers.hpp"

namespace hygiene::cluster {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Error;
using base::Result;

std::string_view media_type(PatchKind kind) {
  switch (kind) {
    case PatchKind::json:
      return "application/json-patch+json";
    case PatchKind::merge:
      return "application/merge-patch+json";
    case PatchKind::apply:
      return "application/apply-patch+yaml";
  }
  return {};
}

}  // namespace

ApiClient::ApiClient(const asio::any_io_executor& executor, Access access, ApiOptions options)
    : executor_(executor), access_(std::move(access)), options_(options), random_(std::random_device{}()) {}

Result<std::unique_ptr<ApiClient>> ApiClient::make(const asio::any_io_executor& executor, Access access,
                                                   ApiOptions options) {
  std::unique_ptr<ApiClient> made(new ApiClient(executor, std::move(access), options));
  // Fails now if the CA is no CA, rather than at the first request; a plugin is not run yet.
  if (auto connected = made->connect_as(std::make_shared<Credential>()); !connected) return connected.error();
  return made;
}

Result<void> ApiClient::connect_as(const CredentialPtr& credential) {
  const bool same = http_ != nullptr && credential_->certificate_pem == credential->certificate_pem &&
                    credential_->key_pem == credential->key_pem;
  credential_ = credential;
  if (same) return {};
  net::Destination to;
  to.host = access_.host;
  to.port = access_.port;
  to.server_name = access_.server_name;
  if (access_.tls) {
    net::ClientTlsMaterial material{access_.ca_pem, credential->certificate_pem, credential->key_pem,
                                    access_.verify};
    auto context = net::TlsClientContext::make(material);
    explicit_bzero(material.key_pem.data(), material.key_pem.size());
    if (!context) return Error(context.error().code(), access_.origin + ": " + context.error().message());
    to.tls = std::move(*context);
  }
  http_ = std::make_unique<net::HttpClient>(executor_, std::move(to));
  return {};
}

double ApiClient::spread() {
  return std::uniform_real_distribution<double>(0, 1)(random_);
}

asio::awaitable<void> ApiClient::pause(std::chrono::milliseconds length) {
  asio::steady_timer timer(executor_, length);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<Result<net::HttpResponse>> ApiClient::attempt(const Call* call) {
  const Result<CredentialPtr> credential = access_.credentials->get();
  if (!credential) {
    // `missing` is an object that the API server does not have; callers go on then.
    const Errc code = credential.error().code() == Errc::missing ? Errc::denied : credential.error().code();
    co_return Error(code, access_.origin + ": " + credential.error().message());
  }
  const Result<void> connected = connect_as(*credential);
  if (!connected) co_return connected.error();
  net::HttpRequest request;
  request.method = call->method;
  request.target = access_.base_path + call->resource.path();
  if (!call->query.empty()) request.target += '?' + call->query;
  request.headers.emplace_back("Accept", call->accept);
  if (!call->content_type.empty()) request.headers.emplace_back("Content-Type", call->content_type);
  // As client-go: a token is never sent in the clear.
  if (access_.tls) request.bearer_token = credential_->token;
  request.body = call->body;
  request.sink = call->sink;
  request.sink_idle = call->sink_idle;
  request.sink_total = call->sink_total;
  request.timeout = options_.request_timeout;
  Result<net::HttpResponse> answer = co_await http_->send(std::move(request));
  if (!answer && (answer.error().code() == Errc::io || answer.error().code() == Errc::denied)) {
    co_return Error(answer.error().code(), access_.origin + ": " + answer.error().message());
  }
  co_return answer;
}

asio::awaitable<Result<base::WipingText>> ApiClient::send(Call call) {
  bool renewed = false;
  for (unsigned attempts = 1;; ++attempts) {
    Result<net::HttpResponse> answer = co_await attempt(&call);
    if (!answer) co_return answer.error();
    const unsigned status = answer->status;
    if (status / 100 == 2) co_return std::move(answer->body);
    if (status == 401 && !renewed && access_.credentials->refused()) {
      renewed = true;
      continue;
    }
    std::optional<std::chrono::milliseconds> wait;
    if (may_retry(status, call.method == "GET")) {
      wait = pause_after(options_.retry, attempts, answer->retry_after, spread());
    }
    if (!wait) co_return api_error(status, read_status(answer->body.view()), call.verb, call.resource);
    co_await pause(*wait);
  }
}

asio::awaitable<Result<base::WipingText>> ApiClient::get(Resource resource) {
  Call call;
  call.verb = "get";
  call.method = "GET";
  call.resource = std::move(resource);
  Result<base::WipingText> answer = co_await send(std::move(call));
  co_return answer;
}

asio::awaitable<Result<base::WipingText>> ApiClient::put(std::string_view verb, std::string_view method,
                                                         Resource resource, std::string_view object) {
  Call call;
  call.verb = verb;
  call.method = method;
  call.resource = std::move(resource);
  call.content_type = "application/json";
  call.body = object;
  Result<base::WipingText> answer = co_await send(std::move(call));
  co_return answer;
}

asio::awaitable<Result<base::WipingText>> ApiClient::create(Resource collection, std::string_view body) {
  return put("create", "POST", std::move(collection), body);
}

asio::awaitable<Result<base::WipingText>> ApiClient::replace(Resource resource, std::string_view body) {
  return put("update", "PUT", std::move(resource), body);
}

asio::awaitable<Result<base::WipingText>> ApiClient::patch(Resource resource, PatchKind kind,
                                                           std::string_view body) {
  Call call;
  call.verb = "patch";
  call.method = "PATCH";
  call.resource = std::move(resource);
  call.content_type = media_type(kind);
  call.query = "fieldManager=secret-hygiene";
  if (kind == PatchKind::apply) call.query += "&force=true";
  call.body = body;
  Result<base::WipingText> answer = co_await send(std::move(call));
  co_return answer;
}

asio::awaitable<Result<base::WipingText>> ApiClient::remove(Resource resource, std::string_view body) {
  Call call;
  call.verb = "delete";
  call.method = "DELETE";
  call.resource = std::move(resource);
  if (!body.empty()) call.content_type = "application/json";
  call.body = body;
  Result<base::WipingText> answer = co_await send(std::move(call));
  co_return answer;
}

}  // namespace hygiene::cluster
