// Reads a list page by page, and asks for a page whose connection was lost again. Thread-safety: the thread
// of its io_context.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "cluster/api_link.hpp"
#include "cluster/streams.hpp"

namespace hygiene::cluster {

class Pager {
 public:
  // What is referred to must outlive it.
  Pager(ApiContext& context, ApiLink& link, ListRequest request, ListSink& sink)
      : context_(context), link_(link), request_(std::move(request)), sink_(sink) {}

  // To the end of the list, once. Outcome as of ApiClient::list().
  boost::asio::awaitable<base::Result<ListEnd>> run();

 private:
  // The page that the token `next_` stands for, however often it has to be asked for.
  boost::asio::awaitable<base::Result<void>> read_page();
  // One attempt at it. Nothing: it was read. Else the answer that is not 2xx.
  boost::asio::awaitable<base::Result<std::optional<net::HttpResponse>>> attempt();
  // The API server no longer knows the version of the list. True: `next_` leads on with another.
  bool go_on_from(std::string offered);
  Call call() const;

  ApiContext& context_;
  ApiLink& link_;
  ListRequest request_;
  ListSink& sink_;
  ListEnd end_;
  std::string next_;       // the continue token; empty before the first page and after the last
  bool refused_ = false;   // an error is the sink's, or what came is no list
  bool moved_on_ = false;  // to another version, with no page since
};

}  // namespace hygiene::cluster
