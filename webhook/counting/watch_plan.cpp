#include "counting/watch_plan.hpp"

#include <algorithm>

#include "policy/matcher.hpp"

namespace hygiene::counting {
namespace {

bool is_literal(std::string_view pattern) {
  return pattern.find_first_of("*?") == std::string_view::npos;
}

bool selects_by_pattern(const std::vector<base::Glob>& types) {
  return std::ranges::any_of(
      types, [](const auto& glob) { return !is_literal(glob.pattern()) && glob.pattern() != "*"; });
}

// True if the policy may take Secrets of types that nobody names.
bool takes_others(const policy::Policy& policy) {
  const auto& types = policy.match.types;
  return types.empty() || std::ranges::any_of(types, [](const auto& g) { return !is_literal(g.pattern()); });
}

bool takes(const policy::Policy& policy, std::string_view type) {
  const auto& match = policy.match.types;
  return (match.empty() || policy::any_matches(match, type)) &&
         !policy::any_matches(policy.exclude.types, type);
}

// Source: fields.EscapeValue of k8s.io/apimachinery.
std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == ',' || c == '=') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

WatchPlan WatchPlan::make(const Selection& selection, const WatchPlan& now) {
  WatchPlan plan;
  if (selection.counting().empty()) return plan;
  std::set<std::string, std::less<>> types;
  bool others = false;
  for (const auto index : selection.counting()) {
    const auto& policy = selection.policies().policies[index];
    others = others || takes_others(policy);
    for (const auto* globs : {&policy.match.types, &policy.exclude.types}) {
      plan.types_needed_ = plan.types_needed_ || selects_by_pattern(*globs);
      for (const auto& glob : *globs) {
        if (glob.pattern() != "*" && !plan.has_pattern(glob)) plan.patterns_.push_back(glob);
        if (is_literal(glob.pattern())) types.insert(glob.pattern());
      }
    }
  }
  if (types.size() > kTypesWatchedMax) plan.types_needed_ = true;
  if (plan.types_needed_) {
    plan.watches_.push_back({});
  } else {
    std::string rest;
    for (const auto& type : types) {
      const bool taken = std::ranges::any_of(selection.counting(), [&](std::uint32_t index) {
        return takes(selection.policies().policies[index], type);
      });
      if (taken) {
        plan.watches_.push_back({type, "type=" + escaped(type)});
      } else {
        plan.unwatched_.insert(type);
      }
      rest += (rest.empty() ? "type!=" : ",type!=") + escaped(type);
    }
    if (others) plan.watches_.push_back({"", rest});
  }
  return now.shows(plan) ? now : plan;
}

bool WatchPlan::has_pattern(const base::Glob& glob) const {
  return std::ranges::find(patterns_, glob.pattern(), &base::Glob::pattern) != patterns_.end();
}

bool WatchPlan::tells_apart(const WatchPlan& needed) const {
  return std::ranges::all_of(needed.patterns_, [this](const auto& glob) { return has_pattern(glob); });
}

bool WatchPlan::shows(const WatchPlan& needed) const {
  if (types_needed_) return tells_apart(needed);
  if (needed.types_needed_) return false;
  // The watch of all other types must show no type that the policies leave out, and all that they count.
  const auto told_apart = [this](const std::string& type) {
    return unwatched_.contains(type) || std::ranges::find(watches_, type, &Watch::type) != watches_.end();
  };
  return std::ranges::all_of(needed.watches_, [&](const Watch& watch) {
    if (watch.type.empty() && (!std::ranges::all_of(needed.unwatched_, told_apart) ||
                               !std::ranges::includes(needed.unwatched_, unwatched_)))
      return false;
    return std::ranges::find(watches_, watch.type, &Watch::type) != watches_.end();
  });
}

std::size_t WatchPlan::watch_of(std::string_view type) const {
  auto others = watches_.size();
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    if (watches_[i].type.empty()) others = i;
    if (!watches_[i].type.empty() && watches_[i].type == type) return i;
  }
  return unwatched_.contains(type) ? watches_.size() : others;
}

std::vector<std::size_t> WatchPlan::covering(const policy::Policy& policy) const {
  std::vector<std::size_t> covering;
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    const auto& type = watches_[i].type;
    const bool shown = type.empty() ? types_needed_ || takes_others(policy) : takes(policy, type);
    if (shown) covering.push_back(i);
  }
  return covering;
}

bool WatchPlan::operator==(const WatchPlan& other) const {
  const bool same_types = !types_needed_ || (tells_apart(other) && other.tells_apart(*this));
  return types_needed_ == other.types_needed_ && same_types && unwatched_ == other.unwatched_ &&
         std::ranges::equal(watches_, other.watches_, [](const Watch& a, const Watch& b) {
           return a.type == b.type && a.field_selector == b.field_selector;
         });
}

}  // namespace hygiene::counting
