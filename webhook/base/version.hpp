// Which program this is, as `--version`, `version` and build_info give it. Thread-safety: pure functions.
#pragma once

#include <string_view>

namespace hygiene::base {

std::string_view version();
// Of the source tree when CMake looked at it; "unknown" outside a Git repository. With `-modified` where
// files differed from the commit.
std::string_view commit();
// When the commit was made, RFC 3339; "unknown" as above. The time of the build is left out: two builds of
// one commit are the same.
std::string_view commit_date();
std::string_view compiler();

}  // namespace hygiene::base
