// What an audit finds, from Secrets made by hand.
#include "housekeeping/survey/survey_builder.hpp"

#include <catch2/catch.hpp>

#include "policy/support.hpp"

using namespace hygiene;
using namespace hygiene::housekeeping;
using policy::LimitKind;

namespace {

constexpr std::uint64_t kMetadataBytes = 100;

StoredSecret stored(const std::string& namespace_name, const std::string& name, std::uint64_t bytes,
                    const std::string& type = "Opaque") {
  StoredSecret made;
  made.facts = policy::test::secret_of(bytes);
  made.facts.namespace_name = namespace_name;
  made.facts.name = name;
  made.facts.type = type;
  made.facts.object_bytes = bytes + kMetadataBytes;
  made.measured = true;
  return made;
}

StoredSecret revision(const std::string& namespace_name, const std::string& release, int number,
                      std::uint64_t bytes = 1'000) {
  StoredSecret made = stored(namespace_name, "sh.helm.release.v1." + release + ".v" + std::to_string(number),
                             bytes, "helm.sh/release.v1");
  made.facts.labels.add("owner").value = "helm";
  return made;
}

Survey survey_of(const std::vector<StoredSecret>& all, const std::string& policies = "", Survey asked = {}) {
  SurveyBuilder builder(policies.empty() ? std::make_shared<const policy::PolicySet>()
                                         : policy::test::load(policies));
  for (const StoredSecret& each : all) builder.add(each);
  return builder.finish(std::move(asked));
}

const LimitUse& limit_of(const Survey& survey, LimitKind kind, std::size_t policy = 0) {
  const auto& limits = survey.policies.at(policy).limits;
  const auto found = std::ranges::find(limits, kind, &LimitUse::limit);
  REQUIRE(found != limits.end());
  return *found;
}

// "shop 2x30/230; others 1: 1x5/105", of what is kept.
std::string text_of(const Groups& groups) {
  const auto tally = [](const Tally& t) {
    return std::to_string(t.secrets) + 'x' + std::to_string(t.bytes) + '/' + std::to_string(t.object_bytes);
  };
  std::string text;
  for (const Group& group : groups.largest) text += group.name + ' ' + tally(group.tally) + "; ";
  return text + "others " + std::to_string(groups.others) + ": " + tally(groups.others_tally);
}

std::string text_of(const std::vector<Use>& uses) {
  std::string text;
  for (const Use& use : uses)
    text += use.namespace_name + '/' + use.name + ' ' + std::to_string(use.measured) + ';';
  return text;
}

const std::string kSizes =
    policy::test::document("sizes", "  mode: Enforce\n  limits: {bytesPerSecret: 100}");
const std::string kSums =
    policy::test::document("sums",
                           "  mode: Warn\n  limits: {secretsPerNamespace: 2, bytesPerNamespace: 50, "
                           "secretsPerRelease: 2, secretsPerCluster: 3}");

}  // namespace

TEST_CASE("sums are by namespace and by type, the largest first") {
  const Survey survey = survey_of({stored("shop", "a", 10), stored("shop", "b", 20), stored("bank", "c", 500),
                                   stored("bank", "d", 1, "kubernetes.io/tls")});
  CHECK(survey.total == Tally{4, 531, 931});
  CHECK(text_of(survey.namespaces) == "bank 2x501/701; shop 2x30/230; others 0: 0x0/0");
  CHECK(text_of(survey.types) == "Opaque 3x530/830; kubernetes.io/tls 1x1/101; others 0: 0x0/0");
  CHECK(survey.policies.empty());
  CHECK(survey.violations() == 0);
}

TEST_CASE("the largest Secrets are kept, the first ones by name of those alike") {
  std::vector<StoredSecret> all;
  for (std::size_t i = 0; i < LargeSecret::kKept + 5; ++i)
    all.push_back(stored("n", "s" + std::to_string(100 + i), 7));
  all.push_back(stored("n", "large", 900));
  const Survey survey = survey_of(all);
  REQUIRE(survey.largest.size() == LargeSecret::kKept);
  CHECK(survey.largest[0].name == "large");
  CHECK(survey.largest[0].object_bytes == 1000);
  CHECK(survey.largest[1].name == "s100");
  CHECK(survey.largest.back().name == "s148");
}

