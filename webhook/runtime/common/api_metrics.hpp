// Requests to the API server as metrics. Thread-safety: the options may be used on any thread.
#pragma once

#include "cluster/api_connection.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

// `options`, whose requests are counted in `metrics`, which must outlive them.
cluster::ApiOptions counted(cluster::ApiOptions options, telemetry::Metrics& metrics);

}  // namespace hygiene::runtime
