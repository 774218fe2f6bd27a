#include "policy/loader.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "policy/document_checks.hpp"
#include "policy/owned_labels_record.hpp"
#include "support.hpp"

using namespace hygiene;
using namespace hygiene::policy;
using test::document;

namespace {

const std::string kEverything = R"(apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata:
  name: everything
spec:
  description: |
    Two
    lines.
  mode: Enforce
  match:
    types: ["helm.sh/release.v1", "Op?que"]
    names: ["sh.helm.*"]
    namespaces: ["*"]
  exclude:
    namespaces: [kube-system]
  labels:
    secret-hygiene.io/ignore: "true"
    plain: ""
  exemptRequests:
    users: ["system:serviceaccount:flux-system:*"]
    groups: []
  exceptions:
    - {names: ["big-*"], namespaces: [team-a], until: 2027-01-31, reason: It moves to object storage.}
    - {names: ["*"], namespaces: ["lab-?"], until: "2027-01-31T18:00:00+01:00", reason: x}
  limits:
    bytesPerSecret: 768Ki
    bytesPerObject: 1Mi
    annotationBytes: 64Ki
    bytesPerKey: 512Ki
    keysPerSecret: 64
    secretsPerNamespace: 500
    secretsPerRelease: 20
    bytesPerNamespace: 64Mi
    secretsPerCluster: 20000
    bytesPerCluster: 1Gi
  allowGrowth: 64Ki
  warnAt: 90%
  message: Do this.
---
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: a-second}
spec:
  match:
    sizeOver: 100
    sizeUpTo: 1e6
    labelSelector:
      matchLabels: {owner: helm}
      matchExpressions:
        - {key: a, operator: In, values: [x, "1"]}
        - {key: b, operator: NotIn, values: [z]}
        - {key: c, operator: Exists}
        - {key: d/e, operator: DoesNotExist}
  labels: {k: v}
)";

// The only error of one document, "line:column: path: message"; a spec's first line is line 6.
std::string only_error(const std::string& spec) {
  const auto outcome = load_policies({{"f", document("p", spec)}});
  for (const auto& error : outcome.errors) UNSCOPED_INFO(to_string(error));
  REQUIRE(outcome.errors.size() == 1);
  CHECK(outcome.policies == nullptr);
  return to_string(outcome.errors[0]).substr(2);
}

}  // namespace

TEST_CASE("A document with every field is read field by field") {
  const auto set = test::load(kEverything);
  REQUIRE(set->policies.size() == 2);
  CHECK(set->counts());
  CHECK(set->hash.size() == 16);

  const auto& second = set->policies[0];  // by name
  CHECK(second.name == "a-second");
  CHECK(second.match.size_over == 100U);
  CHECK(second.match.size_up_to == 1'000'000U);
  CHECK(second.match.by_size());
  const auto& requirements = second.match.labels->requirements;
  REQUIRE(requirements.size() == 5);
  CHECK(requirements[0].key == "owner");
  CHECK(requirements[0].values == std::vector<std::string>{"helm"});
  CHECK(requirements[1].values == std::vector<std::string>{"x", "1"});
  CHECK(requirements[2].op == secret::LabelOperator::not_in);
  CHECK(requirements[3].op == secret::LabelOperator::exists);
  CHECK(requirements[4].op == secret::LabelOperator::does_not_exist);
  CHECK_FALSE(second.counts());

  const auto& first = set->policies[1];
  CHECK(first.description == "Two\nlines.");
  CHECK(first.mode == Mode::enforce);
  CHECK(first.match.types[1].pattern() == "Op?que");
  CHECK(first.match.names[0].pattern() == "sh.helm.*");
  CHECK(first.match.namespaces[0].pattern() == "*");
  CHECK(first.exclude.namespaces[0].pattern() == "kube-system");
  CHECK(first.labels == std::vector<secret::Label>{{"secret-hygiene.io/ignore", "true"}, {"plain", ""}});
  CHECK(first.exempt.users.size() == 1);
  CHECK(first.exempt.groups.empty());
  REQUIRE(first.exceptions.size() == 2);
  CHECK(first.exceptions[0].secrets.names[0].pattern() == "big-*");
  CHECK(first.exceptions[0].secrets.namespaces[0].pattern() == "team-a");
  CHECK(first.exceptions[0].until == std::chrono::sys_days(std::chrono::year(2027) / 2 / 1));
  CHECK(first.exceptions[0].reason == "It moves to object storage.");
  CHECK(first.exceptions[1].until ==
        std::chrono::sys_days(std::chrono::year(2027) / 1 / 31) + std::chrono::hours(17));
  const std::vector<std::uint64_t> limits{768 << 10, 1 << 20, 64 << 10, 512 << 10, 64,
                                          500,       20,      64 << 20, 20000,     1 << 30};
  for (std::size_t kind = 0; kind < kLimitKinds; ++kind) CHECK(first.limits[kind] == limits[kind]);
  CHECK(first.allow_growth == 64U << 10U);
  CHECK(first.warn_at == 90U);
  CHECK(first.message == "Do this.");
  CHECK(first.counts());
}

TEST_CASE("Mode Enforce denies on the operations that enforceOn lists, and on CREATE and UPDATE without it") {
  struct Case {
    std::string fields;
    bool on_create;
    bool on_update;
  };
  for (const auto& [fields, on_create, on_update] : std::vector<Case>{
           {"mode: Enforce", true, true},
           {"mode: Enforce\n  enforceOn: [CREATE]", true, false},
           {"mode: Enforce\n  enforceOn: [UPDATE]", false, true},
           {"mode: Enforce\n  enforceOn: [UPDATE, CREATE]", true, true},
           {"mode: Warn", false, false},
           {"mode: Audit", false, false},
       }) {
    INFO(fields);
    const auto set = test::load(document("p", "  " + fields + "\n  limits: {keysPerSecret: 9}"));
    CHECK(set->policies[0].enforces(Operation::create) == on_create);
    CHECK(set->policies[0].enforces(Operation::update) == on_update);
    for (const auto other : {Operation::remove, Operation::connect, Operation::unknown})
      CHECK_FALSE(set->policies[0].enforces(other));
  }
}

