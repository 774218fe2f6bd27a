#include "counting/earlier_ledger.hpp"

#include <utility>

#include "base/invariant.hpp"
#include "counting/ledger_text.hpp"

namespace hygiene::counting {
namespace {

// Well within the 120 s that an earlier build counts nothing for.
constexpr Time kLookAgain{10'000};

}  // namespace

void EarlierLedger::tick(Time now) {
  if (busy_ || !watched_ || now < next_look_) return;
  busy_ = true;
  if (settled_) next_look_ = now + kLookAgain;
  effects_.emplace_back(ReadLedger{kEarlierLedger, options_.earlier_ledger_namespace, options_.ledger_name});
}

void EarlierLedger::read(const LedgerRead& read) {
  base::invariant(busy_, "a read of the earlier ledger is answered once");
  busy_ = false;
  if (read.kind == LedgerRead::Kind::failed) return;
  unknown_format_ = false;
  if (read.kind == LedgerRead::Kind::missing) {
    settled_ = known_ = true;
    return;
  }
  const auto found = parse_earlier_ledger(read.config_map);
  unknown_format_ = !found;
  settled_ = settled_ && found.has_value();
  if (!found) return;
  if (found->seal) {
    seal_ = *found->seal;
    settled_ = known_ = true;
    return;
  }
  const bool admits = found->admits || !known_;
  write(admits ? options_.replica + '.' + std::to_string(++sealed_) : seal_, read.config_map);
}

void EarlierLedger::write(std::string seal, std::string_view replaces) {
  busy_ = true;
  effects_.emplace_back(SwapLedger{
      kEarlierLedger, options_.earlier_ledger_namespace, options_.ledger_name, false,
      render_seal(seal, ledger_version(replaces), options_.earlier_ledger_namespace, options_.ledger_name)});
  writing_ = std::move(seal);
}

void EarlierLedger::swapped(Swapped swapped) {
  base::invariant(busy_, "a write of the earlier ledger is answered once");
  busy_ = false;
  if (swapped == Swapped::done) {
    seal_ = std::move(writing_);
    settled_ = known_ = true;
  } else {
    // Another replica was before, or an earlier build: look again.
    next_look_ = {};
  }
}

}  // namespace hygiene::counting
