#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/http_client.hpp"
#include "support/run_to_end.hpp"
#include "support/scripted_server.hpp"

using namespace hygiene;
using net::HttpRequest;
using std::chrono::milliseconds;
using test::ScriptedAnswer;
using test::ScriptedRequest;
using test::ScriptedServer;

namespace {

// More than ctest lets a test run: a step that waits for this instead of its own deadline does not pass late.
constexpr milliseconds kLong = std::chrono::hours(24);

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";

ScriptedAnswer silent_after(const std::string& bytes) {
  ScriptedAnswer made;
  made.bytes = bytes;
  made.silence = true;
  return made;
}

ScriptedAnswer trickling(const std::string& head, std::size_t bytes, milliseconds pause) {
  ScriptedAnswer made;
  made.bytes = head;
  made.trickle = std::string(bytes, 'x');
  made.trickle_pause = pause;
  return made;
}

Result<net::HttpResponse> send(std::uint16_t port, HttpRequest request, bool tls = false) {
  net::Destination to;
  to.host = "127.0.0.1";
  to.port = port;
  if (tls) to.tls = net::TlsClientContext::make({"", "", "", false}).value();
  request.method = "GET";
  request.target = "/";
  boost::asio::io_context context{1};
  net::HttpClient client(context.get_executor(), to);
  return test::run_to_end(context, client.send(std::move(request)));
}

// Of a server of its own: one whose client gave up may still be at work on its answer.
Result<net::HttpResponse> ask_one_that_answers(const ScriptedAnswer& answer, HttpRequest request) {
  ScriptedServer server([answer](const ScriptedRequest&) { return answer; });
  return send(server.port(), std::move(request));
}

void check_late(const Result<net::HttpResponse>& got) {
  REQUIRE(got.has_error());
  CHECK(got.error().code() == Errc::io);
  CHECK_THAT(got.error().message(), Catch::EndsWith(" did not answer in time"));
}

HttpRequest within(milliseconds timeout) {
  HttpRequest request;
  request.timeout = timeout;
  return request;
}

// Takes what it is given; its deadlines are long until a test shortens one.
HttpRequest with_sink() {
  HttpRequest request = within(kLong);
  request.sink = [](std::string_view) { return Result<void>(); };
  request.sink_idle = request.sink_total = kLong;
  return request;
}

// A port whose queue of connections is full: the kernel answers nobody.
class FullPort {
 public:
  FullPort() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(listener_, any, size) == 0);
    REQUIRE(listen(listener_, 0) == 0);
    REQUIRE(getsockname(listener_, any, &size) == 0);
    port = ntohs(address.sin_port);
    for (int& waiting : waiting_) {
      waiting = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      connect(waiting, any, size);
    }
  }
  ~FullPort() {
    for (const int waiting : waiting_) close(waiting);
    close(listener_);
  }
  FullPort(const FullPort&) = delete;
  FullPort& operator=(const FullPort&) = delete;

  std::uint16_t port = 0;

 private:
  int listener_;
  int waiting_[4] = {};
};

}  // namespace

TEST_CASE("a server that nobody can connect to is given up in time") {
  const FullPort port;
  check_late(send(port.port, within(milliseconds(100))));
}

TEST_CASE("a TLS handshake that is not answered is given up in time") {
  ScriptedServer server([](const ScriptedRequest&) { return silent_after(""); });
  check_late(send(server.port(), within(milliseconds(100)), true));
}

TEST_CASE("an answer that stays out, stalls or trickles is given up in time") {
  const ScriptedAnswer answer =
      GENERATE(silent_after(""), silent_after("HTTP/1.1 200 OK\r\nConte"), silent_after(kHead),
               silent_after(kHead + "abc"), trickling("", 1'000'000, milliseconds(1)),
               trickling(kHead, 1'000'000, milliseconds(1)));
  check_late(ask_one_that_answers(answer, within(milliseconds(150))));
}

TEST_CASE("the head of an answer for a sink has the deadline of a request, its body one between two parts") {
  HttpRequest request = with_sink();
  request.timeout = milliseconds(100);
  check_late(ask_one_that_answers(silent_after("HTTP/1.1 200 OK\r\nConte"), request));
  request.timeout = kLong;
  request.sink_idle = milliseconds(100);
  check_late(ask_one_that_answers(silent_after(kHead + "abc"), request));
}

TEST_CASE("a body that trickles into a sink is ended by its own bound, and may outlast the request's") {
  HttpRequest request = with_sink();
  request.sink_total = milliseconds(150);
  check_late(ask_one_that_answers(trickling(kHead, 1'000'000, milliseconds(1)), request));
  request = with_sink();
  request.timeout = milliseconds(500);
  const ScriptedAnswer slow =
      trickling("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", 10, milliseconds(60));
  CHECK(ask_one_that_answers(slow, request).has_value());
}

TEST_CASE("a server is not waited for once it was given up, in whichever step") {
  HttpRequest request = with_sink();
  request.given_up = [] { return true; };
  Result<net::HttpResponse> got = Error(Errc::invalid, "nothing was sent");
  SECTION("to connect") {
    const FullPort port;
    got = send(port.port, request);
  }
  SECTION("the handshake") {
    ScriptedServer server([](const ScriptedRequest&) { return silent_after(""); });
    got = send(server.port(), request, true);
  }
  SECTION("the head") {
    got = ask_one_that_answers(silent_after("HTTP/1.1 200 OK\r\nConte"), request);
  }
  SECTION("the body") {
    got = ask_one_that_answers(silent_after(kHead + "abc"), request);
  }
  REQUIRE(got.has_error());
  CHECK(got.error().code() == Errc::interrupted);
  CHECK_THAT(got.error().message(), Catch::EndsWith(": the wait was cancelled"));
}

TEST_CASE("a server is waited for as long as somebody waits") {
  HttpRequest request = within(kLong);
  int asked = 0;
  request.given_up = [&asked] {
    ++asked;
    return false;
  };
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
  const auto got = ask_one_that_answers(trickling(head, 4, net::kGivenUpAsked), request);
  REQUIRE(got.has_value());
  CHECK(got->body.view() == "xxxx");
  CHECK(asked > 0);
}
