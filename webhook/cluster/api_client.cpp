#include "cluster/api_client.hpp"

#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "cluster/api_error.hpp"
#include "cluster/pager.hpp"
#include "cluster/stream_readers.hpp"
#include "json/writer.hpp"

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

Result<std::unique_ptr<ApiClient>> ApiClient::make(const asio::any_io_executor& executor, ClientConfig access,
                                                   ApiOptions options) {
  std::unique_ptr<ApiClient> made(new ApiClient({executor, std::move(access), options}));
  // Fails now if the CA is no CA, rather than at the first request; a plugin is not run yet.
  if (auto usable = made->link_.use(std::make_shared<Credential>()); !usable) return usable.error();
  return made;
}

asio::awaitable<Result<base::WipingText>> ApiClient::send(Call call) {
  RetryState attempts = context_.attempts();
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

namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Error;
using base::Result;

// A server that ends each watch at once would be asked without a pause. client-go draws the line here too.
constexpr std::chrono::seconds kShortWatch{1};

// Passes a watch's bytes on, and says where one event ends.
class EventSplitter {
 public:
  EventSplitter(WatchSink& sink, std::string from) : resource_version(std::move(from)), sink_(sink) {}

  Result<void> take(std::string_view bytes) {
    while (!bytes.empty()) {
      const Result<std::size_t> used = reader_.feed(bytes);
      if (!used) return used.error();
      within_event = within_event || bytes.find_first_not_of(" \t\r\n") < *used;
      if (auto taken = sink_.part(bytes.substr(0, *used)); !taken) return taken;
      bytes.remove_prefix(*used);
      if (!reader_.done()) continue;
      if (auto ended = end(); !ended) return ended;
    }
    return {};
  }

  std::string resource_version;  // after the last whole event
  bool within_event = false;

 private:
  Result<void> end() {
    if (event_.type == "ERROR") {
      const bool old = event_.reason == "Expired" || event_.reason == "Gone";
      return Error(old ? Errc::expired : Errc::io,
                   "the API server ended the watch: " + event_.reason + ": " + event_.message);
    }
    if (!event_.resource_version.empty()) resource_version = event_.resource_version;
    Result<void> ended = sink_.end_of_event(event_.type, event_.resource_version);
    reader_.reset();
    event_.next_event();
    within_event = false;
    return ended;
  }

  WatchSink& sink_;
  WatchReader event_;
  json::PushReader reader_{event_};
};

}  // namespace

asio::awaitable<Result<void>> ApiClient::read(Resource resource, Form form, net::BodySink sink) {
  Call call;
  call.verb = "get";
  call.method = "GET";
  call.resource = std::move(resource);
  call.accept = media_type(form, false);
  call.sink = std::move(sink);
  call.sink_idle = context_.options.idle_timeout;
  call.sink_total = context_.options.page_timeout;
  const Result<base::WipingText> answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  co_return Result<void>();
}

asio::awaitable<Result<ListEnd>> ApiClient::list(ListRequest request, ListSink& sink) {
  Pager pager(context_, link_, std::move(request), sink);
  Result<ListEnd> end = co_await pager.run();
  co_return end;
}

asio::awaitable<Result<std::string>> ApiClient::watch(WatchRequest request, WatchSink& sink) {
  EventSplitter splitter(sink, request.resource_version);
  if (Result<void> begun = sink.begin(); !begun) co_return begun.error();
  Call call;
  call.verb = "watch";
  call.method = "GET";
  call.resource = request.resource;
  call.query =
      "watch=1&allowWatchBookmarks=true&resourceVersion=" + base::percent_encode(request.resource_version) +
      "&timeoutSeconds=" + std::to_string(request.server_timeout.count()) +
      selectors_query(request.label_selector, request.field_selector);
  call.accept = media_type(request.form, false);
  call.sink = [&splitter](std::string_view bytes) { return splitter.take(bytes); };
  // The server ends the watch in time, or is gone.
  call.sink_idle = call.sink_total = request.server_timeout + std::chrono::seconds(10);
  const Result<base::WipingText> answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  if (splitter.within_event)
    co_return Error(Errc::io, context_.access.origin + ": the watch ended within an event");
  co_return splitter.resource_version;
}

asio::awaitable<Error> ApiClient::follow(WatchRequest request, WatchSink& sink) {
  // Remembers where the last whole event stood, also where a watch broke off.
  class Remembering final : public WatchSink {
   public:
    Remembering(WatchSink& inner, std::string& version) : inner_(inner), version_(version) {}
    Result<void> begin() override { return note(inner_.begin()); }
    Result<void> part(std::string_view text) override { return note(inner_.part(text)); }
    Result<void> end_of_event(std::string_view type, std::string_view resource_version) override {
      if (!resource_version.empty()) version_ = resource_version;
      ++events;
      return note(inner_.end_of_event(type, resource_version));
    }
    bool refused = false;
    std::size_t events = 0;

   private:
    Result<void> note(Result<void> outcome) {
      refused = refused || outcome.has_error();
      return outcome;
    }
    WatchSink& inner_;
    std::string& version_;
  };
  RetryRules rules = context_.options.retry;
  unsigned failures = 0;
  for (;;) {
    Remembering remembering(sink, request.resource_version);
    const auto began = std::chrono::steady_clock::now();
    const Result<std::string> ended = co_await watch(request, remembering);
    if (remembering.refused) co_return ended.error();
    if (remembering.events > 0) failures = 0;
    const bool lasted = remembering.events > 0 || std::chrono::steady_clock::now() - began > kShortWatch;
    if (ended && lasted) continue;
    if (!ended && ended.error().code() != Errc::io && ended.error().code() != Errc::limit) {
      co_return ended.error();
    }
    failures = std::min(failures + 1, 16U);
    rules.attempts_max = failures + 1;
    const auto wait = pause_after(rules, failures, std::nullopt, spread(context_.random));
    co_await pause(context_.executor, wait.value_or(rules.pause_max));
  }
}

std::string delete_options(std::string_view uid, std::string_view resource_version) {
  json::Writer json;
  json.object([&] {
    json.field("apiVersion", "v1");
    json.field("kind", "DeleteOptions");
    json.object("preconditions", [&] {
      json.field("uid", uid);
      json.field("resourceVersion", resource_version);
    });
  });
  return json.take();
}

}  // namespace hygiene::cluster