TEST_CASE("Each mistake in a spec is one error with its line, column and path") {
  const std::string labels = "\n  labels: {k: v}";
  const std::string only_limits = "\n  limits: {keysPerSecret: 9}";
  const std::string limits = "\n  mode: Warn" + only_limits;
  const std::string counting = "\n  mode: Enforce\n  limits: {secretsPerNamespace: 9}";
  struct Case {
    std::string spec;
    std::string error;  // its beginning
  };
  const std::vector<Case> cases{
      {"  labls: {k: v}\n  labels: {k: v}",
       "6:3: spec.labls: unknown field; did you mean labels?; allowed: description, mode, enforceOn, match, "
       "exclude, "
       "labels, "
       "exemptRequests, exceptions, limits, allowGrowth, warnAt and message (a newer secret-hygiene may know "
       "it)"},
      {"  futureField: 1" + labels, "6:3: spec.futureField: unknown field; allowed: "},
      {"  match: {type: [a]}" + labels,
       "6:11: spec.match.type: unknown field; did you mean types?; allowed: types, "},
      {"  mode: Warn\n  limits: {bytesperSecret: 1Ki}",
       "7:12: spec.limits.bytesperSecret: unknown field; did you mean bytesPerSecret?"},
      {"  exemptRequests: {user: [a]}" + labels,
       "6:20: spec.exemptRequests.user: unknown field; did you mean users?"},
      {"  match: {namespaceSelector: {a: b}}" + labels,
       "6:31: spec.match.namespaceSelector.a: unknown field; allowed: matchLabels and matchExpressions"},
      {"  exclude: {namespaceSelector: [a]}" + labels,
       "6:32: spec.exclude.namespaceSelector: must be a mapping with the fields matchLabels"},
      {"  match: {namespaceSelector: {matchLabels: {a: b c}}}" + labels,
       "6:48: spec.match.namespaceSelector.matchLabels.a: \"b c\" is not a label value"},
      {"  match: {namespaceSelector: {matchExpressions: [{key: a, operator: Equals}]}}" + labels,
       "6:69: spec.match.namespaceSelector.matchExpressions[0].operator: \"Equals\": must be In, NotIn, "
       "Exists or DoesNotExist"},
      {"  exclude: {namespaceSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}" +
           labels,
       "6:87: spec.exclude.namespaceSelector.matchExpressions[0].values: Exists and DoesNotExist take no "
       "values"},
      {"  match: {namespaceSelector: {matchExpressions: [{key: a, operator: NotIn}]}}" + labels,
       "6:50: spec.match.namespaceSelector.matchExpressions[0].values: In and NotIn need a list of values"},
      {"  match: {}" + labels, "6:10: spec.match: empty: leave it out"},
      {"  exclude: {}" + labels, "6:12: spec.exclude: empty: leave it out"},
      {"  match: [a]" + labels, "6:10: spec.match: must be a mapping with the fields types, names, "},
      {"  match:" + labels, "6:3: spec.match: must be a mapping"},
      {"  match: {types: []}" + labels, "6:18: spec.match.types: an empty list"},
      {"  exclude: {names: []}" + labels, "6:20: spec.exclude.names: an empty list"},
      {"  match: {types: a}" + labels, "6:18: spec.match.types: must be a list, e.g. [a, b], is text"},
      {"  match: {types: [[a]]}" + labels, "6:19: spec.match.types[0]: must be text, is a list"},
      {"  match: {namespaces: [a, 5]}" + labels,
       "6:27: spec.match.namespaces[1]: must be text, is a number: write it in quotes, \"5\""},
      {"  match: {namespaces: [on]}" + labels, "6:24: spec.match.namespaces[0]: must be text, is a boolean"},
      {"  match: {namespaces: [\"a[b]\"]}" + labels,
       "6:24: spec.match.namespaces[0]: \"a[b]\": only * and ? are special in a pattern"},
      {"  match: {names: [\"\"]}" + labels, "6:19: spec.match.names[0]: \"\": an empty pattern"},
      {"  match: {sizeOver: 5Kb}" + labels, "6:21: spec.match.sizeOver: \"5Kb\": not a quantity"},
      {"  match: {sizeOver: 5Kb}" + labels,
       "6:21: spec.match.sizeOver: \"5Kb\": not a quantity: write a number of bytes, e.g. 512, 64Ki, 1.5Mi, "
       "100k "
       "or 1e6 (suffixes: k M G T P, Ki Mi Gi Ti Pi Ei); did you mean 5k or 5Ki?"},
      {"  match: {sizeOver: 500m}" + labels,
       "6:21: spec.match.sizeOver: \"500m\": the suffixes m, u and n are fractions of a byte; give whole "
       "bytes; did you mean 500M or 500Mi?"},
      {"  match: {sizeOver: 12E}" + labels,
       "6:21: spec.match.sizeOver: \"12E\": E is exa, 10^18 bytes, more than any cluster holds; did you mean "
       "12e3?"},
      {"  match: {sizeOver: 5E}" + labels, "6:21: spec.match.sizeOver: \"5E\": E is exa"},
      {"  match: {sizeOver: xE}" + labels, "6:21: spec.match.sizeOver: \"xE\": not a quantity"},
      {"  match: {sizeOver: 8Ei}" + labels,
       "6:21: spec.match.sizeOver: \"8Ei\": too large: a quantity can be at most 9223372036854775807 bytes"},
      {"  match: {sizeOver: 010}" + labels,
       "6:21: spec.match.sizeOver: \"010\": is octal in other YAML readers: remove the leading 0"},
      {"  mode: Warn\n  limits: {keysPerSecret: 010}",
       "7:27: spec.limits.keysPerSecret: \"010\": is octal in"},
      {"  match: {sizeOver: -0}" + labels,
       "6:21: spec.match.sizeOver: \"-0\": a quantity of bytes cannot be negative; did you mean 0?"},
      {"  match: {sizeOver: 12345678901234567890}" + labels,
       "6:21: spec.match.sizeOver: \"12345678901234567890\": too large: a quantity can be at most"},
      {"  match: {sizeOver: -5}" + labels,
       "6:21: spec.match.sizeOver: \"-5\": a quantity of bytes cannot be negative"},
      {"  match: {sizeUpTo: 10E}" + labels, "6:21: spec.match.sizeUpTo: \"10E\": E is exa"},
      {"  match: {sizeUpTo: true}" + labels, "6:21: spec.match.sizeUpTo: must be a quantity such as"},
      {"  match: {sizeUpTo: [1]}" + labels, "6:21: spec.match.sizeUpTo: must be a quantity such as"},
      {"  match: {sizeOver: 5, sizeUpTo: 5}" + labels, "6:34: spec.match.sizeUpTo: no Secret can match"},
      {"  exclude: {sizeOver: 6, sizeUpTo: 5}" + labels, "6:36: spec.exclude.sizeUpTo: no Secret can match"},
      {"  match: {names: [a, \"prod-.*\"]}" + labels,
       "6:22: spec.match.names[1]: \"prod-.*\": no Secret can have such a name"},
      {"  exclude: {namespaces: [Team]}" + labels,
       "6:26: spec.exclude.namespaces[0]: \"Team\": no namespace can have such a name"},
      {"  match: {types: [\"^a$\"]}" + labels,
       "6:19: spec.match.types[0]: \"^a$\": looks like a regular expression"},
      {"  exemptRequests: {users: [\"system:serviceaccount:ci\"]}" + labels,
       "6:28: spec.exemptRequests.users[0]: \"system:serviceaccount:ci\": no service account can have"},
      {"  exemptRequests: {groups: [\"ops-.*\"]}" + labels,
       "6:29: spec.exemptRequests.groups[0]: \"ops-.*\": looks like a regular expression"},
      {"  match: {labelSelector: {}}" + labels, "6:26: spec.match.labelSelector: empty"},
      {"  match: {labelSelector: {matchLabels: {}}}" + labels,
       "6:40: spec.match.labelSelector.matchLabels: must be"},
      {"  match: {labelSelector: {matchExpressions: []}}" + labels,
       "6:45: spec.match.labelSelector.matchExpressions: an empty list"},
      {"  match: {labelSelector: {matchLabels: {a: true}}}" + labels,
       "6:44: spec.match.labelSelector.matchLabels.a: must be text, is a boolean: write it in quotes, "
       "\"true\""},
      {"  match: {labelSelector: {matchLabels: {a: b c}}}" + labels,
       "6:44: spec.match.labelSelector.matchLabels.a: \"b c\" is not a label value"},
      {"  match: {labelSelector: {matchLabels: {-a: b}}}" + labels,
       "6:41: spec.match.labelSelector.matchLabels.-a: \"-a\" is not a label key"},
      {"  match: {labelSelector: {matchExpressions: [{operator: Exists}]}}" + labels,
       "6:46: spec.match.labelSelector.matchExpressions[0].key: required"},
      {"  match: {labelSelector: {matchExpressions: [{key: a}]}}" + labels,
       "6:46: spec.match.labelSelector.matchExpressions[0].operator: required"},
      {"  match: {labelSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}}" + labels,
       "6:65: spec.match.labelSelector.matchExpressions[0].operator: \"in\": must be In, NotIn, Exists or"},
      {"  match: {labelSelector: {matchExpressions: [{key: a/, operator: Exists}]}}" + labels,
       "6:52: spec.match.labelSelector.matchExpressions[0].key: \"a/\" is not a label key"},
      {"  match: {labelSelector: {matchExpressions: [{key: a, operator: In}]}}" + labels,
       "6:46: spec.match.labelSelector.matchExpressions[0].values: In and NotIn need a list of values"},
      {"  match: {labelSelector: {matchExpressions: [{key: a, operator: NotIn, values: []}]}}" + labels,
       "6:80: spec.match.labelSelector.matchExpressions[0].values: an empty list"},
      {"  match: {labelSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}" + labels,
       "6:81: spec.match.labelSelector.matchExpressions[0].values: Exists and DoesNotExist take no values"},
      {"  match: {labelSelector: {matchExpressions: [{key: a, operator: In, values: [\"b c\"]}]}}" + labels,
       "6:78: spec.match.labelSelector.matchExpressions[0].values[0]: \"b c\" is not a label value"},
      {"  labels: {}",
       "6:11: spec.labels: must be a mapping of label keys to values, at least one, is empty"},
      {"  labels: [a]",
       "6:11: spec.labels: must be a mapping of label keys to values, at least one, is a list"},
      {"  labels: {a: true}",
       "6:15: spec.labels.a: must be text, is a boolean: write it in quotes, \"true\""},
      {"  labels: {a: }", "6:12: spec.labels.a: must be text, is nothing"},
      {"  labels: {a: \"-\"}", "6:15: spec.labels.a: \"-\" is not a label value"},
      {"  labels: {\"a b\": x}", "6:12: spec.labels.a b: \"a b\" is not a label key"},
      {"  labels: {owner: me}", "6:12: spec.labels.owner: Helm or Kubernetes owns this label"},
      {"  labels: {app.kubernetes.io/name: me}",
       "6:12: spec.labels.app.kubernetes.io/name: Helm or Kubernetes owns"},
      {"  description: x", "6:3: spec: the policy does nothing: give labels, limits or both"},
      {"  limits: {keysPerSecret: 9}",
       "6:3: spec.mode: required where there are limits: Enforce, Warn or Audit"},
      {"  mode: Enforce\n  enforceOn: []" + only_limits, "7:14: spec.enforceOn: an empty list"},
      {"  mode: Enforce\n  enforceOn: CREATE" + only_limits, "7:14: spec.enforceOn: must be a list"},
      {"  mode: Enforce\n  enforceOn: [DELETE]" + only_limits,
       "7:15: spec.enforceOn[0]: \"DELETE\": must be CREATE or UPDATE, in this spelling"},
      {"  mode: Enforce\n  enforceOn: [CREATE, create]" + only_limits,
       "7:23: spec.enforceOn[1]: \"create\": must be CREATE or UPDATE"},
      {"  mode: Enforce\n  enforceOn: [true]" + only_limits,
       "7:15: spec.enforceOn[0]: must be text, is a boolean"},
      {"  mode: Enforce\n  enforceOn: [UPDATE, CREATE, UPDATE]" + only_limits,
       "7:31: spec.enforceOn[2]: \"UPDATE\": is listed twice"},
      {"  enforceOn: [CREATE]" + limits, "6:3: spec.enforceOn: needs limits and mode Enforce"},
      {"  mode: Audit\n  enforceOn: [CREATE]" + only_limits, "7:3: spec.enforceOn: needs limits and mode"},
      {"  mode: Enforce\n  enforceOn: [CREATE]" + labels, "7:3: spec.enforceOn: needs limits and mode"},
      {"  enforceOn: [CREATE]" + labels, "6:3: spec.enforceOn: needs limits and mode Enforce"},
      {"  mode: enforce" + labels, "6:9: spec.mode: \"enforce\": must be Enforce, Warn or Audit"},
      {"  mode: [Warn]" + labels, "6:9: spec.mode: must be text, is a list"},
      {"  mode: Warn\n  limits: {}", "7:11: spec.limits: empty: give at least one of bytesPerSecret, "},
      {"  mode: Warn\n  limits: 5", "7:11: spec.limits: must be a mapping"},
      {"  mode: Warn\n  limits: {bytesPerSecret: 0}", "7:28: spec.limits.bytesPerSecret: must be at least 1"},
      {"  mode: Warn\n  limits: {keysPerSecret: 0}", "7:27: spec.limits.keysPerSecret: must be at least 1"},
      {"  mode: Warn\n  limits: {secretsPerRelease: 1}",
       "7:31: spec.limits.secretsPerRelease: must be at least 2"},
      {"  mode: Warn\n  limits: {keysPerSecret: \"9\"}",
       "7:27: spec.limits.keysPerSecret: must be a whole number"},
      {"  mode: Warn\n  limits: {keysPerSecret: 9.5}",
       "7:27: spec.limits.keysPerSecret: must be a whole number"},
      {"  mode: Warn\n  limits: {keysPerSecret: 1k}",
       "7:27: spec.limits.keysPerSecret: must be a whole number"},
      {"  mode: Warn\n  limits: {keysPerSecret: -1}",
       "7:27: spec.limits.keysPerSecret: must be a whole number"},
      {"  mode: Warn\n  limits: {keysPerSecret: 9223372036854775808}",
       "7:27: spec.limits.keysPerSecret: \"9223372036854775808\": too large: at most 9223372036854775807"},
      {"  mode: Warn\n  limits: {keysPerSecret: 12345678901234567890}",
       "7:27: spec.limits.keysPerSecret: \"12345678901234567890\": too large: at most"},
      {"  mode: Warn\n  limits: {keysPerSecret: 1e3}",
       "7:27: spec.limits.keysPerSecret: must be a whole number without quotes, such as 500; did you mean "
       "1000?"},
      {"  mode: Warn\n  limits: {keysPerSecret: 2Ki}",
       "7:27: spec.limits.keysPerSecret: must be a whole number without quotes, such as 500; did you mean "
       "2048?"},
      {"  mode: Warn\n  limits: {keysPerSecret: [5]}",
       "7:27: spec.limits.keysPerSecret: must be a whole number without quotes, such as 500"},
      {"  mode: Warn\n  limits: {keysPerSecret: 500m}",
       "7:27: spec.limits.keysPerSecret: must be a whole number without quotes, such as 500"},
      {"  allowGrowth: 1Ki" + limits, "6:3: spec.allowGrowth: needs a limit on a sum"},
      {"  allowGrowth: 1Ki" + counting, "6:3: spec.allowGrowth: needs a limit on a sum"},
      {"  warnAt: 90%" + limits, "6:3: spec.warnAt: needs a limit across Secrets"},
      {"  warnAt: 90%" + labels, "6:3: spec.warnAt: needs a limit across Secrets"},
      {"  warnAt: 0%" + counting, "6:11: spec.warnAt: must be a percentage from 1% to 100%"},
      {"  warnAt: 101%" + counting, "6:11: spec.warnAt: must be a percentage"},
      {"  warnAt: 90" + counting, "6:11: spec.warnAt: must be a percentage"},
      {"  warnAt: 9.5%" + counting, "6:11: spec.warnAt: must be a percentage"},
      {"  warnAt: \"%\"" + counting, "6:11: spec.warnAt: must be a percentage"},
      {"  match: {labelSelector: {matchLabels: {a: b}}}" + counting,
       "6:11: spec.match.labelSelector: a policy with a limit across Secrets may select only by types, "
       "names, namespaces and namespaceSelector, which no UPDATE"},
      {"  exclude: {sizeUpTo: 5}" + counting,
       "6:13: spec.exclude.sizeUpTo: a policy with a limit across Secrets"},
      {"  mode: Enforce\n  limits: {secretsPerCluster: 9}",
       "7:12: spec.limits.secretsPerCluster: mode Enforce also needs"},
      {"  mode: Enforce\n  limits: {bytesPerCluster: 9, secretsPerRelease: 2}",
       "7:12: spec.limits.bytesPerCluster: mode Enforce also needs"},
      {"  exemptRequests: [a]" + labels, "6:19: spec.exemptRequests: must be a mapping"},
      {"  exemptRequests: {users: [\"a{b}\"]}" + labels,
       "6:28: spec.exemptRequests.users[0]: \"a{b}\": only * and ?"},
      {"  description: 5" + labels, "6:16: spec.description: must be text, is a number"},
      {"  message: {a: b}" + labels, "6:12: spec.message: must be text, is a mapping"},
      {"  message: \"" + std::string(1025, 'x') + "\"" + labels,
       "6:12: spec.message: too long: 1025 bytes, at most 1024"},
      {"  description: \"" + std::string(4097, 'x') + "\"" + labels,
       "6:16: spec.description: too long: 4097 bytes"},
      {"  labels: {a: x, a: z}", "6:18: the key a is given twice; first on line 6"},
      {"  labels: {a: &x z}", "6:15: anchors (&name) are not allowed"},
  };
  for (const auto& [spec, error] : cases) {
    INFO(spec);
    CHECK_THAT(only_error(spec), Catch::StartsWith(error));
  }
}

