// Reads a list page by page over two connections: as soon as a page says what comes behind it the next one is
// asked for, so that the API server makes it while this one is read. Never more than one page ahead, and not
// a byte of it is read before its turn. Asks again for a page whose connection was lost. Thread-safety: the
// thread of its io_context.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "cluster/api_link.hpp"
#include "cluster/stream_readers.hpp"
#include "cluster/streams.hpp"
#include "json/push_reader.hpp"

namespace hygiene::cluster {

class Pager {
 public:
  // `link` reads every other page, and is free again when the Pager goes. What is referred to must outlive
  // it.
  Pager(ApiContext& context, ApiLink& link, ListRequest request, ListSink& sink);
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // To the end of the list, once. Outcome as of ApiClient::list().
  boost::asio::awaitable<base::Result<ListEnd>> run();

 private:
  // A page while it is read.
  struct Page {
    explicit Page(json::Events* items);
    ListReader meta;
    std::optional<ListTee> both;
    json::PushReader reader;
  };
  // Nothing: the page was read. Else the answer that is not 2xx.
  using Outcome = base::Result<std::optional<net::HttpResponse>>;

  // The page that the token `next_` stands for, however often it has to be asked for.
  boost::asio::awaitable<base::Result<void>> read_page();
  boost::asio::awaitable<Outcome> attempt();
  boost::asio::awaitable<base::Result<void>> ask_unless_asked();
  boost::asio::awaitable<void> ask_ahead(std::string token);
  void forget_what_was_asked_ahead();
  base::Error wrong_answer() const;
  base::Result<void> take(std::string_view bytes);
  // The API server no longer knows the version of the list. True: `next_` leads on with another.
  bool go_on_from(std::string offered);
  Call call(const std::string& token);

  ApiContext& context_;
  ListRequest request_;
  ListSink& sink_;
  ApiLink other_;
  ApiLink* here_;   // reads this page
  ApiLink* ahead_;  // the next one
  bool asked_ahead_ = false;
  bool may_ask_ahead_ = true;
  std::optional<Page> page_;
  ListEnd end_;
  std::string next_;       // the continue token; empty before the first page and after the last
  bool refused_ = false;   // an error is the sink's, or what came is no list
  bool moved_on_ = false;  // to another version, with no page since
};

}  // namespace hygiene::cluster
