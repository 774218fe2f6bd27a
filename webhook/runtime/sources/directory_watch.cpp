#include "runtime/sources/directory_watch.hpp"

#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/inotify.h>

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;

constexpr std::uint32_t kEvents = IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;
constexpr int kNoWatch = -1;

}  // namespace

class DirectoryWatch::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& context, std::filesystem::path directory, std::function<void()> changed,
       WatchTiming timing)
      : directory_(std::move(directory)),
        changed_(std::move(changed)),
        timing_(timing),
        events_(context),
        settle_(context),
        poll_(context) {}

  void start() {
    open();
    look_for_directory();
    wait_for_events();
    wait_for_poll();
  }

  void stop() {
    stopped_ = true;
    boost::system::error_code ignored;
    events_.close(ignored);
    settle_.cancel();
    poll_.cancel();
  }

 private:
  // Without inotify (a user has 128 instances by default) the poll alone has to do.
  void open() {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor == -1) return;
    boost::system::error_code ignored;
    events_.assign(descriptor, ignored);
  }

  // Watches what the path names now: the kernel gives a directory that is watched already the same descriptor
  // again, and one that took its place another.
  void look_for_directory() {
    if (!events_.is_open()) return;
    const int found = ::inotify_add_watch(events_.native_handle(), directory_.c_str(), kEvents);
    if (found == watch_) return;
    if (watch_ != kNoWatch) ::inotify_rm_watch(events_.native_handle(), watch_);
    watch_ = found;
  }

  // The events are not read one by one: any of them, an overflow too, means the same.
  void wait_for_events() {
    if (!events_.is_open()) return;
    events_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](auto ec, std::size_t) {
      if (ec || self->stopped_) return;
      self->look_for_directory();
      self->wait_to_settle();
      self->wait_for_events();
    });
  }

  void wait_to_settle() {
    settle_.expires_after(timing_.settle);
    settle_.async_wait([self = shared_from_this()](auto ec) {
      if (!ec) self->call();
    });
  }

  void wait_for_poll() {
    poll_.expires_after(timing_.poll);
    poll_.async_wait([self = shared_from_this()](auto ec) {
      if (ec || self->stopped_) return;
      self->look_for_directory();
      self->wait_for_poll();
      self->call();
    });
  }

  void call() {
    if (!stopped_) changed_();
  }

  const std::filesystem::path directory_;
  const std::function<void()> changed_;
  const WatchTiming timing_;
  asio::posix::stream_descriptor events_;
  asio::steady_timer settle_;
  asio::steady_timer poll_;
  alignas(inotify_event) std::array<char, 4096> buffer_{};
  int watch_ = kNoWatch;
  bool stopped_ = false;
};

DirectoryWatch::DirectoryWatch(asio::io_context& context, std::filesystem::path directory,
                               std::function<void()> changed, WatchTiming timing)
    : impl_(std::make_shared<Impl>(context, std::move(directory), std::move(changed), timing)) {
  impl_->start();
}

DirectoryWatch::~DirectoryWatch() {
  impl_->stop();
}

}  // namespace hygiene::runtime