TEST_CASE("What is just within a rule is accepted") {
  const std::string labels = "\n  labels: {k: v}";
  for (const auto& spec : {
           std::string("  mode: Audit") + labels,
           std::string("  mode: Warn\n  limits: {secretsPerNamespace: 0}"),
           std::string("  mode: Warn\n  limits: {secretsPerCluster: 0, bytesPerCluster: 1}"),
           std::string("  mode: Audit\n  limits: {bytesPerCluster: 1}"),
           std::string("  mode: Enforce\n  limits: {secretsPerCluster: 1, secretsPerNamespace: 1}"),
           std::string("  mode: Enforce\n  limits: {bytesPerCluster: 1, bytesPerNamespace: 1}"),
           std::string("  mode: Warn\n  limits: {secretsPerRelease: 2}\n  warnAt: 1%"),
           std::string("  mode: Warn\n  limits: {bytesPerNamespace: 1}\n  allowGrowth: 0\n  warnAt: 100%"),
           std::string("  mode: Enforce\n  match: {types: [a], names: [b], namespaces: [c]}\n  limits: "
                       "{secretsPerNamespace: 1}"),
           std::string("  mode: Warn\n  limits: {keysPerSecret: 9223372036854775807}"),
           std::string("  match: {sizeOver: 4, sizeUpTo: 5}") + labels,
           std::string("  match: {sizeOver: 0, sizeUpTo: 0.5Ki}") + labels,
           std::string("  match: {sizeOver: \"010\"}") + labels,
           "  message: \"" + std::string(1024, 'x') + "\"" + labels,
           "  description: \"" + std::string(4096, 'x') + "\"" + labels,
           std::string("  exemptRequests: {}") + labels,
           std::string(
               "  labels: {secret-hygiene.io/owned-labels: x, xk8s.io/a: b, kubernetes.io.example.com/a: b}"),
           std::string("  match: {labelSelector: {matchLabels: {owner: helm, app.kubernetes.io/name: x}}}") +
               labels,
       }) {
    INFO(spec);
    test::load(document("p", spec));
  }
}

