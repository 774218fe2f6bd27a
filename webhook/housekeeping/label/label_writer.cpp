#include "housekeeping/label/label_writer.hpp"

#include <utility>

#include "base/enum_names.hpp"
#include "housekeeping/label/merge_patch.hpp"
#include "housekeeping/stored/stored_secret.hpp"
#include "json/push_reader.hpp"
#include "secret/reader.hpp"

namespace hygiene::housekeeping {
namespace {

// A Secret that others write as often as this is no Secret to wait for; the next run takes it.
constexpr unsigned kTriesMax = 5;

LabelResult only(LabelOutcome outcome) {
  LabelResult result;
  result.outcome = outcome;
  return result;
}

LabelResult failed(std::string why) {
  return {LabelOutcome::failed, std::move(why), false};
}

}  // namespace

std::string_view to_string(LabelOutcome outcome) {
  return base::name_of<LabelOutcome::interrupted>(
      outcome, {"planned", "no-room", "audited", "changed", "overtaken", "gone", "failed", "interrupted"});
}

LabelStep make_step(const secret::Facts& facts, policy::LabelPlan plan) {
  return {facts.namespace_name,   facts.name,       facts.type,
          facts.resource_version, facts.data_bytes, std::move(plan)};
}

Result<StoredSecret> read_for_plan(cluster::BlockingApi& api, const LabelPlanner& planner,
                                   const cluster::Resource& resource, Reading reading) {
  auto stored = read_stored(api, resource, reading);
  return stored && !planner.knows_enough(*stored) ? read_stored(api, resource, Reading::whole) : stored;
}

LabelResult LabelWriter::judge_answer(const LabelStep& step, std::string_view answer) const {
  secret::Facts after;
  secret::Reader events(after);
  json::PushReader reader(events);
  const auto read = reader.feed(answer);
  if (!read || !reader.finish()) return failed("the API server's answer to the patch is not a Secret");
  // The patch named the version whose size this is.
  after.type = step.type;
  after.data_bytes = step.data_bytes;
  if (planner_.plan(after).empty()) return {};
  return failed("a webhook with other policies changed it back");
}

LabelResult LabelWriter::write(LabelStep step) {
  const cluster::Resource resource = secret_resource(step.namespace_name, step.name);
  std::string trouble;
  for (unsigned tries = 0; tries < kTriesMax; ++tries) {
    if (!outage_retry_.sleep(rate_limit_.next(RateLimit::Clock::now())))
      return only(LabelOutcome::interrupted);
    const auto patched =
        api_.patch(resource, cluster::PatchKind::merge, to_merge_patch(step.plan, step.resource_version),
                   cluster::Form::metadata);
    if (patched) {
      outage_retry_.answered();
      return judge_answer(step, patched->view());
    }
    const Errc code = patched.error().code();
    // After a lost connection nobody can say whether the patch was done: what is stored can.
    const bool lost = code == Errc::io;
    if (!lost) outage_retry_.answered();
    if (code == Errc::missing) return only(LabelOutcome::gone);
    if (code == Errc::interrupted) return only(LabelOutcome::interrupted);
    if (code != Errc::conflict && !lost) return failed(patched.error().message());
    trouble = patched.error().message();
    const auto stored =
        retry_outage(outage_retry_, [&] { return read_for_plan(api_, planner_, resource, reading_); });
    if (!stored && stored.error().code() == Errc::missing) return only(LabelOutcome::gone);
    if (!stored) {
      // Before the patch was sent, or after it was refused, an interruption is no failure.
      if (outage_retry_.interrupted() && !lost) return only(LabelOutcome::interrupted);
      const bool unread = stored.error().code() == Errc::interrupted;
      return {LabelOutcome::failed, unread ? trouble : stored.error().message(),
              stored.error().code() == Errc::io};
    }
    step = make_step(stored->facts, planner_.plan(stored->facts));
    if (step.plan.empty()) return only(lost ? LabelOutcome::changed : LabelOutcome::overtaken);
  }
  return failed("given up after " + std::to_string(kTriesMax) + " tries: " + trouble);
}

}  // namespace hygiene::housekeeping
