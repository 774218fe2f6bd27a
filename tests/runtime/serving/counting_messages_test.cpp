// From what the engine decided to what its user reads.
#include "runtime/serving/counting_messages.hpp"

#include "runtime/counting/shared_engine_fixture.hpp"

using namespace hygiene;
using counting::Answer;
using counting::Unknown;
using policy::Outcome;
using policy::Spared;
using runtime_test::load;
using runtime_test::policy_document;
using runtime_test::SharedEngineFixture;
using Kind = policy::Shortage::Kind;

namespace {

struct Case {
  const char* mode;
  Outcome outcome;  // of the claim
  Spared spared = Spared::no;
  bool within_growth = false;
  Answer answer = Answer::allowed;
  std::uint64_t used = 0;  // of 10, with warnAt 90 %
  bool deny_unknown = false;
};
struct Said {
  Kind kind;
  Outcome outcome;
  Spared spared = Spared::no;
  bool operator==(const Said&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Said& said) {
  return out << static_cast<int>(said.kind) << '/' << static_cast<int>(said.outcome) << '/'
             << static_cast<int>(said.spared);
}

std::vector<Said> say(const Case& c, const char* warn_at = ", warnAt: 90%",
                      Unknown why = Unknown::not_synced) {
  SharedEngineFixture f;
  const auto policies = load(
      policy_document("p", std::string("{mode: ") + c.mode +
                               ", match: {types: [t]}, limits: {secretsPerNamespace: 10}" + warn_at + "}"));
  runtime::CountingAnswer answer;
  answer.selection = std::make_shared<const counting::Selection>(policies, counting::HashKey{});
  answer.decision.answer = c.answer;
  answer.decision.why = c.answer == Answer::unknown ? why : Unknown::no;
  counting::Claim claim;
  claim.limit = policy::LimitKind::secrets_per_namespace;
  claim.allowed = 10;
  claim.outcome = c.outcome;
  claim.spared = c.spared;
  claim.within_growth = c.within_growth;
  answer.decision.usages.push_back({claim, c.used});
  std::vector<Said> all;
  for (const auto& shortage : runtime::shortages_of(answer, f.engine, c.deny_unknown)) {
    CHECK(shortage.violation.policy->name == "p");
    CHECK(shortage.violation.measured == c.used);
    CHECK(shortage.violation.allowed == 10);
    CHECK(shortage.why.empty() == (shortage.kind != Kind::unknown));
    all.push_back({shortage.kind, shortage.violation.outcome, shortage.violation.spared});
  }
  return all;
}

}  // namespace

TEST_CASE("what is said of a limit follows from what was decided, its policy's mode and how full it is") {
  const std::vector<Said> nothing;
  const std::vector<Said> near{{Kind::near, Outcome::warned}};
  const auto full = [](Outcome outcome, Spared spared = Spared::no) {
    return std::vector<Said>{{Kind::full, outcome, spared}};
  };
  const auto denied = Outcome::denied, warned = Outcome::warned, audited = Outcome::audited,
             spared = Outcome::spared;
  struct Row {
    Case c;
    std::vector<Said> said;
  };
  const Row rows[] = {
      // Both sides of warnAt, and of the limit.
      {{"Enforce", denied, Spared::no, false, Answer::allowed, 8}, nothing},
      {{"Enforce", denied, Spared::no, false, Answer::allowed, 9}, near},
      {{"Enforce", denied, Spared::no, false, Answer::allowed, 10}, near},
      {{"Enforce", denied, Spared::no, false, Answer::denied, 11}, full(denied)},
      {{"Warn", warned, Spared::no, false, Answer::allowed, 8}, nothing},
      {{"Warn", warned, Spared::no, false, Answer::allowed, 9}, near},
      {{"Warn", warned, Spared::no, false, Answer::allowed, 11}, full(warned)},
      {{"Audit", audited, Spared::no, false, Answer::allowed, 9}, nothing},
      {{"Audit", audited, Spared::no, false, Answer::allowed, 10}, nothing},
      {{"Audit", audited, Spared::no, false, Answer::allowed, 11}, full(audited)},
      // Beside another limit that denies.
      {{"Warn", warned, Spared::no, false, Answer::denied, 11}, full(warned)},
      {{"Enforce", denied, Spared::no, false, Answer::denied, 9}, near},
      // Broken, and allowed all the same: it takes no more of it, or grows by little.
      {{"Enforce", denied, Spared::no, false, Answer::allowed, 11}, full(warned, Spared::not_worse)},
      {{"Enforce", denied, Spared::no, true, Answer::allowed, 11}, full(warned, Spared::not_worse)},
      {{"Enforce", denied, Spared::no, true, Answer::denied, 11}, full(warned, Spared::not_worse)},
      // Never denied.
      {{"Enforce", spared, Spared::helm_release, false, Answer::allowed, 11},
       full(spared, Spared::helm_release)},
      {{"Enforce", spared, Spared::exempt, false, Answer::denied, 11}, full(spared, Spared::exempt)},
  };
  for (const Row& row : rows) {
    INFO(row.c.mode << ' ' << static_cast<int>(row.c.outcome) << ' ' << row.c.used << ' '
                    << static_cast<int>(row.c.answer) << ' ' << row.c.within_growth);
    CHECK(say(row.c) == row.said);
  }
}

TEST_CASE("what is not known denies only where that is asked for and the limit would deny") {
  struct Row {
    Outcome outcome;
    bool within_growth;
    bool deny_unknown;
    std::vector<Said> said;
  };
  const std::vector<Said> allowed{{Kind::unknown, Outcome::warned}};
  const std::vector<Said> denied{{Kind::unknown, Outcome::denied}};
  const Row rows[] = {
      {Outcome::denied, false, false, allowed}, {Outcome::denied, false, true, denied},
      {Outcome::denied, true, true, allowed},   {Outcome::warned, false, true, allowed},
      {Outcome::spared, false, true, allowed},  {Outcome::audited, false, true, {}},
      {Outcome::audited, false, false, {}},
  };
  for (const Row& row : rows) {
    for (const std::uint64_t used : {0U, 9U, 11U}) {
      INFO(static_cast<int>(row.outcome)
           << ' ' << row.within_growth << ' ' << row.deny_unknown << ' ' << used);
      CHECK(say({"Enforce", row.outcome, Spared::no, row.within_growth, Answer::unknown, used,
                 row.deny_unknown}) == row.said);
    }
  }
}

TEST_CASE("who has used up his share of the ledger is denied, whatever was asked for") {
  for (const bool deny_unknown : {false, true}) {
    const auto said = [&](Outcome outcome, bool within_growth) {
      return say({"Enforce", outcome, Spared::no, within_growth, Answer::unknown, 9, deny_unknown},
                 ", warnAt: 90%", Unknown::no_share);
    };
    CHECK(said(Outcome::denied, false) == std::vector<Said>{{Kind::unknown, Outcome::denied}});
    CHECK(said(Outcome::denied, true) == std::vector<Said>{{Kind::unknown, Outcome::warned}});
    CHECK(said(Outcome::warned, false) == std::vector<Said>{{Kind::unknown, Outcome::warned}});
  }
}

TEST_CASE("without warnAt nothing is near") {
  CHECK(say({"Enforce", Outcome::denied, Spared::no, false, Answer::allowed, 10}, "").empty());
}

TEST_CASE("only a denial names what may go, and says for each reason why nothing is known") {
  SharedEngineFixture f(runtime_test::limit_of(1));
  f.list({"first"});
  const auto ask = f.ask("second");
  f.confirm(f.effects<counting::ListScope>().at(0), {"first"}, 20);
  auto answer = *f.engine.answer(*ask);
  const auto shortages = runtime::shortages_of(answer, f.engine, false);
  REQUIRE(shortages.size() == 1);
  CHECK(shortages[0].examples == std::vector<std::string>{"first"});
  answer.decision.answer = Answer::allowed;
  CHECK(runtime::shortages_of(answer, f.engine, false).at(0).examples.empty());

  answer.decision.answer = Answer::unknown;
  std::vector<std::string> sentences;
  for (const auto why :
       {Unknown::not_synced, Unknown::quarantine, Unknown::unmeasured, Unknown::no_room, Unknown::too_late}) {
    answer.decision.why = why;
    sentences.push_back(runtime::shortages_of(answer, f.engine, false).at(0).why);
  }
  std::ranges::sort(sentences);
  CHECK(std::ranges::adjacent_find(sentences) == sentences.end());
}
