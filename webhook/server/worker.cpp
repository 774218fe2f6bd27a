#include "server/worker.hpp"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace hygiene::server {
namespace {

namespace asio = boost::asio;

// Deadlines are seconds long; each is met within a tenth of one, and no request arms a timer.
constexpr std::chrono::milliseconds kTick{100};

}  // namespace

Worker::Worker(std::size_t index, const MakeConnection& make_connection, Observer& observer)
    : work_(context_.get_executor()),
      ticker_(context_),
      index_(index),
      make_connection_(make_connection),
      observer_(observer) {}

Worker::~Worker() {
  join();
}

void Worker::start() {
  thread_ = std::thread([this] { context_.run(); });
}

void Worker::join() {
  work_.reset();
  if (thread_.joinable()) thread_.join();
}

void Worker::adopt(asio::ip::tcp::socket socket, ConnectionLimit::Permit permit) {
  asio::post(context_, [this, socket = std::move(socket), permit = std::move(permit)]() mutable {
    try {
      begin(std::move(socket), std::move(permit));
    } catch (const std::exception&) {
      // Out of memory: this connection ends, the others live.
      observer_.peer_failed("a connection that could not be begun");
    }
  });
}

void Worker::begin(asio::ip::tcp::socket socket, ConnectionLimit::Permit permit) {
  const asio::any_io_executor executor = context_.get_executor();
  connections_.push_front({std::move(permit), make_connection_(std::move(socket), executor, index_)});
  const Place place = connections_.begin();
  observer_.connection_opened();
  arm_tick();
  if (draining_) place->connection->begin_drain();
  asio::co_spawn(context_, place->connection->run(), [this, place](std::exception_ptr) { end(place); });
}

Worker::Place Worker::waiting_longest() {
  Place longest = connections_.end();
  auto since = Connection::Clock::time_point::max();
  for (Place place = connections_.begin(); place != connections_.end(); ++place) {
    const auto waits = place->connection->waits_since();
    if (!waits || *waits >= since) continue;
    since = *waits;
    longest = place;
  }
  return longest;
}

asio::awaitable<std::optional<Connection::Clock::time_point>> Worker::longest_wait() {
  const Place longest = waiting_longest();
  if (longest == connections_.end()) co_return std::nullopt;
  co_return longest->connection->waits_since();
}

asio::awaitable<std::optional<ConnectionLimit::Permit>> Worker::end_longest_wait() {
  const Place longest = waiting_longest();
  if (longest == connections_.end()) co_return std::nullopt;
  // Its socket is closed before this returns; what is left of it ends without a place.
  longest->connection->cancel();
  co_return std::move(longest->permit);
}

void Worker::end(Place place) {
  // The permit goes last: with it a drain may end.
  ConnectionLimit::Permit permit = std::move(place->permit);
  connections_.erase(place);
  observer_.connection_closed();
  if (connections_.empty()) ticker_.cancel();
}

void Worker::arm_tick() {
  if (ticking_) return;
  ticking_ = true;
  ticker_.expires_after(kTick);
  ticker_.async_wait([this](boost::system::error_code) { tick(); });
}

void Worker::tick() {
  ticking_ = false;
  const auto now = Connection::Clock::now();
  for (Held& connection : connections_) connection.connection->enforce_deadline(now);
  if (!connections_.empty()) arm_tick();
}

void Worker::begin_drain() {
  asio::post(context_, [this] {
    draining_ = true;
    for (Held& connection : connections_) connection.connection->begin_drain();
  });
}

void Worker::cancel_all() {
  asio::post(context_, [this] {
    for (Held& connection : connections_) connection.connection->cancel();
  });
}

}  // namespace hygiene::server
