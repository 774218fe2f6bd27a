// Pages that are read with GET, in plain HTTP, each by its path. Thread-safety: any number of workers; what
// makes a page must be so too.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/request_handler.hpp"

namespace hygiene::runtime {

struct Page {
  std::string_view path;  // of static storage
  // `query` is without its question mark.
  std::function<server::Answer(std::string_view query)> make;
};

struct PageOptions {
  // False: a request whose Host header names no address and not localhost is refused, so that no web site can
  // have a browser read the pages by a name of its own (DNS rebinding).
  bool any_host = true;
  std::string headers;  // of each answer: lines, each with its \r\n
};

class PageRouter : public server::Service {
 public:
  explicit PageRouter(std::vector<Page> pages, PageOptions options = PageOptions())
      : pages_(std::move(pages)), options_(std::move(options)) {}

  std::unique_ptr<server::RequestHandler> new_handler(std::size_t worker) override;

 private:
  std::vector<Page> pages_;
  PageOptions options_;
};

inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
server::Answer text_answer(unsigned status, std::string text, std::string_view content_type = kPlainText);
// True if the query has the parameter, with or without a value.
bool has_parameter(std::string_view query, std::string_view name);

}  // namespace hygiene::runtime
