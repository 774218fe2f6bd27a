#include "net/happy_eyeballs.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hygiene::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// RFC 8305, section 8.
constexpr std::chrono::milliseconds kNextAttemptAfter{250};

Error interrupted() {
  return Error(Errc::interrupted, "nobody waits for the connection any longer");
}

}  // namespace

Endpoints interleave_families(const Endpoints& preferred) {
  Endpoints first;
  Endpoints second;
  for (const tcp::endpoint& each : preferred) {
    (each.protocol() == preferred.front().protocol() ? first : second).push_back(each);
  }
  Endpoints all;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) all.push_back(first[i]);
    if (i < second.size()) all.push_back(second[i]);
  }
  return all;
}

// What a look-up leaves; outlives the HappyEyeballsConnector where nobody waits for it any longer.
struct HappyEyeballsConnector::Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor) {}
  tcp::resolver resolver;
  error_code failed;
  Endpoints found;
  bool done = false;
};

// Those that are under way; outlive the HappyEyeballsConnector until each has heard of its end.
struct HappyEyeballsConnector::Attempts {
  std::vector<tcp::socket> sockets;
  std::optional<std::size_t> winner;
  std::size_t pending = 0;
  error_code failed = asio::error::host_not_found;  // the last one, if all do
};

HappyEyeballsConnector::HappyEyeballsConnector(const asio::any_io_executor& executor)
    : executor_(executor), progress_(std::make_shared<asio::steady_timer>(executor)) {}

asio::awaitable<Result<Endpoints>> HappyEyeballsConnector::look_up(const std::string& host,
                                                                   std::uint16_t port) {
  error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  if (!ec) co_return Endpoints{tcp::endpoint(address, port)};
  const auto lookup = std::make_shared<Lookup>(executor_);
  lookup->resolver.async_resolve(
      host, std::to_string(port),
      [lookup, progress = progress_](const error_code& failed, const auto& results) {
        lookup->failed = failed;
        for (const auto& entry : results) lookup->found.push_back(entry.endpoint());
        lookup->done = true;
        progress->cancel();
      });
  while (!lookup->done && !cancelled_) {
    progress_->expires_at(asio::steady_timer::time_point::max());
    co_await progress_->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (cancelled_) {
    lookup->resolver.cancel();
    co_return interrupted();
  }
  if (lookup->failed) co_return Error(Errc::io, lookup->failed.message());
  co_return interleave_families(lookup->found);
}

asio::awaitable<Result<tcp::socket>> HappyEyeballsConnector::race(Endpoints endpoints) {
  const auto attempts = std::make_shared<Attempts>();
  attempts->sockets.reserve(endpoints.size());
  for (std::size_t i = 0; i < endpoints.size() && !attempts->winner && !cancelled_; ++i) {
    ++attempts->pending;
    attempts->sockets.emplace_back(executor_);
    attempts->sockets.back().async_connect(endpoints[i],
                                           [attempts, i, progress = progress_](const error_code& ec) {
                                             --attempts->pending;
                                             if (ec) attempts->failed = ec;
                                             if (!ec && !attempts->winner) attempts->winner = i;
                                             progress->cancel();
                                           });
    progress_->expires_after(kNextAttemptAfter);
    co_await progress_->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  while (attempts->pending > 0 && !attempts->winner && !cancelled_) {
    progress_->expires_at(asio::steady_timer::time_point::max());
    co_await progress_->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  std::optional<tcp::socket> won;
  if (attempts->winner) won.emplace(std::move(attempts->sockets[*attempts->winner]));
  error_code ignored;  // the descriptors are gone either way
  for (tcp::socket& each : attempts->sockets) each.close(ignored);
  if (cancelled_) co_return interrupted();
  if (!won) co_return Error(Errc::io, attempts->failed.message());
  co_return std::move(*won);
}

asio::awaitable<Result<tcp::socket>> HappyEyeballsConnector::connect(std::string host, std::uint16_t port) {
  cancelled_ = false;
  auto endpoints = co_await look_up(host, port);
  if (!endpoints) co_return endpoints.error();
  auto connected = co_await race(std::move(*endpoints));
  co_return connected;
}

void HappyEyeballsConnector::cancel() noexcept {
  cancelled_ = true;
  progress_->cancel();
}

}  // namespace hygiene::net
