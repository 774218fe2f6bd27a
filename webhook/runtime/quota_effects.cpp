// What the counting engine wants done at the API server, each with its answer.
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "counting/ledger_text.hpp"
#include "runtime/marker.hpp"
#include "runtime/quota_runner.hpp"

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Error;
using base::Result;
using counting::LedgerRead;
using counting::Swapped;

// Whether a write that failed may have been done all the same.
Swapped outcome_of(const Error& error) {
  switch (error.code()) {
    case Errc::conflict:
    case Errc::duplicate:
    case Errc::missing:  // someone deleted it
      return Swapped::conflict;
    default:
      return Swapped::unclear;
  }
}

}  // namespace

void QuotaRunner::perform(counting::Effect effect) {
  std::visit([this](auto& each) { asio::co_spawn(context_, perform(std::move(each)), asio::detached); },
             effect);
}

cluster::Resource QuotaRunner::ledger() const {
  cluster::Resource resource;
  resource.plural = "configmaps";
  resource.namespace_name = options_.ledger_namespace;
  resource.name = options_.ledger_name;
  return resource;
}

asio::awaitable<void> QuotaRunner::perform(counting::ReadLedger) {
  LedgerRead read;
  auto client = take_client();
  if (client) {
    const auto text = co_await (*client)->get(ledger());
    if (text) {
      read = {LedgerRead::Kind::found, std::string(text->view())};
    } else if (text.error().code() == Errc::missing) {
      read.kind = LedgerRead::Kind::missing;
    } else {
      complain("the ledger could not be read", text.error());
    }
    give_back(std::move(*client));
  } else {
    complain("the ledger could not be read", client.error());
  }
  quota_.with([&read](auto& engine, auto now) { engine.ledger_read(read, now); });
}

asio::awaitable<Result<base::WipingText>> QuotaRunner::write_ledger(cluster::ApiClient& client,
                                                                    const counting::SwapLedger& effect) {
  cluster::Resource target = ledger();
  if (!effect.create) {
    auto replaced = co_await client.replace(target, effect.config_map);
    co_return replaced;
  }
  target.name.clear();
  auto created = co_await client.create(target, effect.config_map);
  co_return created;
}

asio::awaitable<void> QuotaRunner::perform(counting::SwapLedger effect) {
  Swapped swapped = Swapped::unclear;
  std::string written;
  auto client = take_client();
  if (client) {
    const auto text = co_await write_ledger(**client, effect);
    if (text) {
      swapped = Swapped::done;
      written = text->view();
    } else {
      swapped = outcome_of(text.error());
      if (swapped == Swapped::conflict) metrics_.ledger_conflicts().Increment();
      if (swapped == Swapped::unclear) complain("the ledger could not be written", text.error());
    }
    give_back(std::move(*client));
  } else {
    complain("the ledger could not be written", client.error());
  }
  quota_.with([&](auto& engine, auto now) { engine.ledger_swapped(swapped, written, now); });
}

asio::awaitable<void> QuotaRunner::perform(counting::WriteMarker effect) {
  std::optional<std::uint64_t> revision;
  auto client = take_client();
  if (client) {
    cluster::Resource target;
    target.plural = "secrets";
    target.namespace_name = options_.ledger_namespace;
    target.name = marker_name(effect.type);
    const std::string patch = marker_patch();
    auto text = co_await (*client)->patch(target, cluster::PatchKind::merge, patch);
    if (!text && text.error().code() == Errc::missing) {
      const std::string made = marker_secret(effect.type);
      target.name.clear();
      text = co_await (*client)->create(target, made);
    }
    if (text) {
      revision = counting::revision_number(counting::ledger_version(text->view()));
    } else {
      complain("a marker could not be written", text.error());
    }
    give_back(std::move(*client));
  }
  quota_.with([&](auto& engine, auto now) { engine.marker_written(effect.marker, revision, now); });
}

asio::awaitable<void> QuotaRunner::perform(counting::ListScope effect) {
  const std::optional<QuotaWatch> watch = quota_.watch_at(effect.watch);
  auto client = take_client();
  Result<cluster::ListEnd> end = Error(Errc::io, "");
  if (watch && client) {
    ListToEngine pages(quota_, *watch, effect.list);
    const cluster::ListRequest request = list_request(*watch, effect.namespace_name.value_or(""));
    end = co_await (*client)->list(request, pages);
    if (!end) complain("Secrets could not be listed", end.error());
  }
  if (client) give_back(std::move(*client));
  quota_.with([&](auto& engine, auto now) {
    if (end) {
      engine.list_ends(effect.list, counting::revision_number(end->resource_version), now);
    } else {
      engine.list_failed(effect.list, now);
    }
  });
}

asio::awaitable<void> QuotaRunner::perform(counting::ReadName effect) {
  std::optional<counting::Engine::NameState> state;
  auto client = take_client();
  if (client) {
    cluster::Resource target;
    target.plural = "secrets";
    target.namespace_name = effect.namespace_name;
    target.name = effect.name;
    secret::Facts facts;
    secret::Reader reader(facts);
    json::PushReader push(reader);
    const Result<void> read =
        co_await (*client)->read(target, cluster::Form::metadata, [&push](std::string_view part) {
          const auto fed = push.feed(part);
          return fed ? Result<void>() : Result<void>(fed.error());
        });
    if (read && push.finish()) {
      state = {counting::uid_bits(facts.uid), counting::revision_number(facts.resource_version)};
    } else if (!read && read.error().code() == Errc::missing) {
      state = counting::Engine::NameState{};
    } else if (!read) {
      complain("a Secret could not be looked up", read.error());
    }
    give_back(std::move(*client));
  }
  quota_.with([&](auto& engine, auto now) { engine.name_read(effect, state, now); });
}

}  // namespace hygiene::runtime
