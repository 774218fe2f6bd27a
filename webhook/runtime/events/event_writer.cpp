#include "runtime/events/event_writer.hpp"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "runtime/common/api_metrics.hpp"

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kNotWritten = "an Event could not be written";

cluster::Resource event(const EventNote& note, std::string name) {
  return {.plural = "events", .namespace_name = note.namespace_name, .name = std::move(name)};
}

}  // namespace

EventWriter::EventWriter(EventWriterOptions options, telemetry::Metrics& metrics, telemetry::Log& log)
    : options_(std::move(options)),
      book_(options_.new_name),
      warnings_(log, options_.pace.warnings),
      written_(metrics.events("written")),
      failed_(metrics.events("failed")),
      dropped_(metrics.events("dropped")) {
  options_.api = counted(std::move(options_.api), metrics);
}

EventWriter::~EventWriter() {
  stop();
}

void EventWriter::add(const Rejection& rejection) {
  if (!book_.add(rejection)) dropped_.Increment();
}

void EventWriter::start() {
  const RepeatPace pace{options_.pace.apart, options_.pace.after_failure};
  asio::co_spawn(thread_.context(), repeat([this] { return write_next(); }, pace, warnings_, kNotWritten),
                 asio::detached);
  thread_.start();
}

void EventWriter::stop() {
  thread_.stop();
}

asio::awaitable<Again> EventWriter::write_next() {
  const std::optional<EventNote> note = book_.next();
  if (!note) co_return Again::soon;
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
    co_return Again::soon;
  }
  const bool missing = done.error().code() == Errc::missing;
  if (missing && note->made) {
    // The API server has forgotten it. Made anew it goes on counting.
    book_.put_off(*note, true);
    co_return Again::soon;
  }
  failed_.Increment();
  warnings_.add(kNotWritten, done.error());
  if (missing || done.error().code() == Errc::invalid) {
    // The namespace has gone, or something about this one is wrong.
    book_.give_up(*note);
    co_return Again::soon;
  }
  book_.put_off(*note, false);
  co_return Again::later;
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
  return cluster::ApiClient::open(thread_.context().get_executor(), options_.access, options_.api);
}

}  // namespace hygiene::runtime
