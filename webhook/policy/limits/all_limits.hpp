// The rule of each limit; its file of the same name opens with its specification. Only limit.cpp asks for
// them. Thread-safety: pure functions.
#pragma once

#include "policy/limits/limit.hpp"

namespace hygiene::policy::limits {

LimitRule bytes_per_secret();
LimitRule bytes_per_object();
LimitRule annotation_bytes();
LimitRule bytes_per_key();
LimitRule keys_per_secret();
LimitRule secrets_per_namespace();
LimitRule secrets_per_release();
LimitRule bytes_per_namespace();
LimitRule secrets_per_cluster();
LimitRule bytes_per_cluster();

}  // namespace hygiene::policy::limits