TEST_CASE("Helm's labels and those of Kubernetes cannot be set by a policy") {
  for (const auto* key : {"name", "owner", "status", "version", "createdAt", "modifiedAt", "kubernetes.io/a",
                          "k8s.io/a", "app.kubernetes.io/name", "node.k8s.io/x"}) {
    INFO(key);
    CHECK(is_reserved_label(key));
  }
  for (const auto* key : {"names", "secret-hygiene.io/name", "konghq.com/secret", "mykubernetes.io/a",
                          "kubernetes.io", "notk8s.io/a", "controller.cert-manager.io/fao"}) {
    INFO(key);
    CHECK_FALSE(is_reserved_label(key));
  }
}

TEST_CASE("A document's head is checked field by field") {
  struct Case {
    std::string text;
    std::string error;
  };
  const std::string spec = "spec: {labels: {a: b}}\n";
  const std::string head = "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\n";
  const std::vector<Case> cases{
      {"kind: SecretPolicy\nmetadata: {name: a}\n" + spec,
       "f:1:1: apiVersion: required: secret-hygiene.io/v1alpha1"},
      {"apiVersion: secret-hygiene.io/v2\nkind: SecretPolicy\nmetadata: {name: a}\n" + spec,
       "f:1:13: apiVersion: \"secret-hygiene.io/v2\" is not supported; this secret-hygiene knows "
       "secret-hygiene.io/v1alpha1"},
      {"apiVersion: secret-hygiene.io/v1alpha1\nmetadata: {name: a}\n" + spec,
       "f:1:1: kind: required: SecretPolicy"},
      {"apiVersion: secret-hygiene.io/v1alpha1\nkind: ConfigMap\nmetadata: {name: a}\n" + spec,
       "f:2:7: kind: \"ConfigMap\" is not supported; this secret-hygiene knows SecretPolicy"},
      {"apiVersion: [a]\nkind: SecretPolicy\nmetadata: {name: a}\n" + spec,
       "f:1:13: apiVersion: must be text"},
      {head + spec, "f:1:1: metadata: required"},
      {head + "metadata: a\n" + spec, "f:3:11: metadata: must be a mapping"},
      {head + "metadata: {name: a, labels: {b: c}}\n" + spec,
       "f:3:21: metadata.labels: unknown field; allowed: name ("},
      {head + "metadata: {}\n" + spec, "f:3:11: metadata.name: required"},
      {head + "metadata: {name: 5}\n" + spec, "f:3:18: metadata.name: must be text, is a number"},
      {head + "metadata: {name: A}\n" + spec, "f:3:18: metadata.name: \"A\": must be lower-case"},
      {head + "metadata: {name: " + std::string(64, 'a') + "}\n" + spec, "f:3:18: metadata.name: "},
      {head + "metadata: {name: a}\n", "f:1:1: spec: required"},
      {head + "metadata: {name: a}\nspec: x\n", "f:4:7: spec: must be a mapping"},
      {head + "metadata: {name: a}\nstatus: {}\n" + spec,
       "f:4:1: status: unknown field; allowed: apiVersion, kind, "},
      {"- a\n", "f:1:1: must be a mapping with the fields apiVersion, kind, metadata and spec, is a list"},
      {"just text\n", "f:1:1: must be a mapping"},
  };
  for (const auto& [text, error] : cases) {
    INFO(text);
    const auto outcome = load_policies({{"f", text}});
    for (const auto& each : outcome.errors) UNSCOPED_INFO(to_string(each));
    REQUIRE(outcome.errors.size() == 1);
    CHECK_THAT(to_string(outcome.errors[0]), Catch::StartsWith(error));
  }
  test::load(head + "metadata: {name: " + std::string(63, 'a') + "}\n" + spec);
}

