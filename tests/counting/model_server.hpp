// An API server as the simulation sees it: Secrets with one revision for each change, the log that watches
// read, and a ledger with compare-and-swap. Everything at once and in order; delays are the simulation's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "counting/engine.hpp"

namespace hygiene::counting::test {

struct Object {
  std::uint64_t uid = 0;
  std::uint64_t revision = 0;
  std::uint64_t bytes = 0;
  std::string type;
};

struct Change {
  std::uint64_t revision = 0;
  bool deleted = false;
  std::string namespace_name;
  std::string name;
  Object object;
};

struct Snapshot {
  std::uint64_t revision = 0;
  std::size_t position = 0;  // in the log
  std::vector<Change> objects;
};

class ModelServer {
 public:
  static constexpr const char* kNamespace = "team";
  static constexpr const char* kOwnNamespace = "own";

  std::map<std::string, Object> secrets;           // of kNamespace, by name
  std::map<std::uint64_t, std::uint64_t> deleted;  // at which revision, by uid
  std::vector<Change> log;
  std::uint64_t revision = 1;

  void put(const std::string& name, std::uint64_t uid, std::uint64_t bytes, const std::string& type) {
    secrets[name] = {uid, ++revision, bytes, type};
    log.push_back({revision, false, kNamespace, name, secrets[name]});
  }

  void remove(const std::string& name) {
    log.push_back({++revision, true, kNamespace, name, secrets[name]});
    deleted[secrets[name].uid] = revision;
    secrets.erase(name);
  }

  std::uint64_t put_marker(const std::string& type) {
    auto& marker = markers_[type];
    if (marker.uid == 0) marker = {1'000'000'000 + markers_.size(), 0, 0, type};
    marker.revision = ++revision;
    log.push_back({revision, false, kOwnNamespace, "marker-" + type, marker});
    return revision;
  }

  Snapshot list() const {
    Snapshot snapshot{revision, log.size(), {}};
    for (const auto& [name, object] : secrets)
      snapshot.objects.push_back({object.revision, false, kNamespace, name, object});
    for (const auto& [type, object] : markers_)
      snapshot.objects.push_back({object.revision, false, kOwnNamespace, "marker-" + type, object});
    return snapshot;
  }

  LedgerRead read_ledger() const {
    if (!ledger_) return {LedgerRead::Kind::missing, {}};
    return {LedgerRead::Kind::found, *ledger_};
  }

  // The new text, or nothing on a conflict.
  std::optional<std::string> swap_ledger(const SwapLedger& swap) {
    if (swap.create == ledger_.has_value()) return std::nullopt;
    if (!swap.create && ledger_version(swap.config_map) != ledger_version(*ledger_)) return std::nullopt;
    ++revision;
    const auto version = "\"resourceVersion\":\"" + std::to_string(revision) + '"';
    std::string text = swap.config_map;
    if (swap.create) {
      text.replace(text.find("\"namespace\""), 0, version + ',');
    } else {
      const auto at = text.find("\"resourceVersion\"");
      text.replace(at, text.find('}', at) - at, version);
    }
    return ledger_ = text;
  }

  void lose_ledger() { ledger_.reset(); }
  // Somebody edits it.
  void spoil_ledger() {
    const std::string format = "\"format\":\"1\"";
    const auto at = ledger_ ? ledger_->find(format) : std::string::npos;
    if (at == std::string::npos) return;
    ledger_->replace(at, format.size(), "\"format\":\"x\"");
    const auto version = ledger_->find("\"resourceVersion\":\"");
    ledger_->replace(ledger_->find(':', version) + 2, 0, "9");
  }
  const std::optional<std::string>& ledger() const { return ledger_; }

 private:
  std::map<std::string, Object> markers_;  // by type
  std::optional<std::string> ledger_;
};

}  // namespace hygiene::counting::test
