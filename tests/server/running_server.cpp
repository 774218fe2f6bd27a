#include "server/running_server.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>

#include "base/invariant.hpp"
#include "net/plain_stream.hpp"
#include "net/tls_stream.hpp"

namespace hygiene::test {
namespace {

constexpr std::chrono::seconds kPatience{10};

}  // namespace

void RecordingObserver::connection_opened() {
  const std::lock_guard lock(mutex_);
  ++opened_;
  changed_.notify_all();
}

void RecordingObserver::connection_closed() {
  const std::lock_guard lock(mutex_);
  ++closed_;
  changed_.notify_all();
}

void RecordingObserver::bound_reached(server::Bound bound) {
  const std::lock_guard lock(mutex_);
  ++bounds_[static_cast<std::size_t>(bound)];
  changed_.notify_all();
}

void RecordingObserver::peer_failed(std::string_view what) {
  const std::lock_guard lock(mutex_);
  failures_.emplace_back(what);
  changed_.notify_all();
}

void RecordingObserver::invariant_violated(std::string_view what) {
  peer_failed(what);
}

bool RecordingObserver::wait(const std::function<bool()>& come) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, come);
}

bool RecordingObserver::wait_for_bound(server::Bound bound, int times) {
  return wait([&] { return bounds_[static_cast<std::size_t>(bound)] >= times; });
}

bool RecordingObserver::wait_for_failure(const std::string& part) {
  return wait([&] {
    return std::any_of(failures_.begin(), failures_.end(),
                       [&](const std::string& failure) { return failure.find(part) != std::string::npos; });
  });
}

bool RecordingObserver::wait_for_opened(int times) {
  return wait([&] { return opened_ >= times; });
}

bool RecordingObserver::wait_for_closed(int times) {
  return wait([&] { return closed_ >= times; });
}

int RecordingObserver::count(server::Bound bound) {
  const std::lock_guard lock(mutex_);
  return bounds_[static_cast<std::size_t>(bound)];
}

class EchoHandler final : public server::RequestHandler {
 public:
  explicit EchoHandler(EchoService& service) : service_(service) {}

  server::Opening open(const server::RequestHead& head) override {
    target_ = head.target;
    body_.clear();
    server::Opening opening;
    if (target_ == "/early") {
      server::Answer answer;
      answer.status = 404;
      answer.body = "nothing here";
      opening.answer = answer;
    }
    if (target_ == "/host") {
      server::Answer answer;
      answer.body = head.host;
      answer.headers = "X-One: 1\r\nX-Two: 2\r\n";
      opening.answer = answer;
    }
    if (target_ == "/head") {
      body_ = std::string(head.method) + " " + std::string(head.content_type) + " " +
              (head.content_length ? std::to_string(*head.content_length) : "none") + " ";
    }
    waits_ = target_ == "/wait" ? 1 : target_ == "/wait-twice" ? 2 : 0;
    if (target_ == "/look") body_ = service_.memory_of_last_part();
    if (target_ == "/within") opening.within = std::chrono::milliseconds(150);
    return opening;
  }
  void feed(std::string_view part) override {
    if (target_ == "/throw") throw std::bad_alloc();
    base::invariant(target_ != "/violate", "nobody asks for /violate");
    body_ += part;
    service_.fed(part);
  }
  bool must_wait() override { return waits_ > 0; }
  void when_ready(std::function<void()> ready) override {
    --waits_;
    service_.waiting(std::move(ready));
  }
  server::Answer finish() override {
    server::Answer answer;
    answer.content_type = "text/plain";
    answer.body = target_ == "/huge" ? std::string(8 * 1024 * 1024, 'h') : body_;
    return answer;
  }
  void abandon() override { service_.abandoned(); }
  std::size_t kept_bytes() const override { return target_ == "/keep" ? body_.size() : 0; }

 private:
  EchoService& service_;
  std::string target_;
  std::string body_;
  int waits_ = 0;
};

std::unique_ptr<server::RequestHandler> EchoService::new_handler(std::size_t) {
  const std::lock_guard lock(mutex_);
  threads_.push_back(std::this_thread::get_id());
  return std::make_unique<EchoHandler>(*this);
}

void EchoService::fed(std::string_view part) {
  const std::lock_guard lock(mutex_);
  fed_ += part.size();
  last_part_ = part;
  changed_.notify_all();
}

void EchoService::abandoned() {
  const std::lock_guard lock(mutex_);
  ++abandoned_;
  changed_.notify_all();
}

void EchoService::waiting(std::function<void()> ready) {
  const std::lock_guard lock(mutex_);
  ++settling_;
  ready_.push_back(std::move(ready));
  changed_.notify_all();
}

bool EchoService::wait_for_waiters(int times) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return settling_ >= times; });
}

void EchoService::let_all_go_on() {
  std::vector<std::function<void()>> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(ready_);
  }
  for (const auto& each : ready) each();
}

std::size_t EchoService::bytes_fed() {
  const std::lock_guard lock(mutex_);
  return fed_;
}

bool EchoService::wait_for_fed(std::size_t bytes) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return fed_ >= bytes; });
}

std::size_t EchoService::fed() {
  const std::lock_guard lock(mutex_);
  return fed_;
}

bool EchoService::wait_for_abandoned(int times) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return abandoned_ >= times; });
}

std::vector<std::thread::id> EchoService::threads() {
  const std::lock_guard lock(mutex_);
  return threads_;
}

std::string EchoService::memory_of_last_part() {
  const std::lock_guard lock(mutex_);
  return std::string(last_part_);
}

RunningServer::RunningServer(server::Bounds bounds, std::shared_ptr<const net::TlsContext> context,
                             std::size_t threads) {
  server::Options options;
  options.address = "127.0.0.1";
  options.threads = threads;
  options.bounds = bounds;
  const auto make_stream = [context](boost::asio::ip::tcp::socket socket) -> std::unique_ptr<net::Stream> {
    if (!context) return net::plain_stream(std::move(socket));
    return std::make_unique<net::TlsStream>(std::move(socket), context);
  };
  auto made = server::Server::listen(options, make_stream, service, observer);
  if (made.has_error()) throw std::runtime_error(made.error().message());
  server_ = std::move(made).value();
  server_->start();
}

}  // namespace hygiene::test
