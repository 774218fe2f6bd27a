// Which revisions of Helm's history go. Only metadata decides. Of each release the newest superseded
// revisions stay, which were deployed once and are what `helm rollback` goes back to; failed ones have a
// budget of their own, so that failures after them push none out. Helm's own --history-max makes no such
// difference. Thread-safety: values and pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "secret/facts.hpp"

namespace hygiene::housekeeping {

// One Secret sh.helm.release.v1.RELEASE.vNUMBER.
struct Revision {
  std::uint64_t number = 0;
  std::string secret_name;
  std::string status;
  std::string uid;
  std::string resource_version;
  // The latest of metadata.creationTimestamp and of Helm's labels createdAt and modifiedAt. Nothing: none can
  // be read.
  std::optional<std::chrono::sys_seconds> written;
  std::optional<std::uint64_t> bytes;  // of its data, as far as known
  bool deleting = false;               // a finalizer holds it
};

struct ReleaseName {
  std::string namespace_name;
  std::string name;
  bool operator<(const ReleaseName& other) const {
    return std::tie(namespace_name, name) < std::tie(other.namespace_name, other.name);
  }
};

// Of Helm's type, but its name or labels are not Helm's: nothing of it is touched.
struct ForeignSecret {
  std::string namespace_name;
  std::string name;
  std::string why;  // "the label version is missing"
};

struct StoredHistory {
  std::map<ReleaseName, std::vector<Revision>> releases;
  std::vector<ForeignSecret> foreign;

  // Of Facts with the time of creation.
  void add(const secret::Facts& facts);
};

struct PruneRules {
  std::size_t keep = 10;                         // the newest superseded revisions of a release; at least 1
  std::size_t keep_failed = 1;                   // the newest failed ones
  std::chrono::milliseconds min_age{3'600'000};  // a release with a younger revision is left alone
  std::optional<std::set<ReleaseName>> only;     // nothing: all
};

enum class Left { no, young, age_unknown };

struct ReleasePlan {
  ReleaseName release;
  std::size_t revisions = 0;    // that are stored
  Revision newest;              // never goes
  std::vector<Revision> going;  // oldest first
  Left left = Left::no;         // why nothing goes, although more is stored than is kept
};

// One for each release of which more is stored than is kept, by namespace and name. The newest revision never
// goes, nor does one of another status than superseded and failed: deployed, pending-install,
// pending-upgrade, pending-rollback, uninstalling, uninstalled, unknown (source: Helm's release.Status).
// `now` is the wall clock's: a revision from the future is young.
std::vector<ReleasePlan> plan_prune(StoredHistory history, const PruneRules& rules,
                                    std::chrono::sys_seconds now);

}  // namespace hygiene::housekeeping
