#include "proxy/relay_factory.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace hygiene::proxy {
namespace {

struct Shared {
  Shared(RelayOptions given, server::MakeStream make)
      : options(std::move(given)), make_stream(std::move(make)) {}

  const RelayOptions options;
  const server::MakeStream make_stream;
  const TargetRewriter rewriter{options.selectors};
  std::vector<std::unique_ptr<ConnectionContext>> of_workers;
};

}  // namespace

Result<server::MakeConnection> relay_factory(RelayOptions options, server::MakeStream make_stream,
                                             Observer& observer, server::Observer& connections) {
  const auto shared = std::make_shared<Shared>(std::move(options), std::move(make_stream));
  for (std::size_t i = 0; i < shared->options.workers; ++i) {
    auto upstream = Upstream::make(shared->options.access, shared->options.times.api_server_gone);
    if (!upstream) return upstream.error();
    shared->of_workers.push_back(std::unique_ptr<ConnectionContext>(new ConnectionContext{
        shared->options, shared->rewriter, observer, connections, std::move(*upstream)}));
  }
  return server::MakeConnection([shared](boost::asio::ip::tcp::socket socket,
                                         const boost::asio::any_io_executor& executor, std::size_t worker) {
    return std::make_unique<Relay>(*shared->of_workers[worker], shared->make_stream(std::move(socket)),
                                   executor);
  });
}

}  // namespace hygiene::proxy
