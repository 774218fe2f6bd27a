// The objects of a collection, one after the other, as trees: of what is small and holds no Secret. One page
// of them is in memory at a time. Thread-safety: one thread at a time.
#pragma once

#include <functional>
#include <string>

#include <rapidjson/fwd.h>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/stored/interrupt.hpp"

namespace hygiene::housekeeping {

// Gives each object of `collection` that `label_selector` takes to `take`, once, by pages of 500. Empty: all.
// `interrupt`: null where nothing ends it early. Errors: those of ApiClient::list(); limit, where a page is
// over 64 MiB (an object of 128 KiB on average); syntax. `take` must not use `api`.
Result<void> each_object(cluster::BlockingApi& api, const cluster::Resource& collection,
                         const std::string& label_selector, const Interrupt* interrupt,
                         const std::function<void(const rapidjson::Value&)>& take);

}  // namespace hygiene::housekeeping