TEST_CASE("Every error of every file is listed, by file and line") {
  const auto outcome = load_policies({
      {"b.yaml",
       document("x", "  labls: {}\n  match: {}") + document("second", "  labels: {owner: a}\n  mode: Never")},
      {"a.yaml", "a: [\n"},
  });
  std::vector<std::string> places;
  for (const auto& error : outcome.errors) {
    places.push_back(error.file + ":" + std::to_string(error.line) + " " + error.path);
  }
  for (const auto& place : places) UNSCOPED_INFO(place);
  REQUIRE(places.size() == 6);
  CHECK(places[0].starts_with("a.yaml:"));
  std::vector<std::string> rest(places.begin() + 1, places.end());
  CHECK(std::ranges::find(rest, "b.yaml:6 spec.labls") != rest.end());
  CHECK(std::ranges::find(rest, "b.yaml:6 spec") != rest.end());
  CHECK(std::ranges::find(rest, "b.yaml:7 spec.match") != rest.end());
  CHECK(std::ranges::find(rest, "b.yaml:14 spec.labels.owner") != rest.end());
  CHECK(std::ranges::find(rest, "b.yaml:15 spec.mode") != rest.end());
}

TEST_CASE("Errors of one file end at a bound that says so") {
  std::string labels = "  labels:\n";
  for (int i = 0; i < 500; ++i) labels += "    a" + std::to_string(i) + ": 5\n";
  const auto outcome = load_policies({{"f", document("p", labels)}});
  CHECK(outcome.errors.size() == FieldReader::kErrorsMax + 1);
  CHECK(outcome.errors.back().message == "further errors in this file are not listed");
}

