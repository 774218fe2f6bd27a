// The thread of an io_context that serves one task of the program, apart from requests. Thread-safety: one
// thread at a time, not its own.
#pragma once

#include <thread>

#include <boost/asio/io_context.hpp>

namespace hygiene::runtime {

class ContextThread {
 public:
  // `context` must outlive it.
  explicit ContextThread(boost::asio::io_context& context) : context_(context) {}
  ~ContextThread() { stop(); }
  ContextThread(const ContextThread&) = delete;
  ContextThread& operator=(const ContextThread&) = delete;

  // Runs what the context has been given.
  void start() {
    thread_ = std::thread([this] { context_.run(); });
  }
  // Leaves what is under way.
  void stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  boost::asio::io_context& context_;
  std::thread thread_;
};

}  // namespace hygiene::runtime
