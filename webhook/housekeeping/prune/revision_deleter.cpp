#include "housekeeping/prune/revision_deleter.hpp"

#include <string>
#include <utility>

#include "housekeeping/stored/stored_secret.hpp"

namespace hygiene::housekeeping {
namespace {

// Of one delete whose answers are lost, although the API server answers what is asked in between.
constexpr unsigned kTriesMax = 5;

bool is_as_planned(const secret::Facts& facts, const Revision& revision) {
  return facts.uid == revision.uid && facts.resource_version == revision.resource_version;
}

Error changed(const cluster::Resource& resource) {
  return {Errc::conflict, resource.description() + " changed meanwhile"};
}

}  // namespace

Result<StoredSecret> RevisionDeleter::look_at(const ReleaseName& release, const Revision& revision,
                                              Reading reading) {
  const auto resource = secret_resource(release.namespace_name, revision.secret_name);
  auto stored = retry_outage(outage_retry_, [&] { return read_stored(api_, resource, reading); });
  if (stored && !is_as_planned(stored->facts, revision)) return changed(resource);
  return stored;
}

Result<void> RevisionDeleter::measure(const ReleaseName& release, Revision& revision) {
  const auto stored = look_at(release, revision, Reading::whole);
  if (!stored) return stored.error();
  revision.bytes = stored->facts.data_bytes;
  return {};
}

Result<Restorable> RevisionDeleter::fetch(const ReleaseName& release, Revision& revision) {
  const auto resource = secret_resource(release.namespace_name, revision.secret_name);
  auto whole = retry_outage(outage_retry_, [&] { return api_.get(resource); });
  if (!whole) return whole.error();
  auto made = make_restorable(std::move(*whole));
  if (!made) return made.error();
  if (!is_as_planned(made->facts, revision)) return changed(resource);
  revision.bytes = made->facts.data_bytes;
  return made;
}

Result<bool> RevisionDeleter::is_quiet(const ReleasePlan& plan) {
  const auto newest = look_at(plan.release, plan.newest, Reading::metadata);
  if (!newest) {
    const Errc code = newest.error().code();
    if (code == Errc::conflict || code == Errc::missing) return false;
    return newest.error();
  }
  Revision next;
  next.secret_name =
      "sh.helm.release.v1." + plan.release.name + ".v" + std::to_string(plan.newest.number + 1);
  const auto after = look_at(plan.release, next, Reading::metadata);
  if (after || after.error().code() == Errc::conflict) return false;
  if (after.error().code() == Errc::missing) return true;
  return after.error();
}

Result<void> RevisionDeleter::remove(const ReleaseName& release, const Revision& revision) {
  const auto resource = secret_resource(release.namespace_name, revision.secret_name);
  const std::string body = cluster::delete_options(revision.uid, revision.resource_version);
  Error trouble;
  for (unsigned tries = 0; tries < kTriesMax; ++tries) {
    const auto removed = api_.remove(resource, body);
    if (removed || removed.error().code() != Errc::io) outage_retry_.answered();
    if (removed) return {};
    if (removed.error().code() == Errc::conflict) return changed(resource);
    if (removed.error().code() != Errc::io) return removed.error();
    trouble = removed.error();
    // Whether it was done nobody can say but what is stored.
    const auto stored = look_at(release, revision, Reading::metadata);
    if (!stored && stored.error().code() == Errc::missing) return {};
    if (!stored) return stored.error().code() == Errc::interrupted ? trouble : stored.error();
  }
  return trouble;
}

}  // namespace hygiene::housekeeping
