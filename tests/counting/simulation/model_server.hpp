// An API server as the simulation sees it: Secrets with one revision for each change, the log that watches
// read, and a ledger with compare-and-swap. Everything at once and in order; delays are the simulation's.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "counting/effects.hpp"
#include "counting/support.hpp"
#include "scenario.hpp"

namespace hygiene::counting::test {

struct Object {
  std::uint64_t uid = 0;  // 0: none is stored
  std::uint64_t revision = 0;
  std::uint32_t bytes = 0;
  Type type = 0;
  bool annotated = true;  // its size is written on it

  explicit operator bool() const { return uid != 0; }
};

// A Secret as a list or an event shows it. NumberedValues from kSlotsMax on are markers, by type.
struct Shown {
  Slot slot = 0;
  bool deleted = false;
  std::uint64_t revision = 0;
  Object object;
};

struct Snapshot {
  std::uint64_t revision = 0;
  std::size_t position = 0;  // in the log
  std::vector<Shown> objects;
};

// A value: a copy of it is a backup.
class ModelServer {
 public:
  std::array<Object, kSlotsMax> secrets;
  std::vector<std::uint64_t> deleted;  // at which revision, by uid; 0: not
  std::vector<Shown> log;
  std::uint64_t revision = 1;

  void put(Slot slot, Object object) {
    object.revision = ++revision;
    secrets[slot] = object;
    log.push_back({slot, false, revision, object});
  }

  void remove(Slot slot) {
    const auto uid = secrets[slot].uid;
    log.push_back({slot, true, ++revision, secrets[slot]});
    if (deleted.size() <= uid) deleted.resize(uid + 1);
    deleted[uid] = revision;
    secrets[slot] = {};
  }
  std::uint64_t deleted_at(std::uint64_t uid) const { return uid < deleted.size() ? deleted[uid] : 0; }

  std::uint64_t put_marker(Type type) {
    auto& marker = markers_[type];
    marker = {1'000'000'000U + type, ++revision, 1, type, true};
    log.push_back({static_cast<Slot>(kSlotsMax + type), false, revision, marker});
    return revision;
  }

  Snapshot list() const {
    Snapshot snapshot{revision, log.size(), {}};
    const auto add = [&snapshot](std::size_t slot, const Object& object) {
      if (object) snapshot.objects.push_back({static_cast<Slot>(slot), false, object.revision, object});
    };
    for (std::size_t i = 0; i < secrets.size(); ++i) add(i, secrets[i]);
    for (std::size_t i = 0; i < markers_.size(); ++i) add(kSlotsMax + i, markers_[i]);
    return snapshot;
  }

  LedgerRead read_ledger(const std::string& name) const {
    const auto found = ledgers_.find(name);
    if (found == ledgers_.end()) return {LedgerRead::Kind::missing, {}};
    return {LedgerRead::Kind::found, as_sent(found->second)};
  }

  // The new text, or nothing on a conflict.
  std::optional<std::string> swap_ledger(const SwapLedger& swap) {
    const auto known = ledgers_.find(swap.name);
    if (swap.create == (known != ledgers_.end())) return std::nullopt;
    if (!swap.create && version_of(swap.config_map) != version_of(known->second)) return std::nullopt;
    const auto version = std::string(kVersion) + std::to_string(++revision) + '"';
    std::string text = swap.config_map;
    if (swap.create) {
      text.insert(text.find("\"namespace\""), version + ',');
    } else {
      const auto at = text.find(kVersion);
      text.replace(at, text.find('}', at) - at, version);
    }
    ++ledger_changes_;
    return ledgers_[swap.name] = std::move(text);
  }

  // False also where it says neither.
  bool ledger_in_quarantine(const std::string& name) const {
    const auto found = ledgers_.find(name);
    return found != ledgers_.end() && found->second.find("\"cooling\":\"true\"") != std::string::npos;
  }

  void lose_ledger(const std::string& name) {
    ledgers_.erase(name);
    ++ledger_changes_;
  }
  // Somebody edits it.
  void spoil_ledger(const std::string& name) {
    constexpr std::string_view kState = "\"cooling\":\"";
    const auto found = ledgers_.find(name);
    const auto at = found == ledgers_.end() ? std::string::npos : found->second.find(kState);
    if (at == std::string::npos) return;
    auto& ledger = found->second;
    ledger.insert(at + kState.size(), "x");
    ledger.insert(ledger.find(kVersion) + kVersion.size(), "9");
    ++ledger_changes_;
  }
  // Of a backup: what another ledger said is told from it.
  void restored_after(std::uint64_t ledger_changes) { ledger_changes_ = ledger_changes + 1; }

  const std::map<std::string, std::string>& ledgers() const { return ledgers_; }
  std::uint64_t ledger_changes() const { return ledger_changes_; }

 private:
  static constexpr std::string_view kVersion = "\"resourceVersion\":\"";

  // As render_ledger() writes it: the first of that name.
  static std::string_view version_of(std::string_view text) {
    const auto at = text.find(kVersion);
    if (at == std::string_view::npos) return {};
    const auto from = at + kVersion.size();
    return text.substr(from, text.find('"', from) - from);
  }

  std::array<Object, kTypesMax> markers_;  // by type
  std::map<std::string, std::string> ledgers_;
  std::uint64_t ledger_changes_ = 0;
};

}  // namespace hygiene::counting::test
