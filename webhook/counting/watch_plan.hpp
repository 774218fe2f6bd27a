// Which watches the policies need. The metadata of a Secret (PartialObjectMetadata) does not hold its type,
// so each type that a policy names and one counts has a watch of its own, and all others share one if a
// policy needs them.
// Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "counting/selection.hpp"

namespace hygiene::counting {

struct Watch {
  std::string type;            // the one type that it shows; empty: all without a watch of their own
  std::string field_selector;  // for the API server; empty: all Secrets
};

// How many types can be named. More would make the field selector that excludes them too long
// for a request's head. With more types, or with a pattern such as helm.sh/*, one watch shows all Secrets as
// a Table with includeObject=Metadata, whose cells hold the type.
inline constexpr std::size_t kTypesWatchedMax = 16;

class WatchPlan {
 public:
  WatchPlan() = default;
  // Returns `now` if it shows all that the policies need, so that nothing is listed again. Empty if no policy
  // counts.
  static WatchPlan make(const Selection& selection, const WatchPlan& now);

  const std::vector<Watch>& watches() const { return watches_; }
  // True: one watch shows Secrets of several types that policies tell apart.
  bool types_needed() const { return types_needed_; }
  // True: what `needed` tells apart by type this plan does too.
  bool tells_apart(const WatchPlan& needed) const;
  // The watch that shows a Secret of `type`; watches().size(): none.
  std::size_t watch_of(std::string_view type) const;
  // The indexes of the watches that show what the policy selects.
  std::vector<std::size_t> covering(const policy::Policy& policy) const;
  // The patterns by which policies tell types apart: types that the same of them match are one to policies.
  const std::vector<base::Glob>& patterns() const { return patterns_; }
  bool operator==(const WatchPlan& other) const;

 private:
  bool shows(const WatchPlan& needed) const;
  bool has_pattern(const base::Glob& glob) const;

  std::vector<Watch> watches_;
  std::set<std::string, std::less<>> unwatched_;  // types that are named, but counted by no policy
  bool types_needed_ = false;
  std::vector<base::Glob> patterns_;
};

}  // namespace hygiene::counting
