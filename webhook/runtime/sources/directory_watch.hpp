// Says when the content of a directory may have changed: inotify on the directory itself (the kubelet swaps
// the symlink
// ..data in it, so watching a file misses it), and a slow poll where inotify cannot see. Bursts become one
// call. Thread-safety: the thread of its io_context.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

namespace hygiene::runtime {

struct WatchTiming {
  std::chrono::milliseconds settle{200};  // a swap is several events; also lets a slow writer finish
  std::chrono::milliseconds poll{30'000};
};

class DirectoryWatch {
 public:
  // Calls `changed` on `context`'s thread after events and on every poll; the callee compares contents. Never
  // throws; a directory that is not there is looked for at each poll.
  DirectoryWatch(boost::asio::io_context& context, std::filesystem::path directory,
                 std::function<void()> changed, WatchTiming timing = {});
  ~DirectoryWatch();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace hygiene::runtime
