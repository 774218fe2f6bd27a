#include "proxy/running_proxy.hpp"

#include <chrono>
#include <future>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/base64.hpp"
#include "net/plain_stream.hpp"
#include "net/tls_stream.hpp"

namespace hygiene::test {

void ProxyRecorder::request(proxy::Passage passage) {
  const std::lock_guard lock(mutex_);
  ++requests_[static_cast<std::size_t>(passage)];
}

void ProxyRecorder::bytes(proxy::Direction direction, std::size_t count) {
  const std::lock_guard lock(mutex_);
  bytes_[static_cast<std::size_t>(direction)] += count;
  changed_.notify_all();
}

void ProxyRecorder::watches(int change) {
  const std::lock_guard lock(mutex_);
  watches_ += change;
  changed_.notify_all();
}

void ProxyRecorder::upstream_failed(const Error& error) {
  const std::lock_guard lock(mutex_);
  upstream_failure_ = error.message();
}

void ProxyRecorder::connection_closed() {
  const std::lock_guard lock(mutex_);
  ++closed_;
  changed_.notify_all();
}

void ProxyRecorder::bound_reached(server::Bound bound) {
  const std::lock_guard lock(mutex_);
  ++bounds_[static_cast<std::size_t>(bound)];
  changed_.notify_all();
}

void ProxyRecorder::peer_failed(std::string_view) {}

std::size_t ProxyRecorder::requests(proxy::Passage passage) {
  const std::lock_guard lock(mutex_);
  return requests_[static_cast<std::size_t>(passage)];
}

std::size_t ProxyRecorder::bytes(proxy::Direction direction) {
  const std::lock_guard lock(mutex_);
  return bytes_[static_cast<std::size_t>(direction)];
}

std::string ProxyRecorder::upstream_failure() {
  const std::lock_guard lock(mutex_);
  return upstream_failure_;
}

template <class Condition>
bool ProxyRecorder::wait(Condition come) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), come);
}

bool ProxyRecorder::wait_for_bound(server::Bound bound) {
  return wait([this, bound] { return bounds_[static_cast<std::size_t>(bound)] > 0; });
}

bool ProxyRecorder::wait_for_watches(int open) {
  return wait([this, open] { return watches_ == open; });
}

bool ProxyRecorder::wait_for_closed(int connections) {
  return wait([this, connections] { return closed_ == connections; });
}

bool ProxyRecorder::wait_for_bytes(proxy::Direction direction, std::size_t count) {
  return wait([this, direction, count] { return bytes_[static_cast<std::size_t>(direction)] == count; });
}

RunningProxy::RunningProxy(const ProxyWish& wish) {
  folder_.write("kubeconfig", "current-context: t\nclusters: [{name: c, cluster: {server: '" +
                                  wish.api_server +
                                  "', certificate-authority-data: " + base::encode_base64(wish.ca_pem) +
                                  "}}]\nusers: [{name: u, user: {token: ours}}]\n"
                                  "contexts: [{name: t, context: {cluster: c, user: u}}]\n");
  proxy::RelayOptions options;
  options.access.kubeconfig = (folder_.path() / "kubeconfig").string();
  options.selectors = {"!x", "type!=y"};
  options.hosts = {"proxy.test"};
  options.inject_token = wish.inject_token;
  options.times = wish.times;
  server::Options place;
  place.address = "127.0.0.1";
  place.bounds.connections_max = wish.connections_max;
  const auto stream = [tls = wish.tls](boost::asio::ip::tcp::socket socket) -> std::unique_ptr<net::Stream> {
    if (!tls) return net::plain_stream(std::move(socket));
    return std::make_unique<net::TlsStream>(std::move(socket), tls);
  };
  auto relays = proxy::relay_factory(options, stream, recorder, recorder);
  const auto remember = [this, make_connection = relays.value()](boost::asio::ip::tcp::socket socket,
                                                                 const boost::asio::any_io_executor& executor,
                                                                 std::size_t worker) {
    auto conversation = make_connection(std::move(socket), executor, worker);
    const std::lock_guard lock(mutex_);
    newest_ = conversation.get();
    executor_ = executor;
    return conversation;
  };
  server_ = server::Server::listen(place, remember, recorder).value();
  server_->start();
}

void RunningProxy::enforce_deadline(server::Connection::Clock::time_point now) {
  std::promise<void> done;
  {
    const std::lock_guard lock(mutex_);
    boost::asio::post(executor_, [this, now, &done] {
      newest_->enforce_deadline(now);
      done.set_value();
    });
  }
  done.get_future().wait();
}

}  // namespace hygiene::test
