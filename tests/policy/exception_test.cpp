// Exceptions: until when they spare a write, by a clock of the test's own.
#include "policy/exception.hpp"

#include <catch2/catch.hpp>

#include "policy/message.hpp"
#include "support.hpp"

using namespace hygiene;
using namespace hygiene::policy;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;

namespace {

const sys_seconds kEnd = sys_days(year(2027) / 2 / 1);

std::string exception(const std::string& names, const std::string& until, const std::string& reason = "why") {
  return "{names: [" + names + "], namespaces: [\"team-*\"], until: " + until + ", reason: " + reason + "}";
}

std::shared_ptr<const PolicySet> with(const std::string& exceptions, const std::string& mode = "Enforce") {
  return test::load(test::document(
      "p", "  mode: " + mode + "\n  limits: {bytesPerSecret: 100}\n  exceptions: [" + exceptions + "]"));
}

struct Judged {
  Outcome outcome;
  Spared spared;
  bool operator==(const Judged&) const = default;
};
constexpr Judged kDenied{Outcome::denied, Spared::no};
constexpr Judged kSpared{Outcome::spared, Spared::exempt};

// What becomes of a Secret of 101 bytes that is created at `now`.
Judged create(const PolicySet& policies, std::optional<sys_seconds> now, const char* name = "big",
              const char* in = "team-a") {
  auto facts = test::secret_of(101);
  facts.name = name;
  facts.namespace_name = in;
  const auto found = find_violations(policies, {.object = &facts, .now = now});
  REQUIRE(found.size() == 1);
  return {found[0].outcome, found[0].spared};
}

}  // namespace

TEST_CASE("An exception spares what it names until its last second, and nothing after it") {
  const auto set = with(exception("\"b*\"", "2027-01-31"));
  CHECK(create(*set, sys_seconds{}) == kSpared);
  CHECK(create(*set, kEnd - seconds(1)) == kSpared);
  CHECK(create(*set, kEnd) == kDenied);
  CHECK(create(*set, kEnd + seconds(1)) == kDenied);
  CHECK(create(*set, sys_seconds::max()) == kDenied);
  CHECK(create(*set, kEnd - seconds(1), "other") == kDenied);
  CHECK(create(*set, kEnd - seconds(1), "big", "other") == kDenied);
}

TEST_CASE("A request without a time is spared by no exception") {
  CHECK(create(*with(exception("\"*\"", "2027-01-31")), std::nullopt) == kDenied);
}

TEST_CASE("Of several exceptions for a Secret the one that ends last counts, in any order") {
  const std::string early = exception("\"*\"", "2027-01-30"), late = exception("big", "2027-01-31");
  for (const std::string& list : {early + ", " + late, late + ", " + early}) {
    const auto set = with(list);
    CHECK(create(*set, kEnd - seconds(1)) == kSpared);
    CHECK(create(*set, kEnd) == kDenied);
    CHECK(create(*set, kEnd - std::chrono::days(1) - seconds(1), "small") == kSpared);
    CHECK(create(*set, kEnd - std::chrono::days(1), "small") == kDenied);
  }
}

TEST_CASE("An exception is of its policy only, and warnings stay as with exemptRequests") {
  const std::string text = exception("\"*\"", "2027-01-31");
  CHECK(create(*with(text, "Warn"), kEnd - seconds(1)) == Judged{Outcome::warned, Spared::no});
  CHECK(create(*with(text, "Audit"), kEnd - seconds(1)) == Judged{Outcome::audited, Spared::no});
  const auto two = test::load(
      test::document("p", "  mode: Enforce\n  limits: {bytesPerSecret: 100}\n  exceptions: [" + text + "]") +
      test::document("q", "  mode: Enforce\n  limits: {bytesPerSecret: 50}"));
  const auto facts = test::secret_of(101);
  const auto found = find_violations(*two, {.object = &facts, .now = kEnd - seconds(1)});
  REQUIRE(found.size() == 2);
  CHECK(found[0].outcome == Outcome::spared);
  CHECK(found[1].outcome == Outcome::denied);
}

