// Watches the labels of namespaces while policies select by them, on a thread of its own: a list of their
// metadata, then events. Keeps only the labels with the keys that policies name, so that its memory has a
// bound whatever else namespaces carry: names, and for each key 317 bytes at the most, and 63 for a value.
// Thread-safety: select() and book() on any thread; start() and stop() on one.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "cluster/api_client.hpp"
#include "cluster/client_config.hpp"
#include "runtime/common/context_thread.hpp"
#include "runtime/common/periodic_task.hpp"
#include "runtime/common/repeated_warnings.hpp"
#include "runtime/namespaces/namespace_book.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

struct NamespacePace {
  std::chrono::milliseconds expiry{100};  // how late an answer may come after its request's deadline
  // How long after it the next change of one namespace is told to who counts. Labels that flap cost no more.
  std::chrono::milliseconds changes{1'000};
  // The API server ends each watch after it; one that died without a word is noticed ten seconds later.
  std::chrono::seconds length{60};
  std::chrono::milliseconds pause_after_failure{2'000};
  std::chrono::milliseconds warnings{10'000};  // between two of one kind in the log
};

struct NamespaceWatchOptions {
  cluster::ClientConfigOptions access;
  cluster::ApiOptions api;
  NamespacePace pace;
  // Called on the watch's thread.
  // Again and again from start() on: true once what policies select by is listed, and where none does.
  std::function<void(bool listed)> synced;
  // The labels of a namespace; null: there is no such namespace. A new one is told before a request gets to
  // know it, a change within NamespacePace::changes.
  std::function<void(const std::string& name, NamespaceBook::Labels labels)> changed;
};

class NamespaceWatch {
 public:
  // Both must outlive it.
  NamespaceWatch(NamespaceWatchOptions options, telemetry::Metrics& metrics, telemetry::Log& log);
  ~NamespaceWatch();
  NamespaceWatch(const NamespaceWatch&) = delete;
  NamespaceWatch& operator=(const NamespaceWatch&) = delete;

  // The keys of labels that policies select by, sorted. With other keys than before it begins anew; without
  // any, or before start(), nothing is asked.
  void select(std::vector<std::string> keys);
  NamespaceBook& book() { return book_; }

  void start();
  // Leaves what is under way; nothing is called afterwards.
  void stop();

 private:
  class Events;
  using Keys = std::shared_ptr<const std::vector<std::string>>;

  boost::asio::awaitable<void> run(Keys keys);
  // One list and the watch from its end on, until something fails or the keys are others.
  boost::asio::awaitable<Again> list_and_follow(Keys keys);
  boost::asio::awaitable<Result<std::string>> list(cluster::ApiClient& client, const Keys& keys);
  boost::asio::awaitable<Again> tick();
  void take_list(const Keys& keys, NamespaceBook::ByName all);
  void show(const std::string& name, NamespaceBook::Labels labels);
  void tell(const std::string& name, NamespaceBook::Labels labels);

  NamespaceWatchOptions options_;
  telemetry::Metrics& metrics_;
  telemetry::Log& log_;
  RepeatedWarnings warnings_;
  NamespaceBook book_;
  ContextThread thread_;
  Keys keys_;                      // of the watch that is wanted; null: none
  NamespaceBook::ByName told_;     // by `changed`
  NamespaceBook::ByName changes_;  // to be told
  NamespaceBook::Clock::time_point next_changes_;
};

}  // namespace hygiene::runtime
