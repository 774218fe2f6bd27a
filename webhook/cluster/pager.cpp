#include "cluster/pager.hpp"

#include "cluster/api_error.hpp"
#include "cluster/stream_readers.hpp"

namespace hygiene::cluster {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Result;

// What encodes maps, as an API server does, gives no key twice.
constexpr json::ReaderLimits kFromApiServer{.unique_keys = false};

}  // namespace

asio::awaitable<Result<ListEnd>> Pager::run() {
  do {
    const Result<void> read = co_await read_page();
    if (!read) co_return read.error();
    ++end_.pages;
    if (const Result<void> taken = sink_.end_of_page(); !taken) co_return taken.error();
  } while (!next_.empty());
  co_return end_;
}

asio::awaitable<Result<void>> Pager::read_page() {
  Attempts attempts = context_.attempts();
  for (;;) {
    const auto answer = co_await attempt();
    if (!answer) {
      // Only a token names a version: the first page would be of another one the second time.
      const bool lost = answer.error().code() == Errc::io && !refused_ && !next_.empty();
      bool again = false;
      if (lost) again = co_await attempts.again_after_loss();
      if (!again) co_return answer.error();
      continue;
    }
    if (!*answer) co_return Result<void>();
    const net::HttpResponse& refusal = **answer;
    const ApiStatus said = read_status(refusal.body.view());
    if (refusal.status == 410 && go_on_from(said.continue_token)) continue;
    const bool again = co_await attempts.again_after(refusal.status, refusal.retry_after, true);
    if (!again) co_return api_error(refusal.status, said, "list", request_.resource);
  }
}

asio::awaitable<Result<std::optional<net::HttpResponse>>> Pager::attempt() {
  if (const Result<void> begun = sink_.begin_page(); !begun) {
    refused_ = true;
    co_return begun.error();
  }
  ListReader meta;
  std::optional<ListTee> both;
  if (json::Events* items = sink_.events(); items != nullptr) both.emplace(meta, *items);
  json::PushReader reader(both ? static_cast<json::Events&>(*both) : meta, kFromApiServer);
  Call asked = call();
  asked.sink = [this, &reader](std::string_view bytes) -> Result<void> {
    const Result<std::size_t> used = reader.feed(bytes);
    Result<void> taken = used ? sink_.part(bytes) : Result<void>(used.error());
    refused_ = taken.has_error();
    return taken;
  };
  Result<net::HttpResponse> answer = co_await link_.send(&asked);
  if (!answer) co_return answer.error();
  if (answer->status / 100 != 2) co_return std::optional(std::move(*answer));
  if (const Result<void> whole = reader.finish(); !whole) co_return whole.error();
  next_ = std::move(meta.next);
  end_.resource_version = std::move(meta.resource_version);
  moved_on_ = false;
  co_return std::optional<net::HttpResponse>();
}

// Source: kube-apiserver's answer 410 to a continue token carries another one, from 1.15 on: the key to go on
// behind, and the newest version.
bool Pager::go_on_from(std::string offered) {
  if (!request_.go_on_if_expired || moved_on_ || offered.empty()) return false;
  next_ = std::move(offered);
  moved_on_ = true;
  end_.consistent = false;
  return true;
}

Call Pager::call() const {
  Call call;
  call.verb = "list";
  call.method = "GET";
  call.resource = request_.resource;
  call.query = "limit=" + std::to_string(request_.page) +
               selectors_query(request_.label_selector, request_.field_selector);
  if (!next_.empty()) call.query += "&continue=" + percent_encode(next_);
  call.accept = media_type(request_.form, true);
  call.sink_idle = context_.options.idle_timeout;
  call.sink_total = context_.options.page_timeout;
  return call;
}

}  // namespace hygiene::cluster
