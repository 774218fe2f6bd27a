// Which watches the policies need. Metadata of a Secret (PartialObjectMetadata) does not say its type, so
// that each type that a policy names is watched by itself, and all others, where a policy wants them,
// together. Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "counting/selection.hpp"

namespace hygiene::counting {

struct Watch {
  std::string type;            // the one type it shows; empty: all that have no watch of their own
  std::string field_selector;  // for the API server; empty: all Secrets
};

// How many types are watched each by itself: a field selector that leaves out more grows past what a
// request's head may hold. With more, or where a pattern such as helm.sh/* selects by type, one watch shows
// all, and the type of each Secret must be learnt: as a Table with includeObject=Metadata, whose cells have
// it.
inline constexpr std::size_t kTypesWatchedMax = 16;

class WatchPlan {
 public:
  WatchPlan() = default;
  // `now` goes on where it shows all that the policies need: nothing is listed again. Empty where no policy
  // counts.
  static WatchPlan make(const Selection& selection, const WatchPlan& now);

  const std::vector<Watch>& watches() const { return watches_; }
  // True: the one watch shows Secrets of many types that policies tell apart.
  bool types_needed() const { return types_needed_; }
  // The watch that shows a Secret of `type`; watches().size() where none does.
  std::size_t watch_of(std::string_view type) const;
  // The watches that show what the policy selects, by index.
  std::vector<std::size_t> covering(const policy::Policy& policy) const;
  bool operator==(const WatchPlan& other) const;

 private:
  bool shows(const WatchPlan& needed) const;

  std::vector<Watch> watches_;
  bool types_needed_ = false;
};

}  // namespace hygiene::counting