TEST_CASE("A name that two files give is an error that names both places") {
  const auto text = document("same", "  labels: {k: v}");
  const auto outcome = load_policies({{"a.yaml", text}, {"b.yaml", text}});
  REQUIRE(outcome.errors.size() == 1);
  CHECK(to_string(outcome.errors[0]) ==
        "b.yaml:4:9: metadata.name: \"same\" is already the name of the policy at a.yaml:4:9");
}

TEST_CASE("Documents without content are passed over, and no policy at all is an error") {
  const auto set =
      test::load("# nothing\n---\n---\n# still nothing\n---\n" + document("p", "  labels: {k: v}"));
  CHECK(set->policies.size() == 1);
  for (const auto* text : {"", "# only a comment\n", "---\n---\n", "~\n"}) {
    INFO(text);
    const auto outcome = load_policies({{"f.yaml", text}});
    REQUIRE(outcome.errors.size() == 1);
    CHECK(to_string(outcome.errors[0]) ==
          "f.yaml: no policy: give at least one document of kind SecretPolicy");
  }
  REQUIRE(load_policies({}).errors.size() == 1);
}

TEST_CASE("An exception names Secrets, namespaces, a date and a reason, and each is asked for") {
  const auto error_of = [](const std::string& exception) {
    return only_error("  mode: Enforce\n  limits: {keysPerSecret: 9}\n  exceptions: [" + exception + "]");
  };
  const std::string rest = ", until: 2027-01-31, reason: r}";
  CHECK_THAT(error_of("{namespaces: [a]" + rest), Catch::Contains("spec.exceptions[0].names: required"));
  CHECK_THAT(error_of("{names: [a]" + rest), Catch::Contains("spec.exceptions[0].namespaces: required"));
  CHECK_THAT(error_of("{names: [a], namespaces: [b], reason: r}"),
             Catch::Contains("spec.exceptions[0].until: required"));
  CHECK_THAT(error_of("{names: [a], namespaces: [b], until: 2027-01-31}"),
             Catch::Contains("spec.exceptions[0].reason: required"));
  CHECK_THAT(error_of("{names: [a], namespaces: [b], until: 2027-01-31, reason: \"\"}"),
             Catch::Contains("spec.exceptions[0].reason: empty"));
  CHECK_THAT(error_of("{names: [a], namespaces: [b], until: 2027-01-31T18:00:00, reason: r}"),
             Catch::Contains("\"2027-01-31T18:00:00\": has no time zone: end it with Z for UTC"));
  CHECK_THAT(error_of("{names: [a], namespaces: [b], until: 2027, reason: r}"),
             Catch::Contains("must be text"));
  CHECK_THAT(error_of("{names: [a], namespaces: [b], types: [c]" + rest), Catch::Contains("unknown field"));
  CHECK_THAT(error_of("{names: [\"a|b\"], namespaces: [b]" + rest), Catch::Contains("no Secret can have"));
  CHECK_THAT(only_error("  labels: {k: v}\n  exceptions: [{names: [a], namespaces: [b]" + rest + "]"),
             Catch::Contains("spec.exceptions: needs limits"));
  const auto many = [&](std::size_t count) {
    std::string text = "  mode: Enforce\n  limits: {keysPerSecret: 9}\n  exceptions:";
    for (std::size_t i = 0; i < count; ++i) text += "\n  - {names: [a], namespaces: [b]" + rest;
    return text;
  };
  CHECK(load_policies({{"f", document("p", many(64))}}).policies);
  CHECK_THAT(only_error(many(65)), Catch::Contains("at most 64"));
}