TEST_CASE("revisions belong to releases, also of names with dots; what only looks like Helm's does not") {
  StoredSecret unlabelled = revision("a", "web", 9);
  unlabelled.facts.labels.clear();
  const Survey survey =
      survey_of({revision("a", "web", 1), revision("a", "web", 2), revision("a", "web.v2", 1),
                 revision("b", "web", 1, 5'000), unlabelled, stored("a", "config", 5, "helm.sh/release.v1")});
  REQUIRE(survey.releases.most.size() == 3);
  CHECK(survey.releases.count == 3);
  CHECK(survey.releases.tally.secrets == 4);
  CHECK(survey.releases.foreign.secrets == 2);
  CHECK(survey.releases.most[0].name == "web");
  CHECK(survey.releases.most[0].namespace_name == "a");
  CHECK(survey.releases.most[0].tally == Tally{2, 2'000, 2'200});
  CHECK(survey.releases.most[1].namespace_name == "b");
  CHECK(survey.releases.most[2].name == "web.v2");
}

TEST_CASE("a limit of one Secret is broken beyond it, not at it") {
  const Survey survey =
      survey_of({stored("a", "at", 100), stored("a", "over", 101), stored("b", "far", 300)}, kSizes);
  const LimitUse& limit = limit_of(survey, LimitKind::bytes_per_secret);
  CHECK_FALSE(limit.across);
  CHECK_FALSE(limit.partial);
  CHECK(limit.judged == 3);
  CHECK(limit.broken == 2);
  CHECK(text_of(limit.highest) == "b/far 300;a/over 101;");
  CHECK(survey.policies[0].matched.secrets == 3);
  CHECK(survey.policies[0].breaking == Tally{2, 401, 601});
  CHECK(survey.violations() == 2);
  REQUIRE(survey.findings.size() == 2);
  CHECK(survey.findings[0].namespace_name == "a");
  CHECK(survey.findings[0].passed == 1);
  CHECK(survey.findings[0].broken == std::array<std::uint64_t, 3>{1, 0, 0});
  REQUIRE(survey.findings[0].findings.size() == 1);
  CHECK(survey.findings[0].findings[0].name == "over");
  CHECK(describe(survey, survey.findings[0].findings[0]) ==
        "101 bytes of data exceeds bytesPerSecret 100 bytes");
}

TEST_CASE("a policy selects by the labels of users, not by those that policies put on") {
  const std::string marked = policy::test::document(
      "limit",
      "  mode: Enforce\n  match: {labelSelector: {matchLabels: {team/mark: \"yes\"}}}\n"
      "  limits: {bytesPerSecret: 100}");
  const std::string marks = policy::test::document("marks", "  labels: {team/mark: \"yes\"}");
  StoredSecret by_user = stored("a", "over", 101);
  by_user.facts.labels.add("team/mark").value = "yes";
  const Survey survey =
      survey_of({by_user, stored("a", "labelled", 101), stored("a", "at", 100)}, marked + marks);
  CHECK(text_of(limit_of(survey, LimitKind::bytes_per_secret).highest) == "a/over 101;");
  CHECK(survey.violations() == 1);
}

TEST_CASE("what a policy no longer gives is no part of what is judged") {
  const std::string small =
      policy::test::document("limit", "  mode: Enforce\n  limits: {annotationBytes: 10}");
  StoredSecret labelled = stored("shop", "ca", 5);
  labelled.facts.labels.add("team/mark").value = "yes";
  policy::test::annotate(labelled.facts, secret::kOwnedLabelsAnnotation, "team/mark=yes");
  policy::test::annotate(labelled.facts, secret::kBytesAnnotation, "307200");
  labelled.facts.annotation_bytes += 10;
  labelled.facts.object_bytes += 10 + 12;
  CHECK(survey_of({labelled}, small).violations() == 0);
  ++labelled.facts.annotation_bytes;
  const Survey survey = survey_of({labelled}, small);
  REQUIRE(survey.violations() == 1);
  CHECK(limit_of(survey, LimitKind::annotation_bytes).highest[0].measured == 11);
}

TEST_CASE("a Secret that is being deleted breaks no limit of one Secret, and counts in sums") {
  StoredSecret going = stored("a", "going", 500);
  going.facts.deleting = true;
  const Survey survey = survey_of({going}, kSizes + kSums);
  CHECK(survey.deleting == 1);
  CHECK(limit_of(survey, LimitKind::bytes_per_secret).broken == 0);
  CHECK(limit_of(survey, LimitKind::bytes_per_namespace, 1).broken == 1);
  CHECK(survey.findings.at(0).passed == 0);
}

TEST_CASE("a Secret that a policy excludes is not judged by it") {
  const std::string policies = policy::test::document(
      "sizes", "  mode: Warn\n  exclude: {namespaces: [b]}\n  limits: {bytesPerSecret: 100}");
  const Survey survey = survey_of({stored("a", "x", 50), stored("b", "y", 500)}, policies);
  CHECK(survey.policies[0].matched.secrets == 1);
  CHECK(survey.violations() == 0);
  REQUIRE(survey.findings.size() == 1);
  CHECK(survey.findings[0].passed == 1);
}

TEST_CASE("limits across Secrets are held against each scope, and show those within them") {
  const Survey survey =
      survey_of({stored("a", "x", 10), stored("a", "y", 20), stored("a", "z", 30), stored("b", "x", 50),
                 revision("c", "web", 1, 1), revision("c", "web", 2, 1), revision("c", "web", 3, 1),
                 revision("c", "other", 1, 1)},
                kSums);
  CHECK(text_of(limit_of(survey, LimitKind::secrets_per_namespace).highest) == "c/ 4;a/ 3;b/ 1;");
  CHECK(limit_of(survey, LimitKind::secrets_per_namespace).judged == 3);
  CHECK(limit_of(survey, LimitKind::secrets_per_namespace).broken == 2);
  CHECK(text_of(limit_of(survey, LimitKind::bytes_per_namespace).highest) == "a/ 60;b/ 50;c/ 4;");
  CHECK(limit_of(survey, LimitKind::bytes_per_namespace).broken == 1);
  CHECK(text_of(limit_of(survey, LimitKind::secrets_per_release).highest) == "c/web 3;c/other 1;");
  CHECK(limit_of(survey, LimitKind::secrets_per_release).broken == 1);
  CHECK(text_of(limit_of(survey, LimitKind::secrets_per_cluster).highest) == "/ 8;");
  CHECK(survey.violations() == 5);
  REQUIRE(survey.findings.size() == 3);
  CHECK(survey.findings[0].namespace_name.empty());
  CHECK(survey.findings[0].broken == std::array<std::uint64_t, 3>{0, 1, 0});
  CHECK(survey.findings[1].namespace_name == "a");
  CHECK(survey.findings[1].findings.size() == 2);
  CHECK(survey.findings[1].passed == 0);
  CHECK(survey.findings[2].findings.at(1).name == "web");
}

TEST_CASE("what was not read whole says so where it matters") {
  const std::string policies =
      kSums +
      policy::test::document(
          "each", "  mode: Warn\n  limits: {bytesPerSecret: 1, annotationBytes: 1, keysPerSecret: 1}");
  const auto partial = [&](const Survey& asked, bool sized) {
    StoredSecret metadata = stored("a", "x", 0);
    metadata.measured = false;
    if (sized) policy::test::annotate(metadata.facts, secret::kBytesAnnotation, "0");
    std::string text;
    for (const PolicyUse& policy : survey_of({metadata}, policies, asked).policies) {
      for (const LimitUse& limit : policy.limits) text += limit.partial ? '-' : '+';
      text += ' ';
    }
    return text;
  };
  // By name: bytesPerSecret annotationBytes keysPerSecret; then secretsPerNamespace secretsPerRelease
  // bytesPerNamespace secretsPerCluster.
  Survey asked;
  CHECK(partial(asked, true) == "+++ ++++ ");
  asked.reading = Reading::metadata;
  CHECK(partial(asked, true) == "++- ++++ ");
  CHECK(partial(asked, false) == "-+- ++-+ ");
  asked.reading = Reading::whole;
  asked.namespace_name = "a";
  CHECK(partial(asked, true) == "+++ +++- ");
  asked.label_selector = "a=b";
  CHECK(partial(asked, true) == "+++ ---- ");
  asked = {};
  asked.interrupted = true;
  CHECK(partial(asked, true) == "+++ ---- ");
}

TEST_CASE("sizes from annotations, and sizes that nobody knows, are counted") {
  StoredSecret annotated = stored("a", "x", 10);
  annotated.measured = false;
  policy::test::annotate(annotated.facts, secret::kBytesAnnotation, "10");
  StoredSecret unknown = annotated;
  policy::test::annotate(unknown.facts, secret::kBytesAnnotation, "10 bytes");
  const Survey survey = survey_of({annotated, unknown, stored("a", "y", 1)});
  CHECK(survey.annotated == 1);
  CHECK(survey.unsized == 1);
}

TEST_CASE("labels that serve would put on are counted by policy, and so are those that no policy gives") {
  const std::string policies =
      policy::test::document("audited",
                             "  mode: Audit\n  labels: {x.io/large: \"true\"}\n  match: {sizeOver: 100}") +
      policy::test::document("helm",
                             "  match: {types: [helm.sh/release.v1]}\n  labels: {x.io/skip: \"true\"}");
  StoredSecret right = revision("a", "web", 2);
  right.facts.labels.add("x.io/skip").value = "true";
  policy::test::annotate(right.facts, secret::kOwnedLabelsAnnotation, "x.io/skip=true");
  StoredSecret stale = stored("a", "stale", 1);
  stale.facts.labels.add("x.io/skip").value = "true";
  policy::test::annotate(stale.facts, secret::kOwnedLabelsAnnotation, "x.io/skip=true");
  const Survey survey = survey_of({revision("a", "web", 1), right, stale, stored("a", "plain", 1)}, policies);
  REQUIRE(survey.labels.missing.size() == 2);
  CHECK(survey.labels.missing[0].only_reported);
  CHECK(survey.labels.missing[0].secrets == 2);
  CHECK_FALSE(survey.labels.missing[1].only_reported);
  CHECK(survey.labels.missing[1].key == "x.io/skip");
  CHECK(survey.labels.missing[1].secrets == 1);
  CHECK(survey.labels.to_change == 2);
  CHECK(survey.labels.stale == 1);
}

TEST_CASE("a selector keeps what it takes, today and once all is labelled") {
  const std::string policies = policy::test::document(
      "helm", "  match: {types: [helm.sh/release.v1]}\n  labels: {secret-hygiene.io/ignore: \"true\"}");
  StoredSecret marked = revision("a", "web", 1);
  marked.facts.labels.add("secret-hygiene.io/ignore").value = "true";
  policy::test::annotate(marked.facts, secret::kOwnedLabelsAnnotation, "secret-hygiene.io/ignore=true");
  StoredSecret own = stored("a", "issuer", 30);
  own.facts.labels.add("controller.cert-manager.io/fao").value = "true";
  const Survey survey = survey_of({marked, revision("a", "web", 2), own, stored("a", "plain", 5)}, policies);
  REQUIRE(survey.selectors.size() == controller_selectors().size());
  const auto gain = [&survey](std::string_view labels, std::string_view fields) {
    const auto found = std::ranges::find_if(survey.selectors, [&](const SelectorGain& each) {
      return each.selector.label_selector == labels && each.selector.field_selector == fields;
    });
    REQUIRE(found != survey.selectors.end());
    return *found;
  };
  const auto ignore = gain("!secret-hygiene.io/ignore", "");
  CHECK(ignore.kept == Tally{3, 1'035, 1'335});
  CHECK(ignore.kept_labelled == Tally{2, 35, 235});
  const auto types = gain("", "type!=helm.sh/release.v1");
  CHECK(types.kept == Tally{2, 35, 235});
  CHECK(types.kept_labelled == types.kept);
  // cert-manager caches the metadata of what it does not select.
  CHECK(gain("controller.cert-manager.io/fao=true", "").kept ==
        Tally{1, 30, 130 + 3 * kMetadataBytes + marked.facts.annotation_bytes});
  CHECK(gain("konghq.com/secret=true", "").kept == Tally{0, 0, 0});
}

TEST_CASE("names beyond the bound are summed as one, and nothing is lost") {
  GroupTallies tallies(2);
  CHECK(tallies.add("a", {1, 10, 20}));
  CHECK(tallies.add("b", {1, 20, 30}));
  CHECK_FALSE(tallies.add("c", {1, 5, 6}));
  CHECK_FALSE(tallies.add("d", {2, 1, 1}));
  CHECK(tallies.add("a", {1, 10, 20}));
  CHECK(text_of(tallies.groups()) == "a 2x20/40; b 1x20/30; others 1: 3x6/7");
}

TEST_CASE("findings of a namespace are bounded: those about many Secrets stay, and the counts are true") {
  std::vector<StoredSecret> all;
  for (std::size_t i = 0; i < NamespaceFindings::kKept + 20; ++i)
    all.push_back(stored("a", "s" + std::to_string(10'000 + i), 101));
  const Survey survey = survey_of(all, kSizes + kSums);
  const auto in_a = std::ranges::find(survey.findings, "a", &NamespaceFindings::namespace_name);
  REQUIRE(in_a != survey.findings.end());
  CHECK(in_a->findings.size() == NamespaceFindings::kKept);
  CHECK(in_a->left_out == 22);
  CHECK(in_a->broken == std::array<std::uint64_t, 3>{NamespaceFindings::kKept + 20, 2, 0});
  CHECK(in_a->findings[0].limit == LimitKind::secrets_per_namespace);
  CHECK(in_a->findings[1].limit == LimitKind::bytes_per_namespace);
  CHECK(in_a->findings[2].name == "s10000");
}

TEST_CASE("a type of any length is kept cut") {
  const Survey survey = survey_of({stored("a", "x", 1, std::string(100'000, 't'))});
  CHECK(survey.types.largest.at(0).name.size() <= kNameBytesMax);
  CHECK(survey.largest.at(0).type.size() <= kNameBytesMax);
}
