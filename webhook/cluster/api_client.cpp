#include "cluster/api_client.hpp"

#include <array>
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

std::string media_type(PatchKind kind) {
  static constexpr std::array kTypes{"json-patch+json", "merge-patch+json", "apply-patch+yaml"};
  return std::string("application/") + kTypes[static_cast<std::size_t>(kind)];
}

constexpr std::string_view kAnyText = "*/*";

// What encodes maps, as an API server does, gives no key twice.
constexpr json::ReaderLimits kFromApiServer{.unique_keys = false};

// A server that ends each watch at once would be asked without a pause. client-go draws the line here too.
constexpr std::chrono::seconds kShortWatch{1};

}  // namespace

ApiClient::ApiClient(ApiContext context) : context_(std::move(context)) {}

Result<std::unique_ptr<ApiClient>> ApiClient::make(const asio::any_io_executor& executor, ClientConfig access,
                                                   ApiOptions options) {
  std::unique_ptr<ApiClient> made(new ApiClient({executor, std::move(access), options}));
  // Fails now if the CA is no CA, rather than at the first request; a plugin is not run yet.
  if (auto usable = made->link_.use(std::make_shared<Credential>()); !usable) return usable.error();
  return made;
}

Result<std::unique_ptr<ApiClient>> ApiClient::open(const asio::any_io_executor& executor,
                                                   const ClientConfigOptions& access, ApiOptions options) {
  auto found = find_client_config(access);
  if (!found) return found.error();
  return make(executor, std::move(*found), std::move(options));
}

asio::awaitable<Result<base::WipingText>> ApiClient::send(Call call) {
  RetryState attempts = context_.attempts();
  for (;;) {
    Result<net::HttpResponse> answer = co_await link_.send(call);
    if (!answer) co_return answer.error();
    if (answer->status / 100 == 2) {
      const bool is_object = !call.sink && call.accept != kAnyText;
      const Result<void> wanted = is_object ? check_object(answer->body.view(), call) : Result<void>();
      if (!wanted) co_return wanted.error();
      co_return std::move(answer->body);
    }
    const bool again =
        co_await attempts.again_after(answer->status, answer->retry_after, call.method == "GET");
    if (!again) {
      co_return attempts.end(
          api_error(answer->status, read_status(answer->body.view()), call.verb, call.resource));
    }
  }
}

Result<void> ApiClient::check_object(std::string_view body, const Call& call) const {
  ObjectReader object;
  json::PushReader reader(object, kFromApiServer);
  object.is.note(body);
  const bool is_json = reader.feed(body).has_value() && reader.finish().has_value();
  return is_json ? check_kind(object.is, call)
                 : wrong_answer(context_.url(call.resource), "an object", object.is);
}

// A deletion is answered with the object, or with a Status that says Success.
Result<void> ApiClient::check_kind(const AnswerKind& is, const Call& call) const {
  const bool status = is.kind == "Status" && (call.verb != "delete" || is.status == "Failure");
  if (!status && !is.kind.ends_with("List")) return {};
  return wrong_answer(context_.url(call.resource), "an object", is);
}

asio::awaitable<Result<base::WipingText>> ApiClient::get(Resource resource) {
  return send({.verb = "get", .method = "GET", .resource = std::move(resource)});
}

asio::awaitable<Result<base::WipingText>> ApiClient::get_text(Resource resource) {
  return send(
      {.verb = "get", .method = "GET", .resource = std::move(resource), .accept = std::string(kAnyText)});
}

asio::awaitable<Result<base::WipingText>> ApiClient::put(std::string_view verb, std::string_view method,
                                                         Resource resource, std::string_view object,
                                                         std::string query) {
  return send({.verb = verb,
               .method = method,
               .resource = std::move(resource),
               .query = std::move(query),
               .content_type = "application/json",
               .body = object});
}

asio::awaitable<Result<base::WipingText>> ApiClient::create(Resource collection, std::string_view body,
                                                            Persistence persistence) {
  return put("create", "POST", std::move(collection), body,
             persistence == Persistence::dry_run ? "dryRun=All" : "");
}

asio::awaitable<Result<base::WipingText>> ApiClient::replace(Resource resource, std::string_view body) {
  return put("update", "PUT", std::move(resource), body);
}

asio::awaitable<Result<base::WipingText>> ApiClient::patch(Resource resource, PatchKind kind,
                                                           std::string_view body, Form answer) {
  const char* force = kind == PatchKind::apply ? "&force=true" : "";
  return send({.verb = "patch",
               .method = "PATCH",
               .resource = std::move(resource),
               .query = std::string("fieldManager=secret-hygiene") + force,
               .accept = media_type(answer, false),
               .content_type = media_type(kind),
               .body = body});
}

asio::awaitable<Result<base::WipingText>> ApiClient::remove(Resource resource, std::string_view body) {
  return send({.verb = "delete",
               .method = "DELETE",
               .resource = std::move(resource),
               .content_type = body.empty() ? "" : "application/json",
               .body = body});
}

// Passes a watch's bytes on, and says where one event ends.
class ApiClient::EventSplitter {
 public:
  EventSplitter(WatchSink& sink, std::string from) : resource_version(std::move(from)), sink_(sink) {}

  Result<void> begin() { return note(sink_.begin()); }

