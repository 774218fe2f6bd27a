#include "runtime/events/event_writer.hpp"

#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Error;
using base::Result;

constexpr std::string_view kComplaint = "an Event could not be written";

cluster::Resource event(const EventNote& note, std::string name) {
  cluster::Resource resource;
  resource.plural = "events";
  resource.namespace_name = note.namespace_name;
  resource.name = std::move(name);
  return resource;
}

}  // namespace

EventWriter::EventWriter(EventWriterOptions options, telemetry::Metrics& metrics, telemetry::Log& log)
    : options_(std::move(options)),
      book_(options_.new_name),
      complaints_(log, options_.pace.complaints),
      written_(metrics.events("written")),
      failed_(metrics.events("failed")),
      dropped_(metrics.events("dropped")) {}

EventWriter::~EventWriter() {
  stop();
}

void EventWriter::add(const Rejection& rejection) {
  if (!book_.add(rejection)) dropped_.Increment();
}

void EventWriter::start() {
  asio::co_spawn(context_, run(), asio::detached);
  thread_.start();
}

void EventWriter::stop() {
  thread_.stop();
}

asio::awaitable<void> EventWriter::run() {
  for (;;) {
    bool good = false;
    try {
      good = co_await write_next();
    } catch (const std::exception& exception) {
      // Out of memory, most likely. What was to be written still is.
      complaints_.add(kComplaint, Error(Errc::limit, exception.what()));
    }
    co_await pause(good ? options_.pace.apart : options_.pace.after_failure);
  }
}

asio::awaitable<bool> EventWriter::write_next() {
  const std::optional<EventNote> note = book_.next();
  if (!note) co_return true;
  Result<void> done;
  Result<std::unique_ptr<cluster::ApiClient>> client = take_client();
  if (client) {
    done = co_await write(**client, *note);
    idle_client_ = std::move(*client);
  } else {
    done = client.error();
  }
  if (done) {
    written_.Increment();
    book_.written(*note);
    co_return true;
  }
  const bool missing = done.error().code() == Errc::missing;
  if (missing && note->made) {
    // The API server has forgotten it. Made anew it goes on counting.
    book_.put_off(*note, true);
    co_return true;
  }
  failed_.Increment();
  complaints_.add(kComplaint, done.error());
  if (missing || done.error().code() == Errc::invalid) {
    // The namespace has gone, or something about this one is wrong.
    book_.give_up(*note);
    co_return true;
  }
  book_.put_off(*note, false);
  co_return false;
}

asio::awaitable<Result<void>> EventWriter::write(cluster::ApiClient& client, EventNote note) {
  if (note.made) {
    const std::string change = event_change(note);
    const auto patched = co_await client.patch(event(note, note.name), cluster::PatchKind::merge, change);
    co_return patched ? Result<void>() : patched.error();
  }
  const std::string object = event_object(note, options_.replica);
  const auto created = co_await client.create(event(note, ""), object);
  if (created) co_return Result<void>();
  // Its answer was lost the last time.
  if (created.error().code() == Errc::duplicate) {
    note.made = true;
    co_return co_await write(client, std::move(note));
  }
  co_return created.error();
}

Result<std::unique_ptr<cluster::ApiClient>> EventWriter::take_client() {
  if (idle_client_) return std::move(idle_client_);
  auto access = cluster::find_client_config(options_.access);
  if (!access) return access.error();
  return cluster::ApiClient::make(context_.get_executor(), std::move(*access), options_.api);
}

asio::awaitable<void> EventWriter::pause(std::chrono::milliseconds length) {
  asio::steady_timer timer(context_, length);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace hygiene::runtime
