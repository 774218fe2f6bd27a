// What policies would change against other ones, from Secrets made by hand.
#include "housekeeping/survey/comparison_builder.hpp"

#include <catch2/catch.hpp>

#include "policy/support.hpp"

using namespace hygiene;
using namespace hygiene::housekeeping;
using policy::test::document;

namespace {

StoredSecret stored(const std::string& namespace_name, const std::string& name, std::uint64_t bytes) {
  StoredSecret made;
  made.facts = policy::test::secret_of(bytes);
  made.facts.namespace_name = namespace_name;
  made.facts.name = name;
  made.measured = true;
  return made;
}

Comparison compare(const std::string& before, const std::string& after,
                   const std::vector<StoredSecret>& all) {
  const auto old_policies = policy::test::load(before), new_policies = policy::test::load(after);
  ComparisonBuilder comparison(old_policies, new_policies, {});
  SurveyBuilder survey(new_policies);
  for (const StoredSecret& each : all) {
    survey.add(each);
    comparison.add(each);
  }
  return comparison.finish(survey.finish({}));
}

// "a/one: why; ", and the count where it is another.
std::string text_of(const Changes& changes) {
  std::string text;
  for (const Change& each : changes.first)
    text += each.namespace_name + '/' + each.name + ": " + each.why + "; ";
  return text + (changes.count == changes.first.size() ? "" : std::to_string(changes.count));
}

std::string sizes(const std::string& mode, int bytes) {
  return document("sizes", "  mode: " + mode + "\n  limits: {bytesPerSecret: " + std::to_string(bytes) + "}");
}

std::string label(const std::string& value) {
  return document("labels", "  labels: {secret-hygiene.io/kept: \"" + value + "\"}");
}

}  // namespace

TEST_CASE("what a lower limit denies is new, and what a higher one spares is no longer denied") {
  const std::vector<StoredSecret> all{stored("a", "small", 10), stored("a", "middle", 20),
                                      stored("b", "large", 30)};
  Comparison lower = compare(sizes("Enforce", 25), sizes("Enforce", 15), all);
  CHECK(text_of(lower.newly_denied) == "a/middle: sizes: 20 bytes of data exceeds bytesPerSecret 15 bytes; ");
  CHECK(text_of(lower.no_longer_denied).empty());
  Comparison higher = compare(sizes("Enforce", 15), sizes("Enforce", 25), all);
  CHECK(text_of(higher.newly_denied).empty());
  CHECK(text_of(higher.no_longer_denied) ==
        "a/middle: sizes: 20 bytes of data exceeds bytesPerSecret 15 bytes; ");
  CHECK(text_of(compare(sizes("Enforce", 15), sizes("Enforce", 15), all).newly_denied).empty());
}

TEST_CASE("only mode Enforce denies, and nothing that is being deleted") {
  std::vector<StoredSecret> all{stored("a", "large", 30)};
  CHECK(compare(sizes("Warn", 15), sizes("Enforce", 15), all).newly_denied.count == 1);
  CHECK(compare(sizes("Enforce", 15), sizes("Audit", 15), all).no_longer_denied.count == 1);
  CHECK(compare(sizes("Enforce", 99), sizes("Warn", 15), all).newly_denied.count == 0);
  all.front().facts.deleting = true;
  CHECK(compare(sizes("Warn", 15), sizes("Enforce", 15), all).newly_denied.count == 0);
}

TEST_CASE("a namespace over a limit across Secrets that denies is named without a Secret") {
  const std::vector<StoredSecret> all{stored("a", "one", 1), stored("a", "two", 1), stored("b", "three", 1)};
  const auto count = [](const std::string& name, const std::string& mode) {
    return document(name, "  mode: " + mode + "\n  limits: {secretsPerNamespace: 1}");
  };
  CHECK(text_of(compare(count("x", "Warn"), count("x", "Enforce"), all).newly_denied) ==
        "a/: x: 2 Secrets in the namespace exceed secretsPerNamespace 1; ");
  CHECK(text_of(compare(count("x", "Enforce"), count("x", "Warn"), all).no_longer_denied) ==
        "a/: x: 2 Secrets in the namespace exceed secretsPerNamespace 1; ");
  // Another policy, the same answer.
  CHECK(compare(count("x", "Enforce"), count("other", "Enforce"), all).newly_denied.count == 0);
}

TEST_CASE("labels that come, go and change, whatever is stored now") {
  StoredSecret has = stored("a", "has", 1);
  has.facts.labels.add("secret-hygiene.io/kept").value = "yes";
  has.facts.has_labels = true;
  has.facts.object_bytes += 100;
  const std::vector<StoredSecret> all{has, stored("a", "bare", 1)};
  const std::string yes = "a/has: secret-hygiene.io/kept=yes; a/bare: secret-hygiene.io/kept=yes; ";
  const std::string no = "a/has: secret-hygiene.io/kept=no; a/bare: secret-hygiene.io/kept=no; ";
  Comparison given = compare(sizes("Warn", 9), label("yes"), all);
  CHECK(text_of(given.newly_labelled) == yes);
  CHECK(text_of(given.no_longer_labelled).empty());
  CHECK(text_of(compare(label("yes"), sizes("Warn", 9), all).no_longer_labelled) == yes);
  Comparison changed = compare(label("yes"), label("no"), all);
  CHECK(text_of(changed.newly_labelled) == no);
  CHECK(text_of(changed.no_longer_labelled) == yes);
}

TEST_CASE("all changes are counted, the first thousand are named") {
  std::vector<StoredSecret> all;
  for (std::size_t i = 0; i < Changes::kKept + 5; ++i)
    all.push_back(stored("a", "s" + std::to_string(i), 30));
  const Changes denied = compare(sizes("Warn", 15), sizes("Enforce", 15), all).newly_denied;
  CHECK(denied.count == Changes::kKept + 5);
  CHECK(denied.first.size() == Changes::kKept);
}

TEST_CASE("an exception that is in force spares in a comparison too") {
  const std::vector<StoredSecret> all{stored("a", "large", 30)};
  const auto with = [](const char* until) {
    return document("sizes",
                    std::string("  mode: Enforce\n  limits: {bytesPerSecret: 15}\n  exceptions: [{names: "
                                "[large], namespaces: [a], reason: r, until: ") +
                        until + "}]");
  };
  // The comparison is of 1970.
  CHECK(compare(sizes("Enforce", 15), with("1970-01-01"), all).no_longer_denied.count == 1);
  CHECK(compare(sizes("Enforce", 15), with("1969-12-31"), all).no_longer_denied.count == 0);
  CHECK(compare(with("1970-01-01"), sizes("Enforce", 15), all).newly_denied.count == 1);
}
