#include "housekeeping/controllers/savings.hpp"

#include <algorithm>
#include <functional>

#include "base/ascii.hpp"
#include "base/invariant.hpp"

namespace hygiene::housekeeping {
namespace {

std::string place_of(const ControllerFound& found) {
  if (found.name.empty()) return {};
  std::string kind = found.kind;
  std::ranges::transform(kind, kind.begin(), base::to_lower);
  return kind + '/' + found.name + " in namespace " + found.namespace_name;
}

void add(const ControllerFound& found, const Advice& advice, std::vector<Saving>& to) {
  if (advice.remedy == Remedy::none || !advice.saves || advice.saves->bytes == 0) return;
  const std::string to_do = advice.remedy == Remedy::proxy
                                ? "put `secret-hygiene proxy` beside " + found.known->name
                                : "set " + advice.setting + " on " + found.known->name;
  to.push_back({to_do, place_of(found), advice.policy, *advice.saves});
}

void sort(std::vector<Saving>& savings) {
  std::ranges::stable_sort(savings, std::greater(), [](const Saving& each) { return each.saves.bytes; });
}

}  // namespace

std::vector<Saving> possible_savings(const Survey& stored) {
  std::vector<Saving> savings;
  for (const KnownController& known : known_controllers()) {
    if (known.built_in || known.by_default) continue;
    ControllerFound found;
    found.known = &known;
    found.missing = known.arguments;
    add(found, advise(found, &stored), savings);
  }
  sort(savings);
  return savings;
}

std::vector<Saving> savings_of(const std::vector<ControllerFound>& found, const std::vector<Advice>& advice) {
  base::invariant(found.size() == advice.size(), "there is an advice for each controller");
  std::vector<Saving> savings;
  for (std::size_t i = 0; i < found.size(); ++i) add(found[i], advice[i], savings);
  sort(savings);
  return savings;
}

}  // namespace hygiene::housekeeping
