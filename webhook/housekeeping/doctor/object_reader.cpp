#include "housekeeping/doctor/object_reader.hpp"

#include <utility>

#include <boost/asio/this_coro.hpp>
#include <rapidjson/document.h>

#include "cluster/run_to_end.hpp"
#include "json/document.hpp"
#include "net/http_client.hpp"

namespace hygiene::housekeeping {
namespace {

// A replica answers in milliseconds, or is not reached from here at all.
constexpr std::chrono::seconds kDirectTimeout{5};

Result<void> parse(rapidjson::Document& document, const base::WipingText& text) {
  auto parsed = json::parse_document(document, text.view());
  if (parsed && document.IsObject()) return {};
  return Error(Errc::syntax, "the API server's answer is not the object that was asked for");
}

boost::asio::awaitable<Result<net::HttpResponse>> get(net::Destination to, std::string target) {
  net::HttpClient client(co_await boost::asio::this_coro::executor, std::move(to));
  net::HttpRequest request;
  request.method = "GET";
  request.target = std::move(target);
  request.timeout = kDirectTimeout;
  co_return co_await client.send(std::move(request));
}

}  // namespace

Result<void> read_object(cluster::BlockingApi& api, const cluster::Resource& resource,
                         rapidjson::Document& into) {
  const auto text = api.get(resource);
  if (!text) return text.error();
  return parse(into, *text);
}

Result<std::string> get_directly(cluster::BlockingApi& api, net::Destination to, std::string target) {
  const auto answer = cluster::run_to_end(api.context(), get(std::move(to), std::move(target)));
  if (!answer) return answer.error();
  return std::string(answer->body.view());
}

}  // namespace hygiene::housekeeping
