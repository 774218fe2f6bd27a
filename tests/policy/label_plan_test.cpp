#include "policy/label_plan.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "policy/evaluator.hpp"
#include "policy/facts_after.hpp"
#include "policy/owned_labels_record.hpp"
#include "support.hpp"

using namespace hygiene;
using namespace hygiene::policy;

namespace {

using LabelList = std::vector<secret::Label>;

secret::Facts with_labels(secret::Facts facts, const LabelList& labels,
                          std::optional<std::string> owned = {}) {
  for (const auto& [key, value] : labels) test::label(facts, key, value);
  if (owned) test::annotate(facts, secret::kOwnedLabelsAnnotation, *owned);
  return facts;
}

std::string render(const AnnotationChange& change) {
  switch (change.kind) {
    case AnnotationChange::Kind::none:
      return "";
    case AnnotationChange::Kind::set:
      return "=" + change.value;
    case AnnotationChange::Kind::remove:
      return "removed";
  }
  return "?";
}

// "+k=v ~k=v -k ?k=v | owned … | bytes …".
std::string render(const LabelPlan& plan) {
  std::string text;
  for (const auto& change : plan.changes) {
    CHECK((change.policy == nullptr) == (change.action == LabelAction::remove));
    if (change.action == LabelAction::add) text += "+" + change.key + "=" + change.value + " ";
    if (change.action == LabelAction::replace) text += "~" + change.key + "=" + change.value + " ";
    if (change.action == LabelAction::remove) text += "-" + change.key + " ";
    if (change.action == LabelAction::report) text += "?" + change.key + "=" + change.value + " ";
  }
  if (plan.owned_labels.kind != AnnotationChange::Kind::none)
    text += "owned" + render(plan.owned_labels) + " ";
  if (plan.bytes.kind != AnnotationChange::Kind::none) text += "bytes" + render(plan.bytes) + " ";
  if (plan.no_room) text += "no room ";
  if (!text.empty()) text.pop_back();
  return text;
}

std::string plan_of(const std::string& policies, const secret::Facts& facts) {
  const auto set = test::load(policies);
  return render(plan_labels(*set, facts));
}

const std::string kIgnoreBig = test::document("big", "  match: {names: [big]}\n  labels: {ignore: \"yes\"}");
const std::string kIgnoreOther =
    test::document("other", "  match: {names: [other]}\n  labels: {ignore: \"yes\"}");

}  // namespace

TEST_CASE("A label belongs to whoever set it, and only ours change") {
  struct Case {
    std::string name;
    LabelList labels;
    std::optional<std::string> owned;
    std::string where_it_matches;
    std::string where_it_does_not;
  };
  const std::vector<Case> cases{
      {"absent", {}, {}, "+ignore=yes owned=ignore=yes", ""},
      {"the user's, with our value", {{"ignore", "yes"}}, {}, "", ""},
      {"the user's, with another value", {{"ignore", "no"}}, {}, "", ""},
      {"ours", {{"ignore", "yes"}}, "ignore=yes", "", "-ignore ownedremoved"},
      {"ours, of an earlier policy",
       {{"ignore", "old"}},
       "ignore=old",
       "~ignore=yes owned=ignore=yes",
       "-ignore ownedremoved"},
      {"ours once, then the user's", {{"ignore", "mine"}}, "ignore=yes", "ownedremoved", "ownedremoved"},
      {"ours once, then deleted", {}, "ignore=yes", "+ignore=yes", "ownedremoved"},
      {"ours beside a stale entry",
       {{"ignore", "yes"}},
       "gone=1,ignore=yes",
       "owned=ignore=yes",
       "-ignore ownedremoved"},
      {"beside another of ours", {{"z", "1"}}, "z=1", "+ignore=yes -z owned=ignore=yes", "-z ownedremoved"},
      {"an unreadable record", {{"ignore", "yes"}}, "ignore", "ownedremoved", "ownedremoved"},
      {"an unreadable record and no label", {}, "?,", "+ignore=yes owned=ignore=yes", "ownedremoved"},
      {"an empty record", {}, "", "+ignore=yes owned=ignore=yes", "ownedremoved"},
      {"a record out of order",
       {{"a", "1"}, {"ignore", "yes"}},
       "ignore=yes,a=1",
       "ownedremoved",
       "ownedremoved"},
  };
  for (const auto& [name, labels, owned, where_it_matches, where_it_does_not] : cases) {
    INFO(name);
    const auto facts = with_labels(test::secret_of(1), labels, owned);
    CHECK(plan_of(kIgnoreBig, facts) == where_it_matches);
    CHECK(plan_of(kIgnoreOther, facts) == where_it_does_not);
  }
}

