// A status with something in every part of it: what tests/browser/status.html shows.
#pragma once

#include "runtime/status/status_json.hpp"

namespace hygiene::runtime_test {

runtime::Status sample_status();

}  // namespace hygiene::runtime_test
