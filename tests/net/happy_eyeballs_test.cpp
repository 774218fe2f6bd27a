#include "net/happy_eyeballs.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/run_to_end.hpp"

using namespace hygiene;
using boost::asio::ip::make_address;
using boost::asio::ip::tcp;
using net::Endpoints;
using net::HappyEyeballsConnector;

namespace {

tcp::endpoint at(const char* address, std::uint16_t port = 1) {
  return {make_address(address), port};
}

// Answers each connection; nothing more.
struct Listener {
  explicit Listener(boost::asio::io_context& context) : acceptor(context, at("127.0.0.1", 0)) {}
  tcp::endpoint endpoint() const { return acceptor.local_endpoint(); }
  tcp::acceptor acceptor;
};

// Takes no connection and refuses none, as an address behind a firewall: its queue is full, and the kernel
// drops what comes. Source: listen(2), tcp(7).
class BlackHole {
 public:
  explicit BlackHole(boost::asio::io_context& context) : context_(context), acceptor_(context) {
    acceptor_.open(tcp::v4());
    acceptor_.bind(at("127.0.0.1", 0));
    acceptor_.listen(0);
    for (tcp::socket& each : filling_) {
      each.open(tcp::v4());
      // The kernel's own: asio's connect() waits for the end, also on a socket that does not block.
      const tcp::endpoint to = endpoint();
      ::fcntl(each.native_handle(), F_SETFL, O_NONBLOCK);
      ::connect(each.native_handle(), to.data(), static_cast<socklen_t>(to.size()));
    }
  }
  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  boost::asio::io_context& context_;
  tcp::acceptor acceptor_;
  std::array<tcp::socket, 3> filling_{tcp::socket(context_), tcp::socket(context_), tcp::socket(context_)};
};

using Connecting = boost::asio::awaitable<Result<tcp::socket>>;

struct Race {
  boost::asio::io_context context{1};
  HappyEyeballsConnector connector{context.get_executor()};

  // Where the connection leads; nothing, with `error` set, where there is none.
  std::optional<tcp::endpoint> operator()(Endpoints endpoints) {
    return end_of(connector.race(std::move(endpoints)));
  }
  std::optional<tcp::endpoint> end_of(Connecting connecting) {
    std::optional<tcp::endpoint> peer;
    // A Result without a default is not handed out of co_spawn().
    auto task = [&, moved = std::move(connecting)]() mutable -> boost::asio::awaitable<bool> {
      auto socket = co_await std::move(moved);
      if (socket) peer = socket->remote_endpoint();
      if (!socket) error = socket.error();
      co_return true;
    };
    test::run_to_end(context, task());
    return peer;
  }
  Error error;
};

}  // namespace

TEST_CASE("addresses of both families are tried in turn, beginning with the system's first choice") {
  const Endpoints mixed = {at("::1"), at("::2"), at("::3"), at("10.0.0.1")};
  CHECK(net::interleave_families(mixed) == Endpoints{at("::1"), at("10.0.0.1"), at("::2"), at("::3")});
  const Endpoints other = {at("10.0.0.1"), at("10.0.0.2"), at("::1")};
  CHECK(net::interleave_families(other) == Endpoints{at("10.0.0.1"), at("::1"), at("10.0.0.2")});
  CHECK(net::interleave_families({}).empty());
}

TEST_CASE("an address that never answers does not hold up the next, nor a refusal") {
  Race race;
  const BlackHole silent(race.context);
  const Listener server(race.context);
  // Nobody listens on the port of a listener that is gone.
  const tcp::endpoint refusing = Listener(race.context).endpoint();
  CHECK(race({silent.endpoint(), server.endpoint()}) == server.endpoint());
  CHECK(race({refusing, server.endpoint()}) == server.endpoint());
  CHECK(race({silent.endpoint(), refusing, silent.endpoint(), server.endpoint()}) == server.endpoint());
}

TEST_CASE("where every address refuses, the last refusal is the error") {
  Race race;
  const tcp::endpoint refusing = Listener(race.context).endpoint();
  CHECK_FALSE(race({refusing, refusing}));
  CHECK(race.error.code() == Errc::io);
  CHECK(race.error.message() == "Connection refused");
  CHECK_FALSE(race({}));
}

TEST_CASE("an attempt that nobody waits for ends at once") {
  Race race;
  const BlackHole silent(race.context);
  boost::asio::steady_timer soon(race.context, std::chrono::milliseconds(20));
  soon.async_wait([&](const auto&) { race.connector.cancel(); });
  CHECK_FALSE(race({silent.endpoint()}));
  CHECK(race.error.code() == Errc::interrupted);
}

TEST_CASE("a name is looked up; what is none is an error") {
  Race race;
  const Listener server(race.context);
  // Also where localhost is ::1 first, at which nobody listens.
  CHECK(race.end_of(race.connector.connect("localhost", server.endpoint().port())) == server.endpoint());
  CHECK_FALSE(race.end_of(race.connector.connect("name.invalid", 1)));
  CHECK(race.error.code() == Errc::io);
}