TEST_CASE(
    "On a Helm release the labels that a policy names, and those under our prefix, are ours whatever the "
    "record says") {
  const std::string policy =
      test::document("h",
                     "  match: {types: [helm.sh/release.v1]}\n  labels: {secret-hygiene.io/ignore: \"true\", "
                     "konghq.com/secret: \"no\"}");
  const std::string not_matching = test::document(
      "h",
      "  match: {types: [other]}\n  labels: {secret-hygiene.io/ignore: \"true\", konghq.com/secret: \"no\"}");
  const LabelList copied{
      {"konghq.com/secret", "true"}, {"secret-hygiene.io/ignore", "true"}, {"team", "blue"}};
  const auto release = with_labels(test::helm_secret(1), copied);
  CHECK(plan_of(policy, release) ==
        "~konghq.com/secret=no owned=konghq.com/secret=no,secret-hygiene.io/ignore=true");
  CHECK(plan_of(not_matching, release) == "-konghq.com/secret -secret-hygiene.io/ignore");
  CHECK(plan_of(kIgnoreOther, release) == "-secret-hygiene.io/ignore");
  // On any other Secret the keys under our prefix are.
  CHECK(plan_of(not_matching, with_labels(test::secret_of(1), copied)) == "-secret-hygiene.io/ignore");
  // A policy that only audits must not take a user's label away.
  CHECK(plan_of(test::document("h", "  mode: Audit\n  labels: {team: red}\n  match: {types: [other]}"),
                with_labels(test::helm_secret(1), {{"team", "blue"}}))
            .empty());
}

TEST_CASE("The first policy by name to set a key wins") {
  const auto set =
      test::document("b", "  labels: {k: two, only-b: x}") + test::document("a", "  labels: {k: one}");
  CHECK(plan_of(set, test::secret_of(1)) == "+k=one +only-b=x owned=k=one,only-b=x");
}

TEST_CASE(
    "Labels of a policy in mode Audit are reported where they would change something, and never applied") {
  const auto audit = test::document("m", "  mode: Audit\n  labels: {k: v}");
  const auto plan = [&](const secret::Facts& facts) { return plan_of(audit, facts); };
  CHECK(plan(test::secret_of(1)) == "?k=v");
  CHECK(plan(with_labels(test::secret_of(1), {{"k", "v"}})).empty());
  CHECK(plan(with_labels(test::secret_of(1), {{"k", "user"}})).empty());
  CHECK(plan(with_labels(test::secret_of(1), {{"k", "old"}}, "k=old")) == "-k ?k=v ownedremoved");
  const auto set = test::load(audit);
  CHECK(plan_labels(*set, test::secret_of(1)).empty());
  // Behind a policy in force that sets the same key it would change nothing; before it, it would.
  CHECK(plan_of(audit + test::document("a", "  labels: {k: w}"), test::secret_of(1)) == "+k=w owned=k=w");
  CHECK(plan_of(audit + test::document("z", "  labels: {k: w}"), test::secret_of(1)) ==
        "+k=w ?k=v owned=k=w");
}

TEST_CASE("Changes come by key, and reports last") {
  const auto set = test::document("a", "  labels: {m: \"1\", c: \"1\"}") +
                   test::document("b", "  mode: Audit\n  labels: {z: \"1\", a: \"1\"}");
  CHECK(plan_of(set, with_labels(test::secret_of(1), {{"d", "1"}}, "d=1")) ==
        "+c=1 -d +m=1 ?a=1 ?z=1 owned=c=1,m=1");
}

