// One stored Secret, looked at again. Thread-safety: one thread at a time.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/stored/stored_walk.hpp"

namespace hygiene::housekeeping {

cluster::Resource secret_resource(const std::string& namespace_name, const std::string& name);

// As walk_stored() would hand it out. Errors: those of ApiClient::read(), of json::PushReader and of
// secret::Reader.
Result<StoredSecret> read_stored(cluster::BlockingApi& api, const cluster::Resource& resource,
                                 Reading reading);

// Of a Secret whose data was not sent: its sizes are those that the annotation gives, or 0.
void take_annotated_size(secret::Facts& facts);

}  // namespace hygiene::housekeeping
