// The one ledger of builds before shards. Such builds may run beside this one while it is rolled out, and
// know nothing of its ledgers. So this one puts a *seal* in the place of theirs: they take it for a damaged
// ledger, make theirs anew, and then count nothing for 120 s. It is sealed again sooner than that.
// Thread-safety: one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "counting/effects.hpp"
#include "counting/engine_options.hpp"

namespace hygiene::counting {

class EarlierLedger {
 public:
  // Both references must outlive it.
  EarlierLedger(const EngineOptions& options, std::vector<Effect>& effects)
      : options_(options),
        effects_(effects),
        watched_(options.strict && !options.earlier_ledger_namespace.empty()),
        settled_(!watched_) {}

  // True: earlier builds admit nothing by it. Also where it is not looked for.
  bool settled() const { return settled_; }
  // True: it has a format that this version does not know. It is left as it is.
  bool has_unknown_format() const { return unknown_format_; }
  // What our ledgers must say that they were made after. Another one each time that earlier builds have
  // admitted writes, of which our ledgers know nothing. Empty: any will do.
  const std::string& seal() const { return seal_; }

  // Looks at it when it is time. Call it about once a second.
  void tick(Time now);
  void read(const LedgerRead& read);
  void swapped(Swapped swapped);

 private:
  void write(std::string seal, std::string_view replaces);

  const EngineOptions& options_;
  std::vector<Effect>& effects_;
  const bool watched_;
  bool settled_;
  bool unknown_format_ = false;
  bool busy_ = false;   // a read or write is under way
  bool known_ = false;  // it was found sealed, or missing, once
  std::string seal_;
  std::string writing_;
  std::uint64_t sealed_ = 0;  // by this replica
  Time next_look_{};
};

}  // namespace hygiene::counting