TEST_CASE("The size is recorded where it is summed or decides a label, and nowhere else") {
  const auto facts = test::secret_of(321);
  auto with_bytes = [&](const std::string& value) {
    auto copy = facts;
    test::annotate(copy, secret::kBytesAnnotation, value);
    return copy;
  };
  const auto summed = test::document("p", "  mode: Warn\n  limits: {bytesPerNamespace: 1Mi}");
  CHECK(plan_of(summed, facts) == "bytes=321");
  // Mode Audit changes no Secret.
  const auto audited = test::document("p", "  mode: Audit\n  limits: {bytesPerNamespace: 1Mi}");
  CHECK(plan_of(audited, facts).empty());
  CHECK(plan_of(audited, with_bytes("321")) == "bytesremoved");
  CHECK(plan_of(summed, with_bytes("321")).empty());
  CHECK(plan_of(summed, with_bytes("320")) == "bytes=321");
  CHECK(plan_of(test::document("p", "  mode: Warn\n  limits: {bytesPerCluster: 1Mi}"), facts) == "bytes=321");
  CHECK(
      plan_of(test::document("p", "  mode: Warn\n  match: {names: [x]}\n  limits: {bytesPerNamespace: 1Mi}"),
              with_bytes("321")) == "bytesremoved");
  CHECK(plan_of(test::document("p", "  mode: Warn\n  limits: {secretsPerNamespace: 5}"), with_bytes("321")) ==
        "bytesremoved");
  CHECK(plan_of(test::document("p", "  match: {sizeOver: 1}\n  labels: {k: v}"), facts) ==
        "+k=v owned=k=v bytes=321");
  CHECK(plan_of(test::document("p", "  exclude: {sizeOver: 1Ki}\n  labels: {k: v}"), facts) ==
        "+k=v owned=k=v bytes=321");
  CHECK(plan_of(test::document("p", "  match: {sizeOver: 1Ki}\n  labels: {k: v}"), with_bytes("321")) ==
        "bytesremoved");
  CHECK(plan_of(test::document("p", "  mode: Audit\n  match: {sizeOver: 1}\n  labels: {k: v}"), facts) ==
        "?k=v");
  CHECK(plan_of(test::document("p", "  mode: Warn\n  match: {sizeOver: 1}\n  limits: {bytesPerSecret: 1Mi}"),
                facts)
            .empty());
}

TEST_CASE("Annotations that would pass the API server's 256 KiB are not begun") {
  auto facts = test::secret_of(1);
  const std::string record = "ignore=yes";
  const auto ours = secret::kOwnedLabelsAnnotation.size() + record.size();
  facts.annotation_bytes = 262'144 - ours;
  facts.object_bytes = 4'000'000;
  CHECK(plan_of(kIgnoreBig, facts) == "+ignore=yes owned=ignore=yes");
  ++facts.annotation_bytes;
  CHECK(plan_of(kIgnoreBig, facts) == "no room");
  // What is replaced makes room for what comes.
  facts.annotation_bytes = 262'144;
  facts.owned_labels_annotation = "unreadable";
  CHECK(plan_of(kIgnoreBig, facts) == "+ignore=yes owned=ignore=yes");
  // Taking away needs no room.
  facts.annotation_bytes = 3'000'000;
  CHECK(plan_of(kIgnoreOther, facts) == "ownedremoved");
  const auto set = test::load(kIgnoreBig);
  CHECK(plan_labels(*set, facts).empty());
}

TEST_CASE("Annotations that are full save no size that is not the true one") {
  const auto sums = test::document("p", "  mode: Enforce\n  limits: {bytesPerNamespace: 1Mi}");
  auto facts = test::secret_of(321);
  test::annotate(facts, secret::kBytesAnnotation, "1");
  const auto others = 262'144 - 2 - facts.annotation_bytes;
  facts.annotation_bytes += others;
  facts.object_bytes += others;
  CHECK(plan_of(sums, facts) == "bytes=321");
  ++facts.annotation_bytes;
  ++facts.object_bytes;
  CHECK(plan_of(sums, facts) == "bytesremoved no room");
  const auto after = facts_after(plan_labels(*test::load(sums), facts), facts);
  CHECK(plan_of(sums, after) == "no room");
  facts.bytes_annotation = "321";
  CHECK(plan_of(sums, facts).empty());
}

TEST_CASE("A record is read back as it was written, and everything else owns nothing") {
  const LabelList labels{{"a", ""}, {"b.c/d", "e_f.g-H"}, {"z", "1"}};
  CHECK(render_owned_labels(labels) == "a=,b.c/d=e_f.g-H,z=1");
  CHECK(parse_owned_labels("a=,b.c/d=e_f.g-H,z=1") == labels);
  CHECK(parse_owned_labels("").empty());
  for (const auto* text :
       {"a", "a=1,b", "=1", "a=1,=2", "b=1,a=1", "a=1,a=2", "a=1=2", "a=b c", "a b=1", ",a=1", "a=1,,b=2"}) {
    INFO(text);
    CHECK(parse_owned_labels(text).empty());
  }
}

