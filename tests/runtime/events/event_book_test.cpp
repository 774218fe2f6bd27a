#include "runtime/events/event_book.hpp"

#include <catch2/catch.hpp>

#include "support/json_oracle.hpp"

using namespace hygiene;
using runtime::EventBook;
using runtime::EventNote;
using runtime::Rejection;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

const std::chrono::system_clock::time_point kNoon =
    std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + hours(12);

struct Book {
  policy::Policy policy;
  int named = 0;
  EventBook book{[this] { return "e" + std::to_string(++named); }};
  Rejection last;

  Book() {
    policy.name = "p";
    last.limit = policy::LimitKind::bytes_per_secret;
    last.measured = 2048;
    last.allowed = 1024;
  }
  bool add(std::string_view in, std::string_view name = "s",
           std::chrono::system_clock::time_point time = kNoon) {
    last.time = time;
    last.namespace_name = in;
    last.name = name;
    last.policy = &policy;
    return book.add(last);
  }
  EventNote next() {
    const auto note = book.next();
    REQUIRE(note);
    return *note;
  }
};

}  // namespace

TEST_CASE("what repeats is one Event with a count, and the last Secret's sentence") {
  Book f;
  CHECK_FALSE(f.book.next());
  f.policy.message = "Ask\nus.";
  CHECK(f.add("team", "a"));
  CHECK(f.add("team", "b", kNoon + seconds(9)));
  EventNote note = f.next();
  CHECK(note.name == "e1");
  CHECK(note.count == 2);
  CHECK(note.first == kNoon);
  CHECK(note.last == kNoon + seconds(9));
  CHECK_FALSE(note.made);
  CHECK(note.message == "policy \"p\" denied Secret b: 2Ki of data exceeds bytesPerSecret 1Ki. Ask us.");
  f.book.written(note);
  CHECK_FALSE(f.book.next());

  CHECK(f.add("team", "c", kNoon + hours(1)));
  note = f.next();
  CHECK(note.made);
  CHECK(note.name == "e1");
  CHECK(note.count == 3);
}

TEST_CASE("each namespace and each policy has an Event of its own, written in the order in which they came") {
  Book f;
  f.add("b");
  f.add("a");
  f.policy.name = "q";
  f.add("b");
  std::string order;
  for (int i = 0; i < 3; ++i) {
    const EventNote note = f.next();
    order += note.namespace_name + note.policy + ' ';
    f.book.written(note);
  }
  CHECK(order == "bp ap bq ");
  CHECK_FALSE(f.book.next());
}

TEST_CASE("what comes while an Event is written is written after all others") {
  Book f;
  f.add("a");
  const EventNote note = f.next();
  f.add("a");
  f.add("b");
  f.book.written(note);
  CHECK(f.next().namespace_name == "b");
  f.book.written(f.next());
  CHECK(f.next().count == 2);
  CHECK(f.next().made);
}

TEST_CASE("what fails waits behind all others, and is made anew where it has gone") {
  Book f;
  f.add("a");
  f.add("b");
  f.book.put_off(f.next(), false);
  CHECK(f.next().namespace_name == "b");
  f.book.written(f.next());
  f.book.written(f.next());
  f.add("a");
  CHECK(f.next().made);
  f.book.put_off(f.next(), true);
  CHECK_FALSE(f.next().made);
  CHECK(f.next().count == 2);
  f.book.give_up(f.next());
  CHECK_FALSE(f.book.next());
  f.add("a");
  CHECK(f.next().count == 1);
}

TEST_CASE("after an hour of quiet an Event is another one") {
  for (const seconds quiet : {seconds(EventBook::kForgotten), EventBook::kForgotten + seconds(1)}) {
    Book f;
    f.add("a");
    f.book.written(f.next());
    f.add("a", "s", kNoon + quiet);
    const bool anew = quiet > EventBook::kForgotten;
    CHECK(f.next().count == (anew ? 1 : 2));
    CHECK(f.next().name == (anew ? "e2" : "e1"));
    CHECK(f.next().made == !anew);
  }
}

TEST_CASE("a dry run writes nothing") {
  Book f;
  f.last.dry_run = true;
  CHECK(f.add("a"));
  CHECK_FALSE(f.book.next());
}

TEST_CASE("only so many wait; what was written makes room, the quietest first") {
  Book f;
  for (std::size_t i = 0; i < EventBook::kKept; ++i)
    CHECK(f.add("n" + std::to_string(i), "s", kNoon + seconds(static_cast<int>(i))));
  CHECK_FALSE(f.add("one-too-many"));
  CHECK(f.add("n7"));
  f.book.written(f.next());  // n0
  f.book.written(f.next());  // n1
  CHECK(f.add("another", "s", kNoon + seconds(2)));
  CHECK(f.add("n1"));
  CHECK_FALSE(f.add("n0"));
  for (EventNote note = f.next();; note = f.next()) {
    if (note.namespace_name == "n1") {
      CHECK(note.count == 2);
      break;
    }
    f.book.written(note);
  }
}

TEST_CASE("an Event is a warning on the namespace, and its sentence is bounded") {
  Book f;
  f.policy.message = std::string(2'000, 'x');
  f.add("team", "a\n\"b");
  const EventNote note = f.next();
  CHECK(note.message.size() <= 1024);
  const auto object = test::parse_dom(runtime::event_object(note, "pod-1"));
  CHECK(object["kind"].GetString() == std::string("Event"));
  CHECK(object["metadata"]["namespace"].GetString() == std::string("team"));
  CHECK(object["metadata"]["name"].GetString() == std::string("e1"));
  CHECK(object["involvedObject"]["kind"].GetString() == std::string("Namespace"));
  CHECK(object["involvedObject"]["name"].GetString() == std::string("team"));
  CHECK(object["type"].GetString() == std::string("Warning"));
  CHECK(object["reason"].GetString() == std::string("SecretRejected"));
  CHECK(object["count"].GetUint64() == 1);
  CHECK(object["firstTimestamp"].GetString() == std::string("2026-01-02T12:00:00.000Z"));
  CHECK(object["source"]["host"].GetString() == std::string("pod-1"));
  CHECK(object["message"].GetString() == note.message);
  const auto change = test::parse_dom(runtime::event_change(note));
  CHECK(change.MemberCount() == 3);
  CHECK(change["count"].GetUint64() == 1);
}

TEST_CASE("each kind of limit has its sentence, with what to do") {
  Book f;
  const auto message = [&f] {
    f.add("team", "s");
    return f.next().message;
  };
  CHECK(message() ==
        "policy \"p\" denied Secret s: 2Ki of data exceeds bytesPerSecret 1Ki. Keep less in one Secret.");
  f.last.limit = policy::LimitKind::secrets_per_release;
  f.last.measured = 21;
  f.last.allowed = 20;
  CHECK(message() ==
        "policy \"p\" denied Secret s: 21 revisions of the release exceed secretsPerRelease 20. Delete "
        "some first.");
  f.last.counted = false;
  CHECK(message() ==
        "policy \"p\" denied Secret s: secretsPerRelease cannot be counted now. Delete some first.");
}
