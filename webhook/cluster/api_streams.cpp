// Lists, watches and other long answers of ApiClient.
#include <optional>
#include <utility>

#include "cluster/api_client.hpp"
#include "cluster/stream_readers.hpp"

namespace hygiene::cluster {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Error;
using base::Result;

// A server that ends each watch at once would be asked without a pause. client-go draws the line here too.
constexpr std::chrono::seconds kShortWatch{1};
// What encodes maps, as an API server does, gives no key twice.
constexpr json::ReaderLimits kFromApiServer{.unique_keys = false};

std::string selectors(const std::string& labels, const std::string& fields) {
  std::string query;
  if (!labels.empty()) query += "&labelSelector=" + percent_encode(labels);
  if (!fields.empty()) query += "&fieldSelector=" + percent_encode(fields);
  return query;
}

// A list of metadata has a name of its own; a watch asked for it would be empty.
std::string accept(Form form, bool list) {
  switch (form) {
    case Form::whole:
      break;
    case Form::metadata:
      return std::string("application/json;as=PartialObjectMetadata") + (list ? "List" : "") +
             ";g=meta.k8s.io;v=v1";
    case Form::table:
      return "application/json;as=Table;g=meta.k8s.io;v=v1";
  }
  return "application/json";
}

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
  call.accept = accept(form, false);
  call.sink = std::move(sink);
  call.sink_idle = options_.idle_timeout;
  call.sink_total = options_.page_timeout;
  const Result<base::WipingText> answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  co_return Result<void>();
}

asio::awaitable<Result<ListEnd>> ApiClient::list(ListRequest request, ListSink& sink) {
  ListEnd end;
  std::string next;
  for (;;) {
    ListReader meta;
    std::optional<ListTee> both;
    if (json::Events* items = sink.events(); items != nullptr) both.emplace(meta, *items);
    json::PushReader reader(both ? static_cast<json::Events&>(*both) : meta, kFromApiServer);
    Call call;
    call.verb = "list";
    call.method = "GET";
    call.resource = request.resource;
    call.query =
        "limit=" + std::to_string(request.page) + selectors(request.label_selector, request.field_selector);
    if (!next.empty()) call.query += "&continue=" + percent_encode(next);
    call.accept = accept(request.form, true);
    call.sink = [&reader, &sink](std::string_view bytes) -> Result<void> {
      const Result<std::size_t> used = reader.feed(bytes);
      if (!used) return used.error();
      return sink.part(bytes);
    };
    call.sink_idle = options_.idle_timeout;
    call.sink_total = options_.page_timeout;
    const Result<base::WipingText> answer = co_await send(std::move(call));
    if (!answer) co_return answer.error();
    if (const Result<void> whole = reader.finish(); !whole) co_return whole.error();
    ++end.pages;
    end.resource_version = meta.resource_version;
    if (const Result<void> taken = sink.end_of_page(); !taken) co_return taken.error();
    if (meta.next.empty()) co_return end;
    next = std::move(meta.next);
  }
}

asio::awaitable<Result<std::string>> ApiClient::watch(WatchRequest request, WatchSink& sink) {
  EventSplitter splitter(sink, request.resource_version);
  if (Result<void> begun = sink.begin(); !begun) co_return begun.error();
  Call call;
  call.verb = "watch";
  call.method = "GET";
  call.resource = request.resource;
  call.query =
      "watch=1&allowWatchBookmarks=true&resourceVersion=" + percent_encode(request.resource_version) +
      "&timeoutSeconds=" + std::to_string(request.server_timeout.count()) +
      selectors(request.label_selector, request.field_selector);
  call.accept = accept(request.form, false);
  call.sink = [&splitter](std::string_view bytes) { return splitter.take(bytes); };
  // The server ends the watch in time, or is gone.
  call.sink_idle = call.sink_total = request.server_timeout + std::chrono::seconds(10);
  const Result<base::WipingText> answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  if (splitter.within_event) co_return Error(Errc::io, access_.origin + ": the watch ended within an event");
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
  RetryRules rules = options_.retry;
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
    const auto wait = pause_after(rules, failures, std::nullopt, spread());
    co_await pause(wait.value_or(rules.pause_max));
  }
}

}  // namespace hygiene::cluster
