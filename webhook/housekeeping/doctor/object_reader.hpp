// Objects of the API server as JSON trees, for the checks of `doctor`. Not for Secrets: texts are copied and
// not wiped. Thread-safety: one thread at a time.
#pragma once

#include <string>
#include <string_view>

#include <rapidjson/fwd.h>

#include "cluster/blocking_api.hpp"
#include "net/dial.hpp"

namespace hygiene::housekeeping {

// Errors: as BlockingApi::get(), and syntax.
Result<void> read_object(cluster::BlockingApi& api, const cluster::Resource& resource,
                         rapidjson::Document& into);
// The answer of a server that is reached without the API server, to GET `target`; any status is a success.
// Errors: as net::HttpClient::send().
Result<std::string> get_directly(cluster::BlockingApi& api, net::Destination to, std::string target);

}  // namespace hygiene::housekeeping
