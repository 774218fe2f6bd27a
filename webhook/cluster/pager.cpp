#include "cluster/pager.hpp"

#include "base/ascii.hpp"
#include "cluster/api_error.hpp"

namespace hygiene::cluster {
namespace {

namespace asio = boost::asio;

// What encodes maps, as an API server does, gives no key twice.
constexpr json::ReaderLimits kFromApiServer{.unique_keys = false};

// An API server names the kind. Whatever else has a list's metadata is taken for one.
bool is_wanted(const ListReader& list, Form form) {
  if (list.is.kind.empty()) return list.whole;
  return form == Form::table ? list.is.kind == "Table" : list.is.kind.ends_with("List");
}

}  // namespace

Pager::Page::Page(json::Events* items)
    : both(items == nullptr ? std::nullopt : std::optional<ListTee>(std::in_place, meta, *items)),
      reader(both ? static_cast<json::Events&>(*both) : meta, kFromApiServer) {}

Pager::Pager(ApiContext& context, ApiConnection& link, ListRequest request, ListSink& sink)
    : context_(context),
      request_(std::move(request)),
      sink_(sink),
      other_(context),
      here_(&link),
      ahead_(&other_) {}

Pager::~Pager() {
  forget_what_was_asked_ahead();
}

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
  RetryState attempts = context_.attempts();
  for (;;) {
    const Outcome answer = co_await attempt();
    if (!answer) {
      forget_what_was_asked_ahead();
      // Only a token names a version: the first page would be of another one the second time.
      const bool lost = answer.error().code() == Errc::io && !refused_ && !next_.empty();
      bool again = false;
      if (lost) again = co_await attempts.again_after_loss(answer.error());
      if (!again) co_return attempts.end(answer.error());
      continue;
    }
    if (!*answer) co_return Result<void>();
    const net::HttpResponse& refusal = **answer;
    const ApiStatus said = read_status(refusal.body.view());
    if (refusal.status == 410 && go_on_from(said.continue_token)) continue;
    const bool again = co_await attempts.again_after(refusal.status, refusal.retry_after, true);
    if (!again) co_return attempts.end(api_error(refusal.status, said, "list", request_.resource));
  }
}

asio::awaitable<Pager::Outcome> Pager::attempt() {
  if (const Result<void> begun = sink_.begin_page(); !begun) {
    refused_ = true;
    co_return begun.error();
  }
  page_.emplace(sink_.events());
  const Result<void> asked = co_await ask_unless_asked();
  if (!asked) co_return asked.error();
  std::optional<net::HttpResponse> answer;
  while (!answer) {
    Outcome received = co_await here_->receive();
    if (!received) co_return received.error();
    answer = std::move(*received);
    const bool leads_on = page_->meta.whole && !page_->meta.next.empty() && may_ask_ahead_ && !asked_ahead_;
    if (!answer && leads_on) co_await ask_ahead(page_->meta.next);
  }
  if (answer->status / 100 != 2) co_return answer;
  const Result<void> whole = page_->reader.finish();
  if (!is_wanted(page_->meta, request_.form)) co_return wrong_answer();
  if (!whole) co_return whole.error();
  if (!next_.empty() && page_->meta.next == next_) {
    co_return Error(Errc::syntax, context_.url(request_.resource) +
                                      ": the list does not advance: a page names itself as the next one");
  }
  next_ = std::move(page_->meta.next);
  end_.resource_version = std::move(page_->meta.resource_version);
  moved_on_ = false;
  co_return std::optional<net::HttpResponse>();
}

Result<void> Pager::take(std::string_view bytes) {
  page_->meta.is.note(bytes);
  const Result<std::size_t> used = page_->reader.feed(bytes);
  const bool unread = !used && (used.error().code() == Errc::syntax || used.error().code() == Errc::encoding);
  const bool no_list = unread && page_->meta.is.kind.empty() && !page_->meta.whole;
  Result<void> taken = used ? sink_.part(bytes) : Result<void>(no_list ? wrong_answer() : used.error());
  refused_ = taken.has_error();
  return taken;
}

asio::awaitable<Result<void>> Pager::ask_unless_asked() {
  if (asked_ahead_) {
    std::swap(here_, ahead_);
    asked_ahead_ = false;
    co_return Result<void>();
  }
  const Call page = call(next_);
  Result<void> asked = co_await here_->ask(page);
  co_return asked;
}

Error Pager::wrong_answer() const {
  const std::string wanted =
      (request_.form == Form::table ? "a Table of " : "a list of ") + request_.resource.plural;
  return cluster::wrong_answer(context_.url(request_.resource), wanted, page_->meta.is);
}

// This page waits for it: on a kept connection no time; to connect, as long as the network takes. Where that
// fails it is not tried a second time.
asio::awaitable<void> Pager::ask_ahead(std::string token) {
  const Call page = call(token);
  const Result<void> asked = co_await ahead_->ask(page);
  asked_ahead_ = may_ask_ahead_ = asked.has_value();
}

void Pager::forget_what_was_asked_ahead() {
  if (std::exchange(asked_ahead_, false)) ahead_->drop();
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

Call Pager::call(const std::string& token) {
  Call call{.verb = "list", .method = "GET", .resource = request_.resource};
  call.query = "limit=" + std::to_string(request_.page) +
               selectors_query(request_.label_selector, request_.field_selector);
  if (!token.empty()) call.query += "&continue=" + base::percent_encode(token);
  call.accept = media_type(request_.form, true);
  call.sink = [this](std::string_view bytes) { return take(bytes); };
  call.sink_idle = context_.options.idle_timeout;
  call.sink_total = context_.options.page_timeout;
  return call;
}

}  // namespace hygiene::cluster
