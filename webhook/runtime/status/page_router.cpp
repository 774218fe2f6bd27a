#include "runtime/status/page_router.hpp"

#include <algorithm>
#include <utility>

#include "runtime/status/local_host.hpp"

namespace hygiene::runtime {
namespace {

// Every answer is known with the head; a body, which nobody has reason to send, is read and ignored.
class PageExchange final : public server::RequestHandler {
 public:
  PageExchange(const std::vector<Page>& pages, const PageOptions& options)
      : pages_(pages), options_(options) {}

  server::Opening open(const server::RequestHead& head) override {
    const std::size_t path_bytes = std::min(head.target.find('?'), head.target.size());
    const std::string_view path = head.target.substr(0, path_bytes);
    const std::string_view query = head.target.substr(std::min(path_bytes + 1, head.target.size()));
    server::Answer made = options_.any_host || is_local_host(head.host)
                              ? answer(head.method, path, query)
                              : text_answer(421,
                                            "the Host header names another server; ask for this page at "
                                            "localhost, as kubectl port-forward does, or at an IP address\n");
    made.headers = options_.headers;
    return {std::move(made), std::nullopt};
  }

  void feed(std::string_view) override {}
  server::Answer finish() override { return text_answer(404, "not found\n"); }
  void abandon() override {}
  std::size_t kept_bytes() const override { return 0; }

 private:
  server::Answer answer(std::string_view method, std::string_view path, std::string_view query) const {
    const auto page = std::ranges::find(pages_, path, &Page::path);
    if (page == pages_.end())
      return text_answer(
          404, (pages_.size() == 1 ? "not found; there is " : "not found; there are ") + all_paths() + '\n');
    if (method != "GET" && method != "HEAD") {
      server::Answer refusal = text_answer(405, "only GET and HEAD are allowed\n");
      refusal.allow = "GET, HEAD";
      return refusal;
    }
    return page->make(query);
  }

  std::string all_paths() const {
    std::string text;
    for (std::size_t index = 0; index < pages_.size(); ++index) {
      if (index > 0) text += index + 1 == pages_.size() ? " and " : ", ";
      text += pages_[index].path;
    }
    return text;
  }

  const std::vector<Page>& pages_;
  const PageOptions& options_;
};

}  // namespace

server::Answer text_answer(unsigned status, std::string text, std::string_view content_type) {
  return {.status = status, .content_type = content_type, .body = std::move(text)};
}

bool has_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    if (parameter.substr(0, parameter.find('=')) == name) return true;
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
  }
  return false;
}

std::unique_ptr<server::RequestHandler> PageRouter::new_handler(std::size_t) {
  return std::make_unique<PageExchange>(pages_, options_);
}

}  // namespace hygiene::runtime
