#include "cluster/api_client.hpp"

#include <utility>

#include "cluster/api_error.hpp"

namespace hygiene::cluster {
namespace {

namespace asio = boost::asio;
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

ApiClient::ApiClient(ApiContext context) : context_(std::move(context)) {}

Result<std::unique_ptr<ApiClient>> ApiClient::make(const asio::any_io_executor& executor, Access access,
                                                   ApiOptions options) {
  std::unique_ptr<ApiClient> made(new ApiClient({executor, std::move(access), options}));
  // Fails now if the CA is no CA, rather than at the first request; a plugin is not run yet.
  if (auto usable = made->link_.use(std::make_shared<Credential>()); !usable) return usable.error();
  return made;
}

asio::awaitable<Result<base::WipingText>> ApiClient::send(Call call) {
  Attempts attempts = context_.attempts();
  for (;;) {
    Result<net::HttpResponse> answer = co_await link_.send(call);
    if (!answer) co_return answer.error();
    if (answer->status / 100 == 2) co_return std::move(answer->body);
    const bool again =
        co_await attempts.again_after(answer->status, answer->retry_after, call.method == "GET");
    if (!again) {
      co_return attempts.end(
          api_error(answer->status, read_status(answer->body.view()), call.verb, call.resource));
    }
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
                                                           std::string_view body, Form answer) {
  Call call;
  call.verb = "patch";
  call.method = "PATCH";
  call.resource = std::move(resource);
  call.content_type = media_type(kind);
  call.accept = media_type(answer, false);
  call.query = "fieldManager=secret-hygiene";
  if (kind == PatchKind::apply) call.query += "&force=true";
  call.body = body;
  Result<base::WipingText> patched = co_await send(std::move(call));
  co_return patched;
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
