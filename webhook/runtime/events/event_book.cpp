#include "runtime/events/event_book.hpp"

#include <iterator>

#include "base/utf8.hpp"
#include "json/writer.hpp"
#include "policy/displayed_text.hpp"
#include "policy/limits/limit.hpp"
#include "policy/message.hpp"
#include "telemetry/log_line.hpp"

namespace hygiene::runtime {
namespace {

// What the API server takes of the note of an events.k8s.io Event; of a core one, what people read.
constexpr std::size_t kMessageBytesMax = 1024;

std::string message_of(const Rejection& rejection) {
  const policy::Policy& policy = *rejection.policy;
  const policy::LimitRule& rule = policy::limit_rule(rejection.limit);
  std::string text = "policy \"" + policy.name + "\" denied Secret " + policy::shown(rejection.name) + ": ";
  if (rejection.counted) {
    text += policy::comparison(rejection.limit, rejection.measured, rejection.allowed);
  } else {
    text.append(rule.name).append(" cannot be counted now");
  }
  if (!policy.message.empty()) {
    text.append(". ").append(policy::without_controls(policy.message, ' '));
  } else if (rule.across_secrets()) {
    text.append(". Delete some first.");
  } else {
    text.append(". Keep less in one Secret.");
  }
  return base::truncate_utf8(base::to_utf8(text), kMessageBytesMax);
}

void write_changing(json::Writer& json, const EventNote& note) {
  json.field("message", note.message);
  json.field("count", note.count);
  json.field("lastTimestamp", telemetry::rfc3339(note.last));
}

}  // namespace

std::string event_object(const EventNote& note, std::string_view replica) {
  json::Writer json;
  json.object([&] {
    json.type_meta("v1", "Event");
    json.object("metadata", [&] {
      json.field("name", note.name);
      json.field("namespace", note.namespace_name);
    });
    json.object("involvedObject", [&] {
      json.type_meta("v1", "Namespace");
      json.field("name", note.namespace_name);
      // Must be the Event's, although a Namespace is in none. Source: validation of core/v1 Events.
      json.field("namespace", note.namespace_name);
    });
    json.field("type", "Warning");
    json.field("reason", "SecretRejected");
    json.field("firstTimestamp", telemetry::rfc3339(note.first));
    write_changing(json, note);
    json.object("source", [&] {
      json.field("component", "secret-hygiene");
      json.field("host", replica);
    });
    json.field("reportingComponent", "secret-hygiene");
    json.field("reportingInstance", replica);
  });
  return json.take();
}

std::string event_change(const EventNote& note) {
  json::Writer json;
  json.object([&] { write_changing(json, note); });
  return json.take();
}

bool EventBook::add(const Rejection& rejection) {
  if (rejection.dry_run) return true;
  const Key key(rejection.namespace_name.substr(0, policy::kNameShownBytesMax), rejection.policy->name);
  std::string message = message_of(rejection);
  const std::lock_guard lock(mutex_);
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (entries_.size() >= kKept && !make_room(rejection.time)) return false;
    found = entries_.try_emplace(key).first;
  }
  Entry& entry = found->second;
  EventNote& note = entry.note;
  if (note.count == 0 || (entry.turn == 0 && rejection.time - note.last > kForgotten)) {
    note = EventNote{key.first, key.second, new_name_(), {}, 0, rejection.time, {}, false};
  }
  note.message = std::move(message);
  ++note.count;
  note.last = rejection.time;
  if (entry.turn == 0) entry.turn = ++last_turn_;
  return true;
}

// What was written and did not change for longest goes, with all that nobody remembers.
bool EventBook::make_room(std::chrono::system_clock::time_point now) {
  auto oldest = entries_.end();
  for (auto each = entries_.begin(); each != entries_.end();) {
    const auto next = std::next(each);
    if (each->second.turn == 0) {
      if (now - each->second.note.last > kForgotten) {
        entries_.erase(each);
      } else if (oldest == entries_.end() || each->second.note.last < oldest->second.note.last) {
        oldest = each;
      }
    }
    each = next;
  }
  if (entries_.size() < kKept) return true;
  if (oldest == entries_.end()) return false;
  entries_.erase(oldest);
  return true;
}

std::optional<EventNote> EventBook::next() {
  const std::lock_guard lock(mutex_);
  Entry* first = nullptr;
  for (auto& [key, entry] : entries_) {
    if (entry.turn != 0 && (first == nullptr || entry.turn < first->turn)) first = &entry;
  }
  if (first == nullptr) return std::nullopt;
  return first->note;
}

void EventBook::written(const EventNote& note) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find({note.namespace_name, note.policy});
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.note.made = true;
  // More may have come meanwhile.
  entry.turn = entry.note.count == note.count ? 0 : ++last_turn_;
}

void EventBook::put_off(const EventNote& note, bool gone) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find({note.namespace_name, note.policy});
  if (found == entries_.end()) return;
  if (gone) found->second.note.made = false;
  found->second.turn = ++last_turn_;
}

void EventBook::give_up(const EventNote& note) {
  const std::lock_guard lock(mutex_);
  entries_.erase({note.namespace_name, note.policy});
}

}  // namespace hygiene::runtime
