// A Secret as it is once a label plan is done. Pure.
#pragma once

#include "policy/label_plan.hpp"
#include "secret/facts.hpp"

namespace hygiene::policy {

// `object` after `plan`: what validation sees, since mutation comes first. Reported changes are not made.
secret::Facts facts_after(const LabelPlan& plan, const secret::Facts& object);

}  // namespace hygiene::policy
