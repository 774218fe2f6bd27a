// The policies of a directory (or one file): loaded at start, and again whenever they change. A bad set never
// takes the place of a good one. Reads files on its io_context's thread: give it one that serves no requests.
// Thread-safety: the thread of its io_context.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "base/result.hpp"
#include "policy/loader.hpp"
#include "runtime/sources/directory_watch.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

class PolicySource {
 public:
  // Puts a set in force.
  using Publish = std::function<void(std::shared_ptr<const policy::PolicySet>)>;
  // Whether the program can serve a set that is well formed.
  using Accept = std::function<Result<void>(const policy::PolicySet&)>;

  struct Options {
    std::filesystem::path path;
    WatchTiming timing;
  };

  // Loads and publishes the first set, then watches: each change is read, hashed and, if it is new, validated
  // and published. What fails (unreadable, gone, bad, not accepted) is counted and logged once for each
  // content; the last good set stays in force. `log` and `metrics` must outlive the source. Errors: the first
  // set cannot be used; the message holds every reason, one a line.
  static Result<std::unique_ptr<PolicySource>> start(boost::asio::io_context& context, Options options,
                                                     telemetry::Log& log, telemetry::Metrics& metrics,
                                                     Accept accept, Publish publish);
  ~PolicySource();

 private:
  class Impl;
  explicit PolicySource(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hygiene::runtime
