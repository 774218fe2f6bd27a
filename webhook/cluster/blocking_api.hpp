// ApiClient for commands, which do one thing after the other: each call runs an io_context of its own to the
// end of one request. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "cluster/api_client.hpp"

namespace hygiene::cluster {

class BlockingApi {
 public:
  // Errors: find_client_config()'s and ApiClient::make()'s.
  static base::Result<std::unique_ptr<BlockingApi>> open(const ClientConfigOptions& access,
                                                         ApiOptions options = ApiOptions());

  // As ApiClient's.
  base::Result<base::WipingText> get(const Resource& resource) { return run(client_->get(resource)); }
  base::Result<void> read(const Resource& resource, Form form, net::BodySink sink) {
    return run(client_->read(resource, form, std::move(sink)));
  }
  base::Result<base::WipingText> create(const Resource& collection, std::string_view body) {
    return run(client_->create(collection, body));
  }
  base::Result<base::WipingText> patch(const Resource& resource, PatchKind kind, std::string_view body,
                                       Form answer = Form::whole) {
    return run(client_->patch(resource, kind, body, answer));
  }
  base::Result<base::WipingText> remove(const Resource& resource, std::string_view body = {}) {
    return run(client_->remove(resource, body));
  }
  // Page by page to `sink`, which holds what it wants of them.
  base::Result<ListEnd> list(const ListRequest& request, ListSink& sink) {
    return run(client_->list(request, sink));
  }
  // The pages of a list that is known to be small. Errors: also limit, beyond 16 MiB in all.
  base::Result<std::vector<base::WipingText>> list(const ListRequest& request);

  // Runs any task of this thread to its end.
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    auto outcome = boost::asio::co_spawn(context_, std::move(task), boost::asio::use_future);
    // A look-up of a name that nobody waits for any longer may still be under way.
    while (outcome.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      context_.restart();
      context_.run_one();
    }
    return outcome.get();
  }

  const ApiClient& client() const { return *client_; }

 private:
  BlockingApi() = default;

  boost::asio::io_context context_{1};
  std::unique_ptr<ApiClient> client_;
};

}  // namespace hygiene::cluster
