#include "housekeeping/stored_measure.hpp"

#include <thread>
#include <utility>
#include <vector>

namespace hygiene::housekeeping {
namespace {

using base::Result;

struct One final : PageSink {
  Result<void> page(std::vector<StoredSecret> secrets) override {
    if (!secrets.empty()) found = std::move(secrets.front());
    return {};
  }
  std::optional<StoredSecret> found;
};

}  // namespace

Result<std::optional<StoredSecret>> measure_stored(cluster::BlockingApi& api,
                                                   const std::string& namespace_name, const std::string& name,
                                                   const Interrupt* interrupt, const MeasureRules& rules) {
  WalkOptions options;
  options.namespace_name = namespace_name;
  options.field_selector = "metadata.name=" + name;
  const auto until = std::chrono::steady_clock::now() + rules.away_max;
  for (;;) {
    One one;
    const auto read = walk_stored(api, options, one);
    if (read) return std::move(one.found);
    const bool away = read.error().code() == base::Errc::io;
    const bool asked = interrupt != nullptr && interrupt->asked();
    if (!away || asked || std::chrono::steady_clock::now() >= until) return read.error();
    std::this_thread::sleep_for(rules.pause);
  }
}

}  // namespace hygiene::housekeeping
