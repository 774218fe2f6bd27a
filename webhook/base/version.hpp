// The program's version, as `--version` and build_info give it.
#pragma once

#include <string_view>

namespace hygiene::base {

std::string_view version();

}  // namespace hygiene::base
