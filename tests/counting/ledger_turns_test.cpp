// Two replicas and one ledger, where reads and writes take their time: each has its turn.
#include <map>
#include <queue>

#include "engine_fixture.hpp"
#include "simulation/model_server.hpp"

namespace hygiene::counting {
namespace {

using test::document;
using test::OneReplica;
using test::options;
using namespace std::chrono_literals;

EngineOptions named(const std::string& name) {
  auto how = options(true);
  how.replica = name;
  return how;
}

const std::string kRoom =
    document("limits", "  mode: Enforce\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 99999}");

// What the API server does takes effect after half of the time that it takes.
class Turns {
 public:
  Turns(const std::string& first, const std::string& second, Time read, Time write)
      : replicas_{OneReplica(named(first), kRoom), OneReplica(named(second), kRoom)},
        read_(read),
        write_(write) {
    server_.revision = 100;
    Ledger ledger;
    ledger.id = "first";
    server_.swap_ledger(
        {kFirstShard, "own", "counts-cluster", true, render_ledger(ledger, "own", "counts-cluster")});
  }

  // How long the second waits for its one write, while the first has some all the time.
  Time second_waits(Time begin, Time most) {
    std::optional<Ticket> ticket;
    for (now_ = 0ms; now_ < begin + most; now_ += 1ms) {
      for (; !due_.empty() && due_.begin()->first <= now_; due_.erase(due_.begin())) due_.begin()->second();
      const auto name = "busy-" + std::to_string(++writes_);
      asked_[ask(0, name, "team")] = name;
      if (now_ == begin) ticket = ask(1, "one", "other");
      for (std::size_t i = 0; i < replicas_.size(); ++i) serve(i);
      for (const auto& decision : replicas_[1].engine.take_decisions()) {
        if (ticket == decision.ticket) return now_ - begin;
      }
      for (const auto& decision : replicas_[0].engine.take_decisions()) store(asked_.at(decision.ticket));
    }
    return most;
  }

 private:
  Time local(std::size_t i) const { return replicas_[i].now + now_; }
  Ticket ask(std::size_t i, const std::string& name, const std::string& in) {
    return replicas_[i].engine.request(replicas_[i].claims(name, false, in), local(i));
  }
  void store(const std::string& name) {
    const Subject subject{"team", name, "t"};
    ++server_.revision;
    for (std::size_t i = 0; i < replicas_.size(); ++i)
      replicas_[i].engine.shows(0, subject, test::stored(uid_bits("uid-of-" + name), server_.revision, 100),
                                local(i));
  }
  void after(Time length, std::function<void()> what) { due_.emplace(now_ + length, std::move(what)); }
  void serve(std::size_t i) {
    if (now_.count() % 1'000 == 0) replicas_[i].engine.tick(local(i));
    for (const auto& effect : replicas_[i].engine.take_effects()) {
      if (const auto* read = std::get_if<ReadLedger>(&effect)) {
        after(read_ / 2, [this, i, name = read->name] {
          after(read_ - read_ / 2, [this, i, text = server_.read_ledger(name)] {
            replicas_[i].engine.ledger_read(0, text, local(i));
          });
        });
      } else if (const auto* swap = std::get_if<SwapLedger>(&effect)) {
        after(write_ / 2, [this, i, swap = *swap] {
          after(write_ - write_ / 2, [this, i, swapped = server_.swap_ledger(swap)] {
            replicas_[i].engine.ledger_swapped(0, swapped ? Swapped::done : Swapped::conflict,
                                               swapped.value_or(""), local(i));
          });
        });
      } else if (const auto* wait = std::get_if<Wait>(&effect)) {
        after(wait->length, [this, i] { replicas_[i].engine.waited(0, local(i)); });
      }
    }
  }

  std::array<OneReplica, 2> replicas_;
  test::ModelServer server_;
  const Time read_, write_;
  Time now_{};
  std::uint64_t writes_ = 0;
  std::map<Ticket, std::string> asked_;  // of the first replica
  std::multimap<Time, std::function<void()>> due_;
};

}  // namespace

TEST_CASE("a replica with one write has its turn beside one that writes the ledger all the time") {
  const auto [read, write] =
      GENERATE(std::pair{2ms, 4ms}, std::pair{6ms, 8ms}, std::pair{20ms, 40ms}, std::pair{60ms, 40ms});
  Time longest{};
  for (int i = 0; i < 40; ++i) {
    Turns turns("a" + std::to_string(i), "b" + std::to_string(i), read, write);
    longest = std::max(longest, turns.second_waits(1000ms + Time(7 * i), 10'000ms));
  }
  INFO(read.count() << " " << write.count());
  CHECK(longest < 2'000ms);
}

}  // namespace hygiene::counting