TEST_CASE("A name that is still to be made is spared where a pattern matches it whatever it becomes") {
  const auto set = with(exception("\"big-*\"", "2027-01-31"));
  auto facts = test::secret_of(101);
  facts.name.clear();
  facts.generate_name = "big-";
  CHECK(find_violations(*set, {.object = &facts, .now = kEnd - seconds(1)}).at(0).outcome == Outcome::spared);
  facts.generate_name = "bi";
  CHECK(find_violations(*set, {.object = &facts, .now = kEnd - seconds(1)}).at(0).outcome == Outcome::denied);
}

TEST_CASE("A denial names the exception that ended last, and none that never was about the Secret") {
  const auto set = with(exception("other", "2027-02-28") + ", " + exception("big", "2027-01-30", "first") +
                        ", " + exception("\"b*\"", "2027-01-31", "\"moves\\nto Vault\""));
  const auto facts = test::secret_of(101);
  const auto about = [&](std::optional<sys_seconds> now) {
    return about_ended_exception(set->policies[0], {.object = &facts, .now = now});
  };
  CHECK(about(kEnd) == ". The exception for b* in team-* ended on 2027-01-31: moves to Vault");
  CHECK(about(kEnd - seconds(1)).empty());
  CHECK(about(std::nullopt).empty());
  const auto exact = with(exception("\"*\"", "2027-01-31T12:00:00+01:00"));
  CHECK(about_ended_exception(exact->policies[0], {.object = &facts, .now = kEnd}) ==
        ". The exception for * in team-* ended on 2027-01-31T11:00:00Z: why");
}

TEST_CASE("A day ends with its last second in UTC, and a time names its zone") {
  CHECK(parse_until("2027-01-31").value() == kEnd);
  CHECK(parse_until("2028-02-29").value() == sys_seconds(sys_days(year(2028) / 3 / 1)));
  CHECK(parse_until("2027-01-31T00:00:00Z").value() == kEnd - std::chrono::days(1));
  CHECK(parse_until("2027-02-01T01:00:00+01:00").value() == kEnd);
  CHECK(parse_until("2027-01-31T23:59:59.9Z").value() == kEnd - seconds(1));
  CHECK(parse_until("1999-12-31").has_value());
  CHECK(parse_until("2099-12-30").has_value());
  for (const auto& [text, why] : std::vector<std::pair<const char*, const char*>>{
           {"2027-01-31T18:00:00", "no time zone: end it with Z"},
           {"2027-01-31T18:00:00.5", "no time zone"},
           {"2027-02-29", "must be a day"},
           {"2027-13-01", "must be a day"},
           {"2027-1-31", "must be a day"},
           {"31.1.2027", "must be a day"},
           {"tomorrow", "must be a day"},
           {"", "must be a day"},
           {"2027-01-31 18:00:00Z", "must be a day"},
           {"2027-01-31T18:00Z", "must be a day"},
           {"2099-12-31", "before the year 2100"},
           {"9999-12-31", "before the year 2100"}}) {
    INFO(text);
    const auto until = parse_until(text);
    REQUIRE(until.has_error());
    CHECK_THAT(until.error().message(), Catch::Contains(why));
  }
}

TEST_CASE("The state of an exception changes at its bounds, and its end is shown as it may be written") {
  const auto set = with(exception("a", "2027-01-31"));
  const Exception& each = set->policies[0].exceptions[0];
  CHECK(state_of(each, kEnd - std::chrono::days(14) - seconds(1)) == ExceptionState::in_force);
  CHECK(state_of(each, kEnd - std::chrono::days(14)) == ExceptionState::ends_soon);
  CHECK(state_of(each, kEnd - seconds(1)) == ExceptionState::ends_soon);
  CHECK(state_of(each, kEnd) == ExceptionState::ended);
  CHECK(until_of(each) == "2027-01-31");
  CHECK(parse_until(until_of(each)).value() == each.until);
  CHECK(secrets_of(each) == "a in team-*");
}
