// One stored Secret, looked at again. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/stored_walk.hpp"

namespace hygiene::housekeeping {

cluster::Resource secret_resource(const std::string& namespace_name, const std::string& name);

// As walk_stored() would hand it out. Errors: those of ApiClient::read(), of json::PushReader and of
// secret::Reader.
base::Result<StoredSecret> read_stored(cluster::BlockingApi& api, const cluster::Resource& resource,
                                       Reading reading);

// The size that the annotation secret-hygiene.io/bytes gives. Nothing where there is none, or one that no
// Secret can have.
std::optional<std::uint64_t> annotated_size(const secret::Facts& facts);

}  // namespace hygiene::housekeeping
