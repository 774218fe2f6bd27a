// The blocks of one ledger. A replica that admits several writes reserves places for more of their kind with
// the same write of the ledger, and gives them to writes that come within EngineOptions::block_lasts without
// asking. Others count a block as full for as long as it stands in the ledger. Nobody takes one unless the
// room that is left is many times what all blocks hold; and a replica that needs that room bars new ones, by
// a block without places, so that all are gone before a denial. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "counting/counted_write.hpp"
#include "counting/engine_options.hpp"
#include "counting/ledger_text.hpp"
#include "counting/reservations.hpp"
#include "counting/selection.hpp"

namespace hygiene::counting {

class Blocks {
 public:
  // True: what this replica knows of what the policy counts is as new as the ledger demands.
  using IsCurrent = std::function<bool(std::uint32_t policy)>;

  // All references must outlive it. `is_current` is called by next().
  Blocks(const EngineOptions& options, const Reservations& reservations, IsCurrent is_current);

  // The own ones are made by other policies: they are used no more.
  void select(std::shared_ptr<const Selection> selection);
  // Those of the namespace are used no more: it may count in other scopes.
  void stop(std::string_view namespace_name);
  // The write needs the room that blocks hold in the scope: the own ones are used no more, and where others
  // have some the next write of the ledger bars new ones, unless want_no_room() is called before.
  void make_room(const Scope& scope, std::string_view namespace_name);
  void want_no_room() { wanted_bar_.reset(); }

  // True: the write takes a place of an own block.
  bool take_place(const CountedWrite& write, Time now);
  // The write was admitted by a write of the ledger that is to come: others of its kind may follow.
  void follow(const CountedWrite& write);

  // What blocks hold in the scope of a write of the namespace. Of the own ones, only what is left of them:
  // what is used is reserved by name.
  Tally held(const Scope& scope, std::string_view namespace_name) const;

  // As the ledger was read.
  void take(std::vector<Block> blocks, Time now);
  // What the next write of the ledger is to hold: the blocks of others, and own ones as they are wanted now.
  // For those that are dropped because their time is over, `views` is raised.
  std::vector<Block> next(Ledger::Views& views, Time now);
  // That write was done, and made this version of the ledger; or was not done; or nobody knows.
  void written(std::uint64_t version);
  void not_written() { next_.reset(); }
  void may_be_written();
  // The ledger is lost, and what it held.
  void reset();
  // From when on the ledger should be written for their sake; nothing: there are none.
  std::optional<Time> want_write_at() const;
  // Bytes of the ledger as JSON.
  std::size_t bytes() const;

 private:
  struct Line {
    Block block;
    bool own = false;
    bool used_no_more = false;  // of an own one
    Tally left;                 // of an own one
    std::uint64_t largest = 0;  // write of an own one, in bytes
    Time since{};               // of an own one when its write began; of another when it was seen first
    // Of another's. All of its writes that are ever stored are stored before this revision; 0: not known yet.
    bool over = false;
    std::uint64_t over_by = 0;

    bool is_bar() const { return block.count == 0; }
    std::uint64_t used() const { return block.count - left.count; }
  };
  using Lines = std::vector<Line>;
  struct Demand {
    std::string namespace_name;
    std::string type;
    std::uint64_t writes = 0;
    std::uint64_t largest = 0;  // in bytes
  };

  template <class Which>
  void use_no_more(Which which);
  Line* usable(Lines& lines, const CountedWrite& write, Time now) const;
  static void take_from(Line& line, const CountedWrite& write);
  void demand(Demand wanted);
  Time wants_at(const Line& line) const;
  bool counts_in(const Block& block, const Scope& scope, std::string_view namespace_name) const;
  Tally held(const Lines& lines, const Scope& scope, std::string_view namespace_name) const;
  bool has_room(const Block& block) const;
  bool barred(std::string_view namespace_name) const;
  void grant(const Demand& demand, Time now);

  const EngineOptions& options_;
  const Reservations& reservations_;
  const IsCurrent is_current_;
  std::shared_ptr<const Selection> selection_;
  Lines lines_;                // of the ledger as it is known
  std::optional<Lines> next_;  // as it is being written
  std::vector<Demand> demands_;
  std::optional<std::string> wanted_bar_;  // of this namespace, or of all (empty)
  std::vector<std::uint64_t> unsure_;      // own ones that may stand in the ledger
  std::uint64_t last_id_;
};

}  // namespace hygiene::counting