  Result<void> take(std::string_view bytes) {
    came.note(bytes);
    while (!bytes.empty()) {
      const Result<std::size_t> used = reader_.feed(bytes);
      if (!used) return used.error();
      within_event = within_event || bytes.find_first_not_of(" \t\r\n") < *used;
      if (auto taken = note(sink_.part(bytes.substr(0, *used))); !taken) return taken;
      bytes.remove_prefix(*used);
      if (!reader_.done()) continue;
      if (auto ended = end(); !ended) return ended;
    }
    return {};
  }

  std::string resource_version;  // after the last whole event
  std::size_t events = 0;        // whole ones
  bool within_event = false;
  bool refused = false;  // by the sink
  AnswerKind came;

 private:
  Result<void> end() {
    if (event_.type == "ERROR") {
      const bool old = event_.reason == "Expired" || event_.reason == "Gone";
      return Error(old ? Errc::expired : Errc::io,
                   "the API server ended the watch: " + event_.reason + ": " + event_.message);
    }
    if (!event_.resource_version.empty()) resource_version = event_.resource_version;
    ++events;
    Result<void> ended = note(sink_.end_of_event(event_.type, event_.resource_version));
    reader_.reset();
    event_.next_event();
    within_event = false;
    return ended;
  }

  Result<void> note(Result<void> outcome) {
    refused = refused || outcome.has_error();
    return outcome;
  }

  WatchSink& sink_;
  WatchReader event_;
  json::PushReader reader_{event_};
};

asio::awaitable<Result<void>> ApiClient::read(Resource resource, Form form, net::BodySink sink) {
  Call call{.verb = "get", .method = "GET", .resource = std::move(resource)};
  call.accept = media_type(form, false);
  ObjectReader object;
  json::PushReader reader(object, kFromApiServer);
  const auto wrong = [&] { return wrong_answer(context_.url(call.resource), "an object", object.is); };
  call.sink = [&](std::string_view bytes) -> Result<void> {
    object.is.note(bytes);
    if (!reader.feed(bytes) && object.is.first != '{') return wrong();
    return sink(bytes);
  };
  call.sink_idle = context_.options.idle_timeout;
  call.sink_total = context_.options.page_timeout;
  const Result<base::WipingText> answer = co_await send(call);
  if (!answer) co_return answer.error();
  if (object.is.first == '\0') co_return wrong();
  co_return check_kind(object.is, call);
}

asio::awaitable<Result<ListEnd>> ApiClient::list(ListRequest request, ListSink& sink) {
  Pager pager(context_, link_, std::move(request), sink);
  Result<ListEnd> end = co_await pager.run();
  co_return end;
}

asio::awaitable<Result<std::string>> ApiClient::watch(WatchRequest request, WatchSink& sink) {
  EventSplitter events(sink, request.resource_version);
  const Result<void> ended = co_await watch_once(request, events);
  if (!ended) co_return ended.error();
  co_return events.resource_version;
}

asio::awaitable<Result<void>> ApiClient::watch_once(const WatchRequest& request, EventSplitter& events) {
  if (Result<void> begun = events.begin(); !begun) co_return begun.error();
  Call call{.verb = "watch", .method = "GET", .resource = request.resource};
  call.query =
      "watch=1&allowWatchBookmarks=true&resourceVersion=" + base::percent_encode(request.resource_version) +
      "&timeoutSeconds=" + std::to_string(request.server_timeout.count()) +
      selectors_query(request.label_selector, request.field_selector);
  call.accept = media_type(request.form, false);
  call.sink = [&events](std::string_view bytes) { return events.take(bytes); };
  // The server ends the watch in time, or is gone.
  call.sink_idle = call.sink_total = request.server_timeout + std::chrono::seconds(10);
  const Result<base::WipingText> answer = co_await send(call);
  const bool no_event = !answer && answer.error().code() == Errc::syntax && events.came.first != '{';
  if (no_event) co_return wrong_answer(context_.url(request.resource), "the events of a watch", events.came);
  if (!answer) co_return answer.error();
  if (events.within_event)
    co_return Error(Errc::io, context_.access.origin + ": the watch ended in the middle of an event");
  co_return Result<void>();
}

asio::awaitable<Error> ApiClient::follow(WatchRequest request, WatchSink& sink) {
  RetryRules rules = context_.options.retry;
  unsigned failures = 0;
  for (;;) {
    EventSplitter events(sink, request.resource_version);
    const auto began = std::chrono::steady_clock::now();
    const Result<void> ended = co_await watch_once(request, events);
    if (events.refused) co_return ended.error();
    // Where the last whole event stood, also where the watch broke off.
    request.resource_version = events.resource_version;
    if (events.events > 0) failures = 0;
    const bool lasted = events.events > 0 || std::chrono::steady_clock::now() - began > kShortWatch;
    if (ended && lasted) continue;
    if (!ended && ended.error().code() != Errc::io && ended.error().code() != Errc::limit) {
      co_return ended.error();
    }
    if (!ended) sink.failed(ended.error());
    failures = std::min(failures + 1, 16U);
    rules.attempts_max = failures + 1;
    const auto wait = pause_after(rules, failures, std::nullopt, spread(context_.random));
    co_await pause(context_.executor, wait.value_or(rules.pause_max));
  }
}

std::string delete_options(std::string_view uid, std::string_view resource_version) {
  json::Writer json;
  json.object([&] {
    json.type_meta("v1", "DeleteOptions");
    json.object("preconditions", [&] {
      json.field("uid", uid);
      json.field("resourceVersion", resource_version);
    });
  });
  return json.take();
}

}  // namespace hygiene::cluster
