#include "proxy/relay_factory.hpp"

#include <utility>

namespace hygiene::proxy {
namespace {

struct Shared {
  TargetRewriter rewriter;
  server::MakeStream make_stream;
  std::vector<std::unique_ptr<ConnectionContext>> of_workers;
};

}  // namespace

base::Result<server::MakeConnection> relay_factory(const RelayOptions& options,
                                                   server::MakeStream make_stream, Observer& observer,
                                                   server::Observer& connections) {
  const auto shared =
      std::make_shared<Shared>(Shared{TargetRewriter(options.selectors), std::move(make_stream), {}});
  for (std::size_t i = 0; i < options.workers; ++i) {
    auto upstream = Upstream::make(options.access, options.times.api_server_gone);
    if (!upstream) return upstream.error();
    shared->of_workers.push_back(std::unique_ptr<ConnectionContext>(
        new ConnectionContext{shared->rewriter, options.hosts, options.inject_token, options.times, observer,
                              connections, std::move(*upstream), BufferPool()}));
  }
  return server::MakeConnection([shared](boost::asio::ip::tcp::socket socket,
                                         const boost::asio::any_io_executor& executor, std::size_t worker) {
    return std::make_unique<Relay>(*shared->of_workers[worker], shared->make_stream(std::move(socket)),
                                   executor);
  });
}

}  // namespace hygiene::proxy
