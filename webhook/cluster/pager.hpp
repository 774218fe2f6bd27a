// Reads a list page by page over two connections. As soon as a page names the next one, it asks for that, so
// that the API server prepares it meanwhile. It is never more than one page ahead, and reads no byte of a
// page before its turn. It asks again for a page whose connection was lost. Thread-safety: the thread of its
// io_context.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "cluster/api_connection.hpp"
#include "cluster/stream_readers.hpp"
#include "cluster/streams.hpp"
#include "json/push_reader.hpp"

namespace hygiene::cluster {

class Pager {
 public:
  // `link` reads every other page, and is free again when the Pager ends. All references must outlive it.
  Pager(ApiContext& context, ApiConnection& link, ListRequest request, ListSink& sink);
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // Reads the list to its end, once. Outcome as of ApiClient::list().
  boost::asio::awaitable<Result<ListEnd>> run();

 private:
  // A page while it is read.
  struct Page {
    explicit Page(json::Events* items);
    ListReader meta;
    std::optional<ListTee> both;
    json::PushReader reader;
  };
  // Nothing: the page was read. Else: the answer, which is not 2xx.
  using Outcome = Result<std::optional<net::HttpResponse>>;

  // Reads the page of the token `next_`, and asks again if need be.
  boost::asio::awaitable<Result<void>> read_page();
  boost::asio::awaitable<Outcome> attempt();
  boost::asio::awaitable<Result<void>> ask_unless_asked();
  boost::asio::awaitable<void> ask_ahead(std::string token);
  void forget_what_was_asked_ahead();
  Error wrong_answer() const;
  Result<void> take(std::string_view bytes);
  // The API server no longer knows the list's version. True: `next_` leads on with another one.
  bool go_on_from(std::string offered);
  Call call(const std::string& token);

  ApiContext& context_;
  ListRequest request_;
  ListSink& sink_;
  ApiConnection other_;
  ApiConnection* here_;   // reads this page
  ApiConnection* ahead_;  // the next one
  bool asked_ahead_ = false;
  bool may_ask_ahead_ = true;
  std::optional<Page> page_;
  ListEnd end_;
  std::string next_;       // the continue token; empty before the first page and after the last
  bool refused_ = false;   // the sink returned an error, or what came is no list
  bool moved_on_ = false;  // to another version, and no page came since
};

}  // namespace hygiene::cluster
