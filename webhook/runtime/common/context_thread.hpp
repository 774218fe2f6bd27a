// An io_context and the thread that runs it, for one task of the program apart from requests. Thread-safety:
// one thread at a time, not its own.
#pragma once

#include <thread>

#include <boost/asio/io_context.hpp>

namespace hygiene::runtime {

class ContextThread {
 public:
  ContextThread() = default;
  ~ContextThread() { stop(); }
  ContextThread(const ContextThread&) = delete;
  ContextThread& operator=(const ContextThread&) = delete;

  // What stands on it goes before it does, and after stop().
  boost::asio::io_context& context() { return context_; }
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
  boost::asio::io_context context_{1};  // the hint: one thread runs it
  std::thread thread_;
};

}  // namespace hygiene::runtime