TEST_CASE("An exception that has ended or ends within 14 days is warned of, and the policies load") {
  const auto end = std::chrono::sys_days(std::chrono::year(2027) / 2 / 1);
  const std::string text = document("p",
                                    "  mode: Enforce\n  limits: {keysPerSecret: 9}\n  exceptions: [{names: "
                                    "[\"a-*\", b], namespaces: [c], until: 2027-01-31, reason: r}]");
  const auto warning = [&](std::chrono::sys_seconds now) {
    const auto outcome = load_policies({{"f", text}}, {}, now);
    CHECK(outcome.policies);
    return outcome.warnings.empty() ? std::string() : to_string(outcome.warnings.at(0));
  };
  const std::string begin = "f:4:9: spec.exceptions[0]: the exception of policy \"p\" for a-*, b in c ";
  CHECK(warning(end - std::chrono::days(14) - std::chrono::seconds(1)).empty());
  CHECK(warning(end - std::chrono::days(14)) == begin + "ends on 2027-01-31");
  CHECK(warning(end - std::chrono::seconds(1)) == begin + "ends on 2027-01-31");
  CHECK(warning(end) == begin + "ended on 2027-01-31: remove it");
  CHECK(load_policies({{"f", text}}).warnings.empty());
}

TEST_CASE("Two policies that give one label different values are warned of") {
  const auto outcome = load_policies(
      {{"f.yaml", document("b", "  labels: {k: v, same: x}") + document("a", "  labels: {k: w, same: x}")}});
  REQUIRE(outcome.policies != nullptr);
  REQUIRE(outcome.warnings.size() == 1);
  CHECK(to_string(outcome.warnings[0]) ==
        "f.yaml:4:9: spec.labels.k: policies \"a\" (f.yaml:11:9) and \"b\" set this label to different "
        "values; where both match, \"a\" wins, because it is first by name");
}

TEST_CASE("A policy in mode Audit puts nothing on, so that it neither wins nor loses a label") {
  const std::string in_force = document("b", "  labels: {k: v}");
  const std::string audit = "  mode: Audit\n  labels: {k: w}";
  CHECK(load_policies({{"f", in_force + document("a", audit)}}).warnings.empty());
  CHECK(load_policies({{"f", in_force + document("c", audit)}}).warnings.empty());
  CHECK(load_policies({{"f", document("x", audit) + document("y", "  mode: Audit\n  labels: {k: z}")}})
            .warnings.empty());
  // It does not hide a conflict of others either.
  const auto others = load_policies(
      {{"f", document("a", audit) + in_force + document("c", "  mode: Warn\n  labels: {k: x}")}});
  REQUIRE(others.warnings.size() == 1);
  CHECK_THAT(others.warnings[0].message, Catch::StartsWith("policies \"b\" (f:12:9) and \"c\""));
}

TEST_CASE("A selector by a label that a policy in force puts on is warned of") {
  struct Case {
    std::string a;  // spec of the policy a
    std::string b;  // of b
    std::vector<std::string> warnings;
  };
  const std::string give = "  labels: {k: v}";
  const auto selects = [](const std::string& field, const std::string& expression) {
    return "  " + field + ": {labelSelector: {matchExpressions: [" + expression + "]}}\n  labels: {other: x}";
  };
  const std::string a_by_b =
      "policy \"a\" selects by the label \"k\", which policy \"b\" (g:4:9) adds; selectors see only labels "
      "that users set, not those that policies add";
  const std::string match = "f:4:9: spec.match.labelSelector: ";
  const std::string exclude = "f:4:9: spec.exclude.labelSelector: ";
  const std::string by_label = "  match: {labelSelector: {matchLabels: {k: v}}}\n";
  const std::string itself = match +
                             "policy \"a\" selects by the label \"k\", which policy \"a\" (f:4:9) adds; "
                             "selectors see only labels that users set, not those that policies add";
  const std::string nothing = "  labels: {unrelated: x}";
  const std::vector<Case> cases{
      {by_label + "  labels: {other: x}", give, {match + a_by_b}},
      {selects("match", "{key: k, operator: Exists}"), give, {match + a_by_b}},
      {selects("match", "{key: k, operator: DoesNotExist}"), give, {match + a_by_b}},
      {selects("exclude", "{key: k, operator: NotIn, values: [v]}"), give, {exclude + a_by_b}},
      {selects("match", "{key: k, operator: Exists}, {key: k, operator: In, values: [v]}"),
       give,
       {match + a_by_b}},
      {by_label + "  exclude: {labelSelector: {matchLabels: {k: w}}}\n  labels: {other: x}",
       give,
       {match + a_by_b, exclude + a_by_b}},
      {by_label + "  mode: Warn\n  limits: {keysPerSecret: 9}", give, {match + a_by_b}},
      {by_label + "  mode: Audit\n  labels: {other: x}", give, {match + a_by_b}},
      {by_label + "  labels: {other: x}", give + "\n  mode: Enforce", {match + a_by_b}},
      // What puts nothing on, and other keys.
      {by_label + "  labels: {other: x}", give + "\n  mode: Audit", {}},
      {by_label + "  labels: {other: x}", "  labels: {kk: v}", {}},
      {by_label + "  labels: {other: x}", nothing, {}},
      // A policy's own key: to leave out what has the label already is what it is for.
      {selects("match", "{key: other, operator: DoesNotExist}"), nothing, {}},
      {selects("match", "{key: other, operator: NotIn, values: [x]}"), nothing, {}},
      {selects("exclude", "{key: other, operator: Exists}"), nothing, {}},
      {selects("exclude", "{key: other, operator: In, values: [x]}"), nothing, {}},
      {by_label + give, nothing, {itself}},
      {by_label + give + "\n  mode: Audit", nothing, {}},
  };
  for (const auto& [a, b, warnings] : cases) {
    INFO(a << "\n" << b);
    const auto outcome = load_policies({{"f", document("a", a)}, {"g", document("b", b)}});
    REQUIRE(outcome.policies != nullptr);
    std::vector<std::string> found;
    for (const auto& warning : outcome.warnings) found.push_back(to_string(warning));
    CHECK(found == warnings);
  }
}

