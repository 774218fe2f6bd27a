// What the counting engine wants done at the API server, each with its answer.
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "counting/ledger_text.hpp"
#include "runtime/quota/marker.hpp"
#include "runtime/quota/quota_runner.hpp"

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Error;
using base::Result;
using counting::LedgerRead;
using counting::Swapped;

// Whether a write that failed may have been done all the same. Of a ledger that is replaced `missing` says
// that someone deleted it; of one that is made, that there is no such namespace, which a reading does not
// mend.
Swapped outcome_of(const Error& error, bool create) {
  switch (error.code()) {
    case Errc::conflict:
    case Errc::duplicate:
      return Swapped::conflict;
    case Errc::missing:
      return create ? Swapped::unclear : Swapped::conflict;
    default:
      return Swapped::unclear;
  }
}

}  // namespace

template <class Outcome>
asio::awaitable<Outcome> QuotaRunner::paced(asio::awaitable<Outcome> task) {
  Outcome outcome{};
  try {
    outcome = co_await std::move(task);
  } catch (const std::exception&) {
    outcome = Outcome{};
  }
  if (failed(outcome)) co_await pause(options_.pace.after_failed_effect);
  co_return outcome;
}

void QuotaRunner::perform(counting::Effect effect) {
  std::visit([this](auto& each) { asio::co_spawn(context_, perform(std::move(each)), asio::detached); },
             effect);
}

asio::awaitable<void> QuotaRunner::perform(counting::ReadLedger) {
  const LedgerRead read = co_await paced(read_ledger());
  quota_.with([&read](auto& engine, auto now) { engine.ledger_read(read, now); });
}

asio::awaitable<LedgerRead> QuotaRunner::read_ledger() {
  LedgerRead read;
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return read;
  const Result<base::WipingText> text = co_await client->get(ledger());
  give_back(std::move(client));
  if (text) {
    read.kind = LedgerRead::Kind::found;
    read.config_map = text->view();
  } else if (text.error().code() == Errc::missing) {
    read.kind = LedgerRead::Kind::missing;
  } else {
    complaints_.add("the ledger could not be read", text.error());
  }
  co_return read;
}

asio::awaitable<void> QuotaRunner::perform(counting::SwapLedger effect) {
  const LedgerWritten written = co_await paced(write_ledger(effect));
  quota_.with(
      [&](auto& engine, auto now) { engine.ledger_swapped(written.swapped, written.config_map, now); });
}

asio::awaitable<QuotaRunner::LedgerWritten> QuotaRunner::write_ledger(const counting::SwapLedger& effect) {
  LedgerWritten written;
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return written;
  cluster::Resource target = ledger();
  if (effect.create) target.name.clear();
  auto request =
      effect.create ? client->create(target, effect.config_map) : client->replace(target, effect.config_map);
  const Result<base::WipingText> text = co_await std::move(request);
  give_back(std::move(client));
  if (text) {
    written.swapped = Swapped::done;
    written.config_map = text->view();
    co_return written;
  }
  written.swapped = outcome_of(text.error(), effect.create);
  if (written.swapped == Swapped::conflict) {
    metrics_.ledger_conflicts().Increment();
  } else {
    complaints_.add("the ledger could not be written", text.error());
  }
  co_return written;
}

asio::awaitable<void> QuotaRunner::perform(counting::WriteMarker effect) {
  const std::optional<std::uint64_t> revision = co_await paced(write_marker(effect));
  quota_.with([&](auto& engine, auto now) { engine.marker_written(effect.marker, revision, now); });
}

asio::awaitable<std::optional<std::uint64_t>> QuotaRunner::write_marker(const counting::WriteMarker& effect) {
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return std::nullopt;
  const cluster::Resource target = secret(options_.ledger_namespace, marker_name(effect.type));
  const std::string patch = marker_patch();
  Result<base::WipingText> text = co_await client->patch(target, cluster::PatchKind::merge, patch);
  if (!text && text.error().code() == Errc::missing) {
    const std::string made = marker_secret(effect.type);
    text = co_await client->create(secret(options_.ledger_namespace, ""), made);
    if (!text && text.error().code() == Errc::duplicate) {
      // Another replica was before.
      text = co_await client->patch(target, cluster::PatchKind::merge, patch);
    }
  }
  give_back(std::move(client));
  if (!text) {
    complaints_.add("a marker could not be written", text.error());
    co_return std::nullopt;
  }
  co_return counting::revision_number(counting::ledger_version(text->view()));
}

asio::awaitable<void> QuotaRunner::perform(counting::ListScope effect) {
  const std::optional<std::uint64_t> end = co_await paced(list_scope(effect));
  quota_.with([&](auto& engine, auto now) {
    if (end) {
      engine.list_ends(effect.list, *end, now);
    } else {
      engine.list_failed(effect.list, now);
    }
  });
}

asio::awaitable<std::optional<std::uint64_t>> QuotaRunner::list_scope(const counting::ListScope& effect) {
  // Other policies may have come meanwhile; then the engine takes nothing of this list.
  const std::optional<QuotaWatch> watch = quota_.watch_at(effect.watch);
  if (!watch) co_return std::nullopt;
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return std::nullopt;
  ListToEngine pages(quota_, *watch, effect.list);
  const cluster::ListRequest request = list_request(*watch, effect.namespace_name.value_or(""));
  const Result<cluster::ListEnd> end = co_await client->list(request, pages);
  give_back(std::move(client));
  if (!end) {
    complaints_.add("Secrets could not be listed", end.error());
    co_return std::nullopt;
  }
  co_return counting::revision_number(end->resource_version);
}

asio::awaitable<void> QuotaRunner::perform(counting::ReadName effect) {
  const std::optional<counting::Engine::NameState> state = co_await paced(read_name(effect));
  quota_.with([&](auto& engine, auto now) { engine.name_read(effect, state, now); });
}

asio::awaitable<std::optional<counting::Engine::NameState>> QuotaRunner::read_name(
    const counting::ReadName& effect) {
  std::unique_ptr<cluster::ApiClient> client = take_client();
  if (!client) co_return std::nullopt;
  secret::Facts facts;
  const Result<void> read = co_await read_facts(*client, secret(effect.namespace_name, effect.name),
                                                cluster::Form::metadata, facts);
  give_back(std::move(client));
  if (read) {
    co_return counting::Engine::NameState{counting::uid_bits(facts.uid),
                                          counting::revision_number(facts.resource_version)};
  }
  if (read.error().code() == Errc::missing) co_return counting::Engine::NameState{};
  complaints_.add("a Secret could not be looked up", read.error());
  co_return std::nullopt;
}

}  // namespace hygiene::runtime
