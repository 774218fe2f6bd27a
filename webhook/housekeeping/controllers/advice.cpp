#include "housekeeping/controllers/advice.hpp"

#include <algorithm>
#include <string_view>

#include "housekeeping/controllers/proxy_defaults.hpp"

namespace hygiene::housekeeping {
namespace {

constexpr std::string_view kDefaultPolicies = "policies/default";

bool caches_data(const KnownController& known) {
  return known.caches != Caches::metadata && known.caches != Caches::without_data;
}

Remedy remedy_of(const ControllerFound& found) {
  const KnownController& known = *found.known;
  const bool behind_cache = known.filtered_at == FilteredAt::cache;
  switch (found.state.selects) {
    case Selects::built_in:
    case Selects::by_default:
    case Selects::by_proxy:
      return Remedy::none;
    case Selects::by_setting:
      return behind_cache && caches_data(known) ? Remedy::proxy : Remedy::none;
    case Selects::too_old:
      return caches_data(known) ? Remedy::proxy : Remedy::none;
    case Selects::nothing:
    case Selects::not_seen:
      break;
  }
  if (behind_cache) return caches_data(known) ? Remedy::proxy : Remedy::none;
  return Remedy::setting;
}

std::string setting_of(const ControllerFound& found) {
  const KnownController& known = *found.known;
  if (known.config_map) return known.config_map->key + " in the ConfigMap " + known.config_map->name;
  std::string text;
  for (const KnownArgument& argument : found.missing) {
    text += (text.empty() ? "" : " ") + argument.name;
    if (argument.value) {
      text += '=' + *argument.value;
    } else if (takes_value(known, argument)) {
      text += "=LABEL";
    }
  }
  return text;
}

// What is held with one selector, of what an audit estimates.
const SelectorGain* gain_of(const Survey& stored, std::string_view labels, std::string_view fields,
                            bool metadata_of_others) {
  const auto gain = std::ranges::find_if(stored.selectors, [&](const SelectorGain& each) {
    return each.selector.label_selector == labels && each.selector.field_selector == fields &&
           each.selector.metadata_of_others == metadata_of_others;
  });
  return gain == stored.selectors.end() ? nullptr : &*gain;
}

Bound both(Bound a, Bound b) {
  if (a == b || b == Bound::exact) return a;
  return a == Bound::exact ? b : Bound::about;
}

// The figures of one controller.
class Estimator {
 public:
  Estimator(const ControllerFound& found, const Survey& stored) : found_(found), stored_(stored) {
    const bool partial =
        stored.unsized > 0 || stored.interrupted || !stored.namespace_name.empty() || stored.selected();
    if (partial) known_sizes_ = Bound::at_least;
  }

  std::optional<Estimate> holds() const {
    const KnownController& known = *found_.known;
    const Selects selects = found_.state.selects;
    if (!caches_data(known)) return std::nullopt;
    if (selects == Selects::not_seen) return Estimate{total(), both(known_sizes_, Bound::up_to)};
    const bool filters =
        selects != Selects::nothing && selects != Selects::too_old && known.filtered_at != FilteredAt::cache;
    if (selects == Selects::by_proxy) {
      if (found_.state.selector != proxy_selector()) return std::nullopt;
      return by_proxy(&SelectorGain::kept);
    }
    if (!filters) return Estimate{total(), known_sizes_};
    if (!found_.state.known) return std::nullopt;
    return with(known.selectors[*found_.state.known], &SelectorGain::kept);
  }

  std::optional<Estimate> saves(const Estimate& holds, Remedy remedy) const {
    if (remedy == Remedy::none) return std::nullopt;
    const KnownController& known = *found_.known;
    if (remedy == Remedy::setting && known.selectors.empty()) return std::nullopt;
    const auto then = remedy == Remedy::proxy ? by_proxy(&SelectorGain::kept_labelled)
                                              : with(known.selectors.front(), &SelectorGain::kept_labelled);
    if (!then) return std::nullopt;
    Bound bound = holds.bound;
    // Less is left with both selectors of the proxy than with either.
    if (remedy == Remedy::proxy) bound = both(bound, Bound::at_least);
    if (remedy == Remedy::setting && lacks_policy(known.selectors.front())) bound = both(bound, Bound::up_to);
    // Of all others it keeps references, whatever its selector.
    if (known.caches == Caches::deployed) bound = both(bound, Bound::up_to);
    return Estimate{holds.bytes - std::min(holds.bytes, then->bytes), bound};
  }

