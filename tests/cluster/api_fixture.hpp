// A client of a ScriptedServer, and sinks that gather what it hands on.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "cluster/blocking_api.hpp"
#include "support/run_to_end.hpp"
#include "support/scripted_server.hpp"

namespace hygiene::test {

// The token `old` until it was refused, then `new`.
class RenewableSource final : public cluster::CredentialSource {
 public:
  boost::asio::awaitable<Result<cluster::CredentialPtr>> get(net::GivenUp) override {
    auto credential = std::make_shared<cluster::Credential>();
    credential->token = renewed ? "new" : "old";
    co_return cluster::CredentialPtr(std::move(credential));
  }
  bool refused() override {
    renewed = true;
    return true;
  }
  bool renewed = false;
};

inline cluster::ClientConfig access_to(const ScriptedServer& server, const Identity* identity = nullptr) {
  cluster::ClientConfig access;
  access.host = "127.0.0.1";
  access.port = server.port();
  access.tls = identity != nullptr;
  if (identity != nullptr) access.ca_pem = identity->certificate_pem();
  access.origin = "the test";
  access.credentials = std::make_unique<RenewableSource>();
  return access;
}

inline cluster::Resource secret(const char* name) {
  cluster::Resource resource;
  resource.plural = "secrets";
  resource.namespace_name = "apps";
  resource.name = name;
  return resource;
}

inline cluster::ApiOptions quick_options() {
  cluster::ApiOptions options;
  options.retry.first_pause = std::chrono::milliseconds(1);
  options.retry.attempts_max = 3;
  options.request_timeout = std::chrono::milliseconds(5'000);
  return options;
}

// A client and the io_context that it runs on.
struct Running {
  explicit Running(cluster::ClientConfig access, const cluster::ApiOptions& options = quick_options())
      : client(
            std::move(cluster::ApiClient::make(context.get_executor(), std::move(access), options).value())) {
  }
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return run_to_end(context, std::move(task));
  }
  boost::asio::io_context context{1};
  std::unique_ptr<cluster::ApiClient> client;
};

struct Gathering final : cluster::ListSink, cluster::WatchSink {
  Result<void> begin() override {
    ++watches;
    return {};
  }
  Result<void> begin_page() override {
    text.resize(text.rfind('|') == std::string::npos ? 0 : text.rfind('|') + 1);
    return {};
  }
  Result<void> part(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  Result<void> end_of_page() override {
    text += '|';
    if (at_end_of_page) at_end_of_page();
    return {};
  }
  Result<void> end_of_event(std::string_view type, std::string_view version) override {
    events += std::string(type) + '@' + std::string(version) + ' ';
    return {};
  }
  std::string text;
  std::string events;
  int watches = 0;
  std::function<void()> at_end_of_page;
};

}  // namespace hygiene::test
