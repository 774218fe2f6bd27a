// Opens a TCP connection to a name or an address: Happy Eyeballs, RFC 8305. Thread-safety: the thread of its
// io_context.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/result.hpp"

namespace hygiene::net {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

// IPv6 and IPv4 in turn, beginning with the family of the first: RFC 8305, section 4.
Endpoints interleave_families(const Endpoints& preferred);

class HappyEyeballsConnector {
 public:
  explicit HappyEyeballsConnector(const boost::asio::any_io_executor& executor);

  // Looks the name up, then calls race(). `host`: IPv6 without brackets. Errors: io (the name is unknown, or
  // no address answers), interrupted (by cancel()). Precondition: no other connect() is under way.
  boost::asio::awaitable<Result<boost::asio::ip::tcp::socket>> connect(std::string host, std::uint16_t port);
  // Tries the next endpoint after a quarter of a second, or as soon as one fails, and takes the first that
  // answers. Errors: as connect(). Precondition: cancel() was not called since the last connect().
  boost::asio::awaitable<Result<boost::asio::ip::tcp::socket>> race(Endpoints endpoints);
  // Ends what is under way. The system's look-up of a name goes on for as long as resolv.conf says; only the
  // end of the io_context waits for it.
  void cancel() noexcept;

 private:
  struct Lookup;
  struct Attempts;

  boost::asio::awaitable<Result<Endpoints>> look_up(const std::string& host, std::uint16_t port);

  boost::asio::any_io_executor executor_;
  std::shared_ptr<boost::asio::steady_timer> progress_;  // cancelled when a look-up or an attempt ends
  bool cancelled_ = false;
};

}  // namespace hygiene::net
