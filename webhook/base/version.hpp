// The program's version, as `--version` and build_info give it. Thread-safety: pure functions.
#pragma once

#include <string_view>

namespace hygiene::base {

std::string_view version();

}  // namespace hygiene::base
