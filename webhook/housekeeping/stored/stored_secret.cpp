#include "housekeeping/stored/stored_secret.hpp"

#include "cluster/item_reader.hpp"
#include "json/push_reader.hpp"
#include "secret/annotated_size.hpp"

namespace hygiene::housekeeping {
namespace {

constexpr secret::ReadOptions kRead{.keep_created = true};
// What encodes maps, as an API server does, gives no key twice.
constexpr json::ReaderLimits kFromApiServer{.unique_keys = false};

// Passes what `resource` is to `events`.
Result<void> read_into(json::Events& events, cluster::BlockingApi& api, const cluster::Resource& resource,
                       cluster::Form form) {
  json::PushReader reader(events, kFromApiServer);
  const auto read = api.read(resource, form, [&reader](std::string_view part) -> Result<void> {
    const auto used = reader.feed(part);
    if (!used) return used.error();
    return {};
  });
  if (!read) return read.error();
  return reader.finish();
}

}  // namespace

cluster::Resource secret_resource(const std::string& namespace_name, const std::string& name) {
  cluster::Resource resource;
  resource.plural = "secrets";
  resource.namespace_name = namespace_name;
  resource.name = name;
  return resource;
}

Result<StoredSecret> read_stored(cluster::BlockingApi& api, const cluster::Resource& resource,
                                 Reading reading) {
  StoredSecret stored;
  stored.measured = reading == Reading::whole;
  if (stored.measured) {
    secret::Reader events(stored.facts, kRead);
    const auto read = read_into(events, api, resource, cluster::Form::whole);
    if (!read) return read.error();
    return stored;
  }
  bool found = false;
  cluster::ItemReader events(
      cluster::Shape::table,
      [&](const secret::Facts& facts) {
        stored.facts = facts;
        found = true;
      },
      kRead);
  const auto read = read_into(events, api, resource, cluster::Form::table);
  if (!read) return read.error();
  if (!found) return Error(Errc::syntax, "the API server's answer is not the " + resource.description());
  take_annotated_size(stored.facts);
  return stored;
}

void take_annotated_size(secret::Facts& facts) {
  facts.data_bytes = secret::annotated_size(facts).value_or(0);
  facts.object_bytes += facts.data_bytes;
}

}  // namespace hygiene::housekeeping
