// What an audit found: numbers, sizes and names of stored Secrets, never a value. Every list is bounded and
// says what it leaves out; sums are of everything. Thread-safety: a value.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "housekeeping/stored/selectors.hpp"
#include "housekeeping/stored/stored_walk.hpp"
#include "housekeeping/survey/comparison.hpp"
#include "policy/document.hpp"

namespace hygiene::housekeeping {

struct Tally {
  std::uint64_t secrets = 0;
  std::uint64_t bytes = 0;  // decoded bytes of data
  // Every string of the objects: what a controller that lists them whole caches, at the least.
  std::uint64_t object_bytes = 0;

  Tally& operator+=(const Tally& other);
  bool operator==(const Tally&) const = default;
};

// Secrets that share a namespace or a type.
struct Group {
  std::string name;
  Tally tally;
};
struct Groups {
  static constexpr std::size_t kKept = 1'000;
  std::vector<Group> largest;  // by object_bytes, then name; at most kKept
  std::uint64_t others = 0;    // groups that are not among them
  Tally others_tally;
};

// The revisions of one Helm release: Secrets whose type, name and owner label agree.
struct Release {
  std::string namespace_name;
  std::string name;  // may hold dots
  Tally tally;       // secrets: revisions
};
struct Releases {
  static constexpr std::size_t kKept = 100;
  std::vector<Release> most;  // revisions first, then object_bytes, then names; at most kKept
  std::uint64_t count = 0;    // of releases
  Tally tally;                // of all of them
  // Of type helm.sh/release.v1, but named or labelled otherwise: not Helm's, and no release's.
  Tally foreign;
};

struct LargeSecret {
  static constexpr std::size_t kKept = 50;
  std::string namespace_name;
  std::string name;
  std::string type;  // at most kNameBytesMax
  std::uint64_t bytes = 0;
  std::uint64_t object_bytes = 0;
};

// A Secret, or a scope of a limit across Secrets, and what a limit measures of it.
struct Use {
  std::string namespace_name;  // empty: the cluster
  std::string name;            // of the Secret or the release; empty: the namespace, or the cluster
  std::uint64_t measured = 0;
};
struct LimitUse {
  static constexpr std::size_t kKept = 20;
  policy::LimitKind limit{};
  std::uint64_t allowed = 0;
  bool across = false;  // Secrets: of a namespace, a release or the cluster
  // Less was read than it is about (-n, -l, metadata alone, a signal): what is broken is, but what is within
  // the limit may not be.
  bool partial = false;
  std::uint64_t judged = 0;  // Secrets, or scopes
  std::uint64_t broken = 0;  // of these
  // The highest; of Secrets only those that break it, of scopes also those within it. At most kKept.
  std::vector<Use> highest;
};

struct PolicyUse {
  std::string name;
  std::string description;
  std::string message;  // the policy's own; empty: none
  policy::Mode mode = policy::Mode::warn;
  bool applies = true;           // false: it is about other namespaces than the one that was asked for
  Tally matched;                 // Secrets that it applies to
  Tally breaking;                // of these, those that break a limit of one Secret
  std::vector<LimitUse> limits;  // by LimitKind
  std::vector<policy::Exception> exceptions;
};

// A label that a policy gives, and the Secrets that should have it and do not.
struct MissingLabel {
  std::string policy;
  std::string key;
  std::string value;
  bool only_reported = false;  // mode Audit: `serve` and `label` would not put it on
  std::uint64_t secrets = 0;
};

// A label that policies in force give, and the Secrets that carry it, whoever put it on.
struct CarriedLabel {
  static constexpr std::size_t kKept = 50;
  std::string name;  // KEY=VALUE; beyond kKept of them "other"
  Tally tally;
  std::uint64_t lacking = 0;  // Secrets that should have it and do not
};

// What `label` would do.
struct LabelWork {
  std::vector<MissingLabel> missing;  // by policy, then key; also those that no Secret misses
  std::vector<CarriedLabel> carried;  // by name; "other" last
  std::uint64_t to_change = 0;        // Secrets whose labels or annotations of ours would change
  std::uint64_t stale = 0;            // of these, with a label of ours that no policy gives any more
  std::uint64_t no_room = 0;          // our annotations would not fit
  std::uint64_t unmanaged = 0;        // Secrets on which users claim labels
};

// What a controller holds with a selector. What it holds without one is Survey::total.
struct SelectorGain {
  ControllerSelector selector;
  Tally kept;           // today
  Tally kept_labelled;  // once `label` has run
};

// A broken limit.
struct Finding {
  std::size_t policy = 0;  // in Survey::policies
  policy::LimitKind limit{};
  std::string name;  // of the Secret, or of the release; empty: the namespace, or the cluster
  std::uint64_t measured = 0;
};
// What was found in one namespace, for reports that are kept beside it.
struct NamespaceFindings {
  static constexpr std::size_t kKept = 500;          // of one namespace
  static constexpr std::size_t kKeptInAll = 20'000;  // 150 bytes each
  std::string namespace_name;                        // empty: limits of the cluster
  std::uint64_t passed = 0;               // Secrets within every limit of one Secret that is about them
  std::array<std::uint64_t, 3> broken{};  // limits, by policy::Mode
  std::vector<Finding> findings;          // those across Secrets first, then by Secret's name
  std::uint64_t left_out = 0;             // findings, though `broken` counts them
};

struct Survey {
  // What was asked.
  std::string origin;          // context "x" of FILE, or the pod's service account
  std::string namespace_name;  // empty: all
  std::string label_selector;
  std::string field_selector;
  std::chrono::system_clock::time_point taken;
  Reading reading = Reading::whole;
  bool interrupted = false;      // by a signal: all that follows is of the Secrets read till then
  bool consistent = true;        // false: read so long that it shows two or more versions of the cluster
  std::uint64_t annotated = 0;   // sizes that are an annotation's, not measured
  std::uint64_t one_by_one = 0;  // measured each by itself, for want of that annotation
  std::uint64_t unsized = 0;     // not measured, though without it: taken as empty

  Tally total;
  std::uint64_t deleting = 0;  // of these, with a deletionTimestamp: no limit of one Secret is broken by them
  Groups namespaces;
  Groups types;
  Releases releases;
  std::vector<LargeSecret> largest;  // by object_bytes, then names
  std::vector<PolicyUse> policies;   // by name
  LabelWork labels;
  std::vector<SelectorGain> selectors;  // as controller_selectors()
  // By namespace, those with findings or with Secrets that passed; the cluster's first.
  std::vector<NamespaceFindings> findings;
  std::optional<Comparison> comparison;  // where another set of policies was given too

  // True if a selector chose the Secrets: others are in no sum.
  bool selected() const { return !label_selector.empty() || !field_selector.empty(); }
  // Broken limits of all policies.
  std::uint64_t violations() const;
};

// Of names and types that a survey keeps; a longer type is cut.
inline constexpr std::size_t kNameBytesMax = 253;

// "900Ki of data exceeds bytesPerSecret 768Ki", for a finding of `survey`.
std::string describe(const Survey& survey, const Finding& finding);

}  // namespace hygiene::housekeeping