TEST_CASE("A record of more labels than policies can give is not ours") {
  const auto record_of = [](std::size_t count) {
    LabelList labels;
    for (std::size_t number = 0; number < count; ++number)
      labels.push_back({"k" + std::to_string(1000 + number), ""});
    return render_owned_labels(labels);
  };
  CHECK(parse_owned_labels(record_of(kOwnedLabelsMax)).size() == kOwnedLabelsMax);
  CHECK(parse_owned_labels(record_of(kOwnedLabelsMax + 1)).empty());
  // Its labels stay, and it goes.
  const auto facts = [&](std::size_t count) {
    return with_labels(test::secret_of(1), {{"k1000", ""}}, record_of(count));
  };
  CHECK(plan_of(kIgnoreOther, facts(kOwnedLabelsMax)) == "-k1000 ownedremoved");
  CHECK(plan_of(kIgnoreOther, facts(kOwnedLabelsMax + 1)) == "ownedremoved");
  CHECK(plan_of(kIgnoreBig, facts(kOwnedLabelsMax + 1)) == "+ignore=yes owned=ignore=yes");
}

TEST_CASE("A plan that was applied leaves nothing to do") {
  std::mt19937 random(20260101);
  const auto pick = [&random](std::size_t count) { return static_cast<std::size_t>(random() % count); };
  const std::vector<std::string> keys{"a", "k", "secret-hygiene.io/ignore", "konghq.com/secret"};
  const std::vector<std::string> values{"true", "x", "y"};
  const std::vector<std::string> selectors{
      "",
      "\n  match: {sizeOver: 50}",
      "\n  exclude: {sizeUpTo: 50}",
      "\n  match: {types: [\"helm*\"]}",
      "\n  match: {names: [none]}",
      "\n  match: {labelSelector: {matchExpressions: [{key: k, operator: DoesNotExist}]}}",
      "\n  match: {labelSelector: {matchLabels: {a: x}}}",
      "\n  exclude: {labelSelector: {matchExpressions: [{key: secret-hygiene.io/ignore, operator: "
      "Exists}]}}"};
  const std::vector<std::string> modes{"Enforce", "Warn", "Audit"};
  std::size_t changed = 0;
  for (int round = 0; round < 400; ++round) {
    std::string policies;
    for (const auto* name : {"a", "b", "c"}) {
      policies +=
          test::document(name, "  mode: " + modes[pick(3)] + "\n  labels: {" + keys[pick(4)] + ": \"" +
                                   values[pick(3)] + "\"}" + selectors[pick(selectors.size())]);
    }
    if (pick(3) == 0) policies += test::document("d", "  mode: Warn\n  limits: {bytesPerNamespace: 1Mi}");
    const auto set = test::load(policies);
    for (int secret_number = 0; secret_number < 10; ++secret_number) {
      auto facts = pick(2) == 0 ? test::secret_of(pick(100)) : test::helm_secret(pick(100));
      LabelList recorded;
      for (const auto& key : keys) {
        if (pick(2) == 0) test::label(facts, key, values[pick(3)]);
        if (pick(2) == 0) recorded.push_back({key, values[pick(3)]});
      }
      std::ranges::sort(recorded, {}, &secret::Label::key);
      if (pick(2) == 0)
        test::annotate(facts, secret::kOwnedLabelsAnnotation,
                       pick(5) == 0 ? "broken" : render_owned_labels(recorded));
      if (pick(3) == 0) test::annotate(facts, secret::kBytesAnnotation, "17");
      const auto first = plan_labels(*set, facts);
      changed += first.empty() ? 0U : 1U;
      const auto after = facts_after(first, facts);
      INFO(policies << "first: " << render(first));
      const auto second = plan_labels(*set, after);
      INFO("second: " << render(second));
      CHECK(second.empty());
      // A label that neither its key, nor a record, nor a Helm rule gives to us is never touched.
      if (!facts.owned_labels_annotation && facts.type == "Opaque") {
        for (const auto& label : facts.labels) {
          if (label.key.starts_with(secret::kOwnPrefix)) continue;
          CHECK(*after.labels.find(label.key) == label.value);
        }
      }
    }
  }
  CHECK(changed > 1000);
}