 private:
  static std::string proxy_selector() {
    return std::string(kProxyLabelSelector).append(",").append(kProxyFieldSelector);
  }

  std::uint64_t total() const { return stored_.total.object_bytes; }

  std::optional<Estimate> with(const KnownSelector& selector, Tally SelectorGain::*kept) const {
    const SelectorGain* gain =
        gain_of(stored_, selector.labels, selector.fields, found_.known->caches == Caches::both);
    if (gain == nullptr) return std::nullopt;
    return Estimate{(gain->*kept).object_bytes, known_sizes_};
  }

  std::optional<Estimate> by_proxy(Tally SelectorGain::*kept) const {
    const SelectorGain* by_label = gain_of(stored_, kProxyLabelSelector, "", false);
    const SelectorGain* by_type = gain_of(stored_, "", kProxyFieldSelector, false);
    if (by_label == nullptr || by_type == nullptr) return std::nullopt;
    return Estimate{std::min((by_label->*kept).object_bytes, (by_type->*kept).object_bytes),
                    both(known_sizes_, Bound::up_to)};
  }

  // True if none of the audit's policies puts on the label that the selector asks for: what it would take in
  // is not in the figures then.
  bool lacks_policy(const KnownSelector& selector) const {
    if (selector.labels.empty() || selector.labels.front() == '!') return false;
    return std::ranges::none_of(stored_.labels.missing, [&selector](const MissingLabel& label) {
      return selector.labels == label.key + '=' + label.value;
    });
  }

  const ControllerFound& found_;
  const Survey& stored_;
  Bound known_sizes_ = Bound::exact;
};

std::vector<std::string> notes_of(const ControllerFound& found, const Advice& advice) {
  const KnownController& known = *found.known;
  const bool set = found.state.selects == Selects::by_setting;
  std::vector<std::string> notes;
  if (found.state.selects == Selects::not_seen)
    notes.push_back("it may have a selector, " + found.state.why + ", which is not checked");
  if (found.state.selects == Selects::too_old)
    notes.push_back("version " + found.state.why + " has no setting; " + known.since + " and later have one");
  if (advice.remedy == Remedy::setting) {
    std::string text = "set " + advice.setting;
    if (!known.config_map) text += " in its arguments";
    if (!advice.policy.empty()) text += "; first label with " + advice.policy;
    notes.push_back(text);
  }
  if (advice.remedy == Remedy::proxy) {
    const bool behind_cache = known.filtered_at == FilteredAt::cache;
    notes.push_back(
        std::string(behind_cache ? "its own selector works behind its cache and saves no memory: " : "") +
        "put the proxy beside it, see docs/proxy.md");
  }
  if (known.caches == Caches::metadata && !set)
    notes.emplace_back("it caches metadata only: there is little to save");
  if (known.caches == Caches::without_data) notes.emplace_back("it caches no data of Secrets");
  if (known.caches == Caches::deployed)
    notes.emplace_back(
        "it keeps the data of only the Secrets that it deploys: a selector saves network traffic and peak "
        "memory");
  return notes;
}

}  // namespace

Advice advise(const ControllerFound& found, const Survey* stored) {
  Advice advice;
  advice.remedy = remedy_of(found);
  if (advice.remedy == Remedy::setting) {
    advice.setting = setting_of(found);
    if (!found.known->selectors.empty()) advice.policy = found.known->selectors.front().policy;
  }
  if (advice.remedy == Remedy::proxy) advice.policy = kDefaultPolicies;
  if (stored != nullptr) {
    const Estimator estimator(found, *stored);
    advice.holds = estimator.holds();
    if (advice.holds) advice.saves = estimator.saves(*advice.holds, advice.remedy);
  }
  advice.notes = notes_of(found, advice);
  return advice;
}

}  // namespace hygiene::housekeeping