TEST_CASE("A limit of the cluster is warned of where no limit per namespace holds for the same Secrets") {
  const std::string cluster = "  mode: Warn\n  limits: {secretsPerCluster: 100}";
  const auto warnings = [](const std::string& a, const std::string& b) {
    const auto outcome = load_policies({{"f", document("a", a) + (b.empty() ? "" : document("b", b))}});
    REQUIRE(outcome.policies != nullptr);
    std::string text;
    for (const auto& warning : outcome.warnings) text += to_string(warning) + "\n";
    return text;
  };
  const std::string warned =
      "f:4:9: spec.limits: policy \"a\" limits the cluster, and no policy limits a namespace for the same "
      "Secrets: one namespace could use it up for all others; add secretsPerNamespace or bytesPerNamespace\n";
  CHECK(warnings(cluster, "") == warned);
  CHECK(warnings("  mode: Audit\n  limits: {bytesPerCluster: 1Gi, secretsPerRelease: 9}", "") == warned);
  CHECK(warnings("  mode: Warn\n  limits: {secretsPerCluster: 100, bytesPerNamespace: 1Mi}", "").empty());
  CHECK(warnings("  mode: Warn\n  limits: {secretsPerRelease: 9}", "").empty());
  // By another policy, which takes all of these Secrets, as strictly.
  const auto guard = [](const std::string& fields, const std::string& mode = "Warn") {
    return fields + "  mode: " + mode + "\n  limits: {secretsPerNamespace: 9}";
  };
  const std::string some = "  match: {types: [a, b], namespaces: [x]}\n  exclude: {names: [k]}\n";
  CHECK(warnings(cluster, guard("")).empty());
  CHECK(warnings(cluster, guard("", "Enforce")).empty());
  CHECK(warnings(cluster, guard("", "Audit")) == warned);
  CHECK(warnings(cluster, guard("  match: {types: [a]}\n")) == warned);
  const std::string gold = "  match: {namespaceSelector: {matchLabels: {tier: gold}}}\n";
  CHECK(warnings(cluster, guard(gold)) == warned);
  CHECK(warnings(gold + "  mode: Warn\n  limits: {secretsPerCluster: 100, secretsPerNamespace: 9}", "")
            .empty());
  CHECK(warnings(cluster, guard("  exclude: {namespaces: [kube-system]}\n")) == warned);
  for (const char* fields :
       {"  match: {types: [a, b], namespaces: [x]}\n  exclude: {names: [k]}\n", "",
        "  match: {types: [a, b]}\n", "  match: {namespaces: [x]}\n", "  exclude: {names: [k]}\n"}) {
    INFO(fields);
    CHECK(warnings(some + cluster, guard(fields)).empty());
  }
  for (const char* fields :
       {"  match: {types: [a]}\n", "  match: {names: [\"*x\"]}\n", "  match: {namespaces: [z]}\n",
        "  exclude: {names: [k, l]}\n", "  exclude: {types: [k]}\n"}) {
    INFO(fields);
    CHECK(warnings(some + cluster, guard(fields)) == warned);
  }
}

TEST_CASE("The policies of a set give at most as many label keys as a record holds") {
  const auto labels = [](std::size_t first, std::size_t count) {
    std::string text = "  labels: {";
    for (std::size_t number = first; number < first + count; ++number)
      text += "k" + std::to_string(number) + ": v, ";
    return text + "}";
  };
  std::string full;
  for (std::size_t number = 0; number < kOwnedLabelsMax; number += 32)
    full += document("p" + std::to_string(number), labels(number, 32));
  CHECK(load_policies({{"a.yaml", full}, {"b.yaml", document("same", labels(7, 3))}}).policies);
  const auto over = load_policies({{"a.yaml", full},
                                   {"b.yaml", document("q", labels(kOwnedLabelsMax, 1))},
                                   {"c.yaml", document("r", labels(kOwnedLabelsMax + 1, 1))}});
  REQUIRE(over.errors.size() == 1);
  CHECK(to_string(over.errors[0]) ==
        "b.yaml:6:11: spec.labels: with these the policies set more than 256 different label keys, the most "
        "that the record on a Secret holds");
}

TEST_CASE("The hash of a set depends on names and texts, not on order or directory") {
  const auto text = document("p", "  labels: {k: v}");
  const auto hash = [](const std::vector<SourceFile>& files) { return load_policies(files).policies->hash; };
  const auto first = hash({{"a", text}, {"b", "#"}});
  CHECK(first.size() == 16);
  CHECK(first.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(first == hash({{"b", "#"}, {"a", text}}));
  CHECK(first == hash({{"/dir/a", text}, {"/dir/b", "#"}}));
  CHECK(first != hash({{"a", text}, {"c", "#"}}));
  CHECK(first != hash({{"a", text + "#"}, {"b", ""}}));
  CHECK(first != hash({{"a", text}}));
}

TEST_CASE("Text of the user's is shown on one line and cut") {
  const auto outcome =
      load_policies({{"f", document("p", "  mode: \"" + std::string(200, 'x') + "\"\n  labels: {k: v}")}});
  REQUIRE(outcome.errors.size() == 1);
  CHECK(outcome.errors[0].message.size() < 160);
  const auto broken = load_policies({{"f", document("p", "  mode: \"a\\nb\"\n  labels: {k: v}")}});
  CHECK_THAT(broken.errors[0].message, Catch::StartsWith("\"a?b\""));
}
