// The program's version, as `--version` and build_info give it. Thread-safety: a pure function.
#pragma once

#include <string_view>

namespace hygiene::base {

std::string_view version();

}  // namespace hygiene::base
