// An ApiClient for commands, which do one thing after the other: each call runs an io_context to the end of
// one request. Thread-safety: one thread at a time.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "cluster/api_client.hpp"

namespace hygiene::cluster {

class BlockingApi {
 public:
  // Errors: find_client_config()'s and ApiClient::make()'s.
  static Result<std::unique_ptr<BlockingApi>> open(const ClientConfigOptions& access,
                                                   ApiOptions options = ApiOptions());

  // As ApiClient's.
  Result<base::WipingText> get(const Resource& resource);
  Result<void> read(const Resource& resource, Form form, net::BodySink sink);
  Result<base::WipingText> get_text(const Resource& resource);
  Result<base::WipingText> create(const Resource& collection, std::string_view body,
                                  Persistence persistence = Persistence::stored);
  Result<base::WipingText> patch(const Resource& resource, PatchKind kind, std::string_view body,
                                 Form answer = Form::whole);
  Result<base::WipingText> remove(const Resource& resource, std::string_view body = {});
  // Reads a list page by page to `sink`, which holds what it needs.
  Result<ListEnd> list(const ListRequest& request, ListSink& sink);
  // Reads all pages of a small list. Errors: also limit, beyond 16 MiB in all.
  Result<std::vector<base::WipingText>> list(const ListRequest& request);

  // Where other tasks run on this thread, by run_to_end().
  boost::asio::io_context& context() { return context_; }
  const ApiClient& client() const { return *client_; }

 private:
  BlockingApi() = default;

  boost::asio::io_context context_{1};
  std::unique_ptr<ApiClient> client_;
};

}  // namespace hygiene::cluster
